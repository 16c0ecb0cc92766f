"""Showcase of `hub run`: a held batch, and the example of the article, on the running hub."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from hub.access.inquiry import Inquiry
from hub.answers.disclosure.disclosure import Disclosure
from hub.answers.disclosure.model import Filled
from hub.app import Hub
from hub.core import events
from hub.core.errors import BatchHeld
from hub.demonstration.shown import ShownDistricts, shown_districts
from hub.demonstration.twin_process import Twins
from hub.evidence.people import Subject
from hub.operations import reports
from hub.terminal import console, show

ENOUGH = 200
"""Fewest dossiers for which the contract checks shares (`minimum_rows` of its dataset rules)."""
FACTS = {"hoTen": "họ tên (name)", "soDinhDanh": "số định danh (number)", "queQuan": "quê quán (native place)"}


def districts_of(hub: Hub) -> ShownDistricts | None:
    """The districts of the showcase; None, and told, where the deployment has none on this day."""
    if (shown := shown_districts(hub)) is None:
        console.print(
            f"\nNo planted fault and no example: on {hub.deployment.today} there are no two district systems whose agencies"
            " can ask (the district level ended on 2025-06-30). No system of today's communes is described: nothing public"
            " says how they can be read."
        )
    return shown


def held_batch(hub: Hub, twins: Twins, shown: ShownDistricts) -> None:
    """A source fails silently: its pages are complete, but one field is empty everywhere. The gate holds the batch."""
    if hub.settings.dossiers < ENOUGH:
        console.print(
            f"\nNo planted fault is shown: shares are judged from {ENOUGH} dossiers on, and a district has {hub.settings.dossiers}."
        )
        return
    stream = f"{shown.held}.dossier"
    twins.control(
        "POST",
        "faults",
        [{"kind": "null-share", "match": {"system": shown.held}, "times": 1000, "field": "NgayTiepNhan"}],
    )
    try:
        hub.exchange(stream, on_event=events.ignore).sync(mode="full")
    except BatchHeld as held:
        console.print(f"\n[bold]A planted fault, held.[/] {held.message}.")
    else:
        console.print("\n[red]A planted fault was not held.[/]")
        raise AssertionError(f"the gate let a planted fault of {stream} pass")
    finally:
        twins.control("DELETE", "faults")
    _, counts = hub.exchange(stream, on_event=events.ignore).sync(mode="full")
    console.print("The source is repaired; the same records are read again:")
    show([{"dataset": name, **vars(each)} for name, each in counts.items()], as_json=False)


def article_example(hub: Hub, shown: ShownDistricts) -> None:
    """A district asks for name, number and native place of a person who filed in another; its grant decides."""
    found = _example(hub, shown)
    if found is None:
        console.print(f"\nNobody filed with {shown.first.name} and has a numbered birth record: no example to show.")
        return
    dossier, facts = found
    asked, asking = (hub.deployment.systems[s].owner for s in (shown.asked, shown.asking))
    console.print(
        f"\n[bold]The article's example[/] (people of the twins are synthetic). A dossier was filed at {asked};"
    )
    console.print(f"{asking} asks for name, number and native place:")
    show(
        [{"fact": title, "answer": facts[name].value, "held as": facts[name].record} for name, title in FACTS.items()],
        as_json=False,
    )
    for record in (f"dossier/{shown.asked}/{dossier}", *sorted({each.record for each in facts.values()})):
        path = reports.trace(hub, record)
        page = f"record {path['record_in_bytes']} of landed page {path['sha256'][:16]}…, bytes verified"
        console.print(f"  {record}: batch {path['batch'][:12]} of {path['stream']}, {page}")


def _example(hub: Hub, shown: ShownDistricts) -> tuple[str, Mapping[str, Filled]] | None:
    """The first dossier of the one for whose owner the other may get all three facts."""
    with hub.engine.connect() as connection:
        filed = connection.execute(
            sa.text("""
            select d._key as dossier, d.dinh_danh_chs_cccd as number
            from warehouse.dossier d join warehouse.birth b on b.nks_so_ddcn_hmac = d.dinh_danh_chs_cccd_hmac
            where d._system = :system and b.nks_que_quan is not null order by d._key limit 20"""),
            {"system": shown.asked},
        ).all()
    disclosure = Disclosure.of(hub)
    for dossier, number in filed:
        filled = disclosure.prefill(
            Inquiry(shown.second.code, "hub run", "civil-status", dossier), Subject(personal_id=number), FACTS
        )
        if set(FACTS) <= set(filled.facts):
            return dossier, filled.facts
    return None
