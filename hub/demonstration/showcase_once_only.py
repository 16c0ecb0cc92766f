"""Showcase of once-only: two districts ask about one citizen; decisions, the extract, and the message to the portal."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.access.grants.agencies import Agency
from hub.access.inquiry import Inquiry
from hub.answers.decisions import store
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.recorded import Recorded
from hub.app import Hub
from hub.core.actions import Actor
from hub.demonstration.showcase_meter import Counter, Meter, asked_again, later, uploaded
from hub.demonstration.showcase_ministry import the_ministry_asks
from hub.demonstration.shown import ShownDistricts
from hub.demonstration.twin_process import Twins
from hub.evidence import indexes
from hub.evidence.people import Subject
from hub.terminal import console, show

PROCEDURE = "1.003583"
"""Đăng ký khai sinh lưu động: the civil-status procedure that demands a paper of the registers, the marriage
certificate.
"""
OFFICER = Actor("showcase", "hub run shows once only")


def once_only(hub: Hub, twins: Twins, address: str, shown: ShownDistricts) -> None:
    """A mother files in one district, which does not ask the hub, and a minute later in another, which does.

    Each repetition adds two dossiers with the same decisions: one paper asked again, and one reused.
    """
    indexes.build(hub.engine, hub.contracts)
    mother = married_mother(hub)
    if mother is None:
        console.print(
            "\nNobody in this city is a married, living mother with a numbered entry: once only is not shown."
        )
        return
    service = DecisionService(hub)
    names = {each.id: each.name for each in service.demanded(PROCEDURE)}
    console.print(
        f"\n[bold]Once only.[/] Procedure {PROCEDURE} demands {len(names)} papers. Before one is asked for, the hub is:"
    )
    first, second = (Counter(hub, twins, system) for system in (shown.asked, shown.asking))
    meter = Meter(hub)
    meter.read("before")
    paper = uploaded(hub.contracts)
    one, filed = first.open(PROCEDURE, mother, paper)
    first.sync()
    meter.read("after the first")
    later(twins, 60)
    other, opened = second.open(PROCEDURE, mother)
    asked = [
        _ask(service, agency.code, dossier, mother) for agency, dossier in ((shown.first, one), (shown.second, other))
    ]
    show(
        [_row(each, names) for found in asked for each in found if each.evidence_type or each.outcome != "ask"],
        as_json=False,
    )
    rest = sum(each.outcome == "ask" and not each.evidence_type for each in asked[0])
    console.print(f"{rest} more are forms, new statements and papers that nobody holds: asked for.")
    console.print(f"Every condition of each: hub decisions show {asked[0][0].dossier} --why --because ...")
    asked_again(meter.of(one), filed, shown.first.name)
    for each in asked[1]:
        if each.outcome == "reuse":
            console.print(f"  {opened:%H:%M:%S} {shown.second.name} opened {other} and asked first:")
            same = {"MaThanhPhanHoSo": paper["MaThanhPhanHoSo"]}
            second.complete(other, paper | _reuse(service, each, shown.second) | same)
    second.sync()
    meter.read("after the second")
    meter.show()
    the_ministry_asks(hub, twins, address, meter.of(one).record.rsplit("/", 1)[-1], other, shown.province)


def _ask(service: DecisionService, agency: str, dossier: str, mother: Subject) -> tuple[Recorded, ...]:
    return service.ask(
        Question(
            Inquiry(agency, OFFICER.who, "civil-status", dossier), PROCEDURE, {"mother": mother, "applicant": mother}
        )
    )


def _reuse(service: DecisionService, decision: Recorded, agency: Agency) -> dict[str, str]:
    """Preview and use the evidence, and draft the copy. Returns what the district enters and sends to the portal."""
    hub = service.hub
    service.preview(decision.id, OFFICER)
    decision = service.act(decision.id, "used", OFFICER)
    copy = service.extract(decision.id, agency.name, OFFICER)
    folder = hub.scenario.folder / "extracts"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{copy.number.replace('/', '-')}.{agency.code}.pdf"
    path.write_bytes(copy.pdf())
    component = store.component(decision)
    listed = ", ".join(f"{name} {value}" for name, value in component.items())
    console.print(f"  {agency.name}: {copy.sheet.title} no. {copy.number}, a draft for signature: {path}")
    console.print(f"    to the portal, TaiLieuNop: {listed}")
    return component


def _row(each: Recorded, names: dict[str, str]) -> dict[str, Any]:
    against = "; ".join(f"{r['condition']}: {r['value']}" for r in each.why if r["effect"] != "holds")
    return {
        "asked by": each.agency,
        "paper": names[each.requirement],
        "decision": each.outcome,
        "held as": each.record,
        "because": against or each.legal_basis,
    }


def married_mother(hub: Hub) -> Subject | None:
    """The first woman with exactly one marriage entry in the registry and no death entry."""
    with hub.engine.connect() as connection:
        found = connection.execute(
            sa.text("""
            select m.vo_so_giay_to_tuy_than, m.vo_ho_ten, m.vo_ngay_sinh from warehouse.marriage m
            where m._system = :registry and m.vo_so_giay_to_tuy_than ~ '^[0-9]{12}$' and m.huy_ket_hon_ngay_ghi_chu is null
              and coalesce(m.tinh_trang_ket_hon, '') not like 'đã %' and not m._disputed
              and not exists (select from warehouse.marriage o where o._key <> m._key and o.vo_so_giay_to_tuy_than_hmac = m.vo_so_giay_to_tuy_than_hmac)
              and not exists (select from warehouse.death d where d.nkt_so_giay_to_tuy_than_hmac = m.vo_so_giay_to_tuy_than_hmac)
              and not exists (select from hub.finding f where f.dataset = 'marriage' and f.record_key = m._key and f.resolved_at is null)
            order by m._key limit 1"""),
            {"registry": hub.deployment.registry},
        ).first()
    return Subject(personal_id=found[0], name=found[1], born=found[2]) if found else None
