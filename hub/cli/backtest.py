"""hub decisions backtest, hub requirements proposal: measures on past dossiers."""

from __future__ import annotations

import csv
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.terminal import AsJson, counting, show

if TYPE_CHECKING:
    from hub.answers.backtest import Tried
    from hub.app import Hub

Year = Annotated[int | None, typer.Option(help="Year of filing; by default the deployment's own.")]


def backtest_(
    year: Year = None,
    unit: Annotated[str | None, typer.Option(help="Only this system's dossiers.")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide past dossiers again, from what the city, and what the registry, had on the day of filing."""
    from hub.app import open_hub

    with open_hub() as hub:
        show(
            [_row(each) for each in _tried(hub, year, unit)],
            as_json=as_json,
            title=f"Backtest {year or hub.deployment.today.year}",
        )


def proposal(
    unit: Annotated[str, typer.Option(help="System of the unit, e.g. one-stop-770.")],
    year: Year = None,
    out: Annotated[Path | None, typer.Option(help="Write the draft here instead of printing it.")] = None,
) -> None:
    """Draft the Vietnamese annex of a unit's procedure: papers it need not demand, evidence, law, dossiers spared."""
    from hub.access.legal_bases import read_legal_bases
    from hub.answers.proposal import annex
    from hub.app import open_hub

    with open_hub() as hub:
        system = hub.system(unit)
        year = year or hub.deployment.today.year
        text = annex(
            system.title,
            _tried(hub, year, unit),
            _names(hub),
            read_legal_bases(hub.deployment.folder),
            hub.deployment.today,
            f"năm {year}",
        )
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


def _tried(hub: Hub, year: int | None, unit: str | None) -> list[Tried]:
    from hub.answers.backtest import backtest
    from hub.answers.decisions.decision_service import DecisionService
    from hub.evidence import indexes

    zone, year = hub.deployment.zone, year or hub.deployment.today.year
    since, until = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    indexes.build(hub.engine, hub.contracts)
    with closing(hub.engine.connect()) as connection, counting("dossiers") as step:
        return backtest(DecisionService(hub), connection, since, until, step, unit)


def _row(each: Tried) -> dict[str, Any]:
    outcomes = {
        f"{reading}: {o}": counts[o]
        for reading, counts in (("knew", each.knew), ("could", each.could))
        for o in ("reuse", "confirm", "ask")
    }
    r = each.requirement
    head = {"system": each.system, "requirement": r.id, "paper": r.name, "about": r.about.value}
    return {**head, "dossiers": each.dossiers, "not stated": each.silent, **outcomes}


def _names(hub: Hub) -> dict[str, str]:
    with (hub.deployment.folder / "reference" / "procedures.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}
