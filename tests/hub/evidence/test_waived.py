"""A record that came in under a waiver: every answer carries its finding, and after its day it is no evidence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.answers.decisions.conditions import Outcome
from hub.answers.disclosure.entries import certain
from hub.evidence.people import Subject
from hub.evidence.registers import COMPONENT
from tests.hub.answers.decisions.asking import BIRTH, LAN_ASKS, decider
from tests.hub.registers import LAN, NOW

PERSON = Subject(personal_id="079190000001", name="Trần Thị Hoà Lan")
RULE = "trangSo.pattern"


@pytest.fixture
def waived(engine: sa.Engine):  # type: ignore[no-untyped-def]
    """Note the finding of a record that came in under a waiver."""

    def waived(stream: str, dataset: str, key: str, until: datetime | None, resolved: datetime | None = None) -> None:
        with engine.begin() as connection:
            for statement in (
                "insert into hub.run (id, stream, epoch, mode, started_at) values ('w' || :s, :s, 99, 'replay', :now)",
                "insert into hub.batch (id, run, stream, epoch, number, state, contract_version, landed_at)"
                " values ('w' || :s, 'w' || :s, :s, 99, 1, 'applied', '1', :now)",
                "insert into hub.finding (stream, dataset, record_key, rule, batch, found_at, until, resolved_at)"
                " values (:s, :d, :k, :r, 'w' || :s, :now, :until, :resolved)",
            ):
                values = {"s": stream, "d": dataset, "k": key, "r": RULE, "now": NOW, "until": until}
                given = {
                    name: value for name, value in (values | {"resolved": resolved}).items() if f":{name}" in statement
                }
                connection.execute(sa.text(statement), given)

    return waived


@pytest.mark.parametrize(
    ("days", "resolved", "outcome", "value"),
    [
        (1, None, Outcome.CONFIRM, f"findings: {RULE}"),
        (-1, None, Outcome.ASK, "waiver expired"),
        (0, None, Outcome.ASK, "waiver expired"),
        (-1, NOW, Outcome.REUSE, "no dispute, no finding"),
    ],
    ids=["in force", "past", "this moment", "mended since"],
)
def test_a_decision_about_an_entry_under_a_waiver(put, look, waived, days, resolved, outcome, value) -> None:
    """Confirm while two people answer for it, ask afterwards; a repaired record is free of it."""
    put("birth", "1", **LAN)
    waived("moj-registry.birth", "birth", "1", NOW + timedelta(days=days), resolved)

    [decided] = decider(look()).dossier(LAN_ASKS, (BIRTH,))

    assert decided.outcome == outcome
    assert next(c.value for c in decided.conditions if c.id == "undisputed") == value


def test_an_expired_waiver_takes_the_entry_out_of_every_disclosure(put, look, waived) -> None:
    """Fields, yes or no, extracts: nobody answers for the entry any more."""
    put("birth", "1", **LAN)
    before = certain(look().find("register:birth", PERSON, "child"))
    waived("moj-registry.birth", "birth", "1", NOW - timedelta(days=1))

    assert len(before) == 1
    assert certain(look().find("register:birth", PERSON, "child")) == ()


@pytest.mark.parametrize("dataset", ["dossier", COMPONENT])
def test_a_paper_carries_the_waiver_of_itself_and_of_its_dossier(put, look, waived, dataset: str) -> None:
    """Papers are no registers: their findings were not looked at once."""
    put(
        "dossier",
        "H0",
        system="one-stop-760",
        MaHoSo="H0",
        DinhDanhCHS_CCCD="079190000001",
        ChuHoSo="Trần Thị Hoà Lan",
        TrangThaiHoSo="10",
    )
    paper = {"MaThanhPhanHoSo": "KQ.G15.000031", "DuocSoHoa": "1", "DuocTaiSuDung": "0"}
    put("dossier", "H0|1", COMPONENT, system="one-stop-760", _parent="H0", **paper)
    waived("one-stop-760.dossier", dataset, "H0" if dataset == "dossier" else "H0|1", NOW - timedelta(days=1))

    [decided] = decider(look()).dossier(LAN_ASKS, (BIRTH,))

    assert decided.outcome == Outcome.ASK
    assert next(c.value for c in decided.conditions if c.id == "undisputed") == "waiver expired"


@pytest.mark.parametrize(("released", "outcome"), [(False, Outcome.CONFIRM), (True, Outcome.ASK)])
@pytest.mark.parametrize("kind", ["register", "paper"])
def test_what_left_its_source_is_confirmed_until_a_person_releases_it(
    put, look, engine, waived, released: bool, outcome: Outcome, kind: str
) -> None:
    """At once *confirm*, and no evidence after a named person said so."""
    if kind == "register":
        put("birth", "1", **LAN)
        waived("moj-registry.birth", "birth", "1", NOW - timedelta(minutes=1) if released else None)
    else:
        dossier = {"MaHoSo": "H0", "DinhDanhCHS_CCCD": "079190000001", "ChuHoSo": "Trần Thị Hoà Lan"}
        put("dossier", "H0", system="one-stop-760", TrangThaiHoSo="10", **dossier)
        paper = {"MaThanhPhanHoSo": "KQ.G15.000031", "DuocSoHoa": "1", "DuocTaiSuDung": "0"}
        put("dossier", "H0|1", COMPONENT, system="one-stop-760", _parent="H0", **paper)
        waived("one-stop-760.dossier", "dossier", "H0", NOW - timedelta(minutes=1) if released else None)
    with engine.begin() as connection:
        connection.execute(sa.text("update hub.finding set rule = 'record.left-source'"))

    [decided] = decider(look()).dossier(LAN_ASKS, (BIRTH,))

    assert decided.outcome == outcome
    value = next(c.value for c in decided.conditions if c.id == "undisputed")
    assert value == ("left its source" if released else "findings: record.left-source")
