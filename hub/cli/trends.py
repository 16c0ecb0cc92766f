"""hub trends, hub compare."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from hub.core.errors import NotFound
from hub.terminal import AsJson, show


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("trends")(trends)
    app.command("compare")(compare)


def trends(
    dataset: Annotated[str | None, typer.Option(help="Only this dataset, e.g. birth.")] = None,
    unit: Annotated[str | None, typer.Option(help="Only this unit, by its code.")] = None,
    month: Annotated[str | None, typer.Option(metavar="MONTH", help="Only this month: 2022-06.")] = None,
    league: Annotated[
        bool, typer.Option("--league", help="Units of the month by their share of accepted records.")
    ] = False,
    drift: Annotated[
        bool, typer.Option("--drift", help="Units far from their own months before, or from their neighbours.")
    ] = False,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Broken rules and findings, the most frequent first.")
    ] = False,
    least: Annotated[int, typer.Option(min=1, help="Records below which a unit is not ranked.")] = 30,
    whole: Annotated[bool, typer.Option("--whole", help="Count every day again, not only the days since.")] = False,
    as_json: AsJson = False,
) -> None:
    """Shares accepted, late and empty, and findings, by unit, register and month; a league, who drifts, and why."""
    from hub.app import open_hub
    from hub.operations import daily
    from hub.trends import reading
    from hub.trends.drift import drifts

    with open_hub() as hub:
        daily.trends(hub, whole=whole)
        chosen = month or f"{hub.deployment.today:%Y-%m}"
        reading.first_day(chosen)
        with hub.engine.connect() as connection:
            if reasons:
                found = reading.reasons(connection, dataset=dataset, unit=unit, month=month)
                show([_reason(each) for each in found], as_json=as_json, title="Reasons")
                return
            if drift:
                months = reading.unit_months(connection, dataset=dataset, until=chosen)
                far = [each for each in drifts(months, chosen, least=least) if unit in (None, each.month.unit)]
                show([_drift(each) for each in far], as_json=as_json, title=f"Drift in {chosen}")
                return
            months = reading.unit_months(
                connection,
                dataset=dataset,
                unit=unit,
                since=chosen if league else month,
                until=chosen if league else month,
            )
    if league:
        rows = [{"place": each.place, **_month(each.month)} for each in reading.league(months, least=least)]
        show(rows, as_json=as_json, title=f"League of {chosen}")
        return
    show([_month(each) for each in months], as_json=as_json, title="Trends")


def compare(
    dataset: Annotated[str, typer.Argument(help="A dataset, e.g. birth.")],
    at: Annotated[str, typer.Option("--at", metavar="DATE", help="The first day: as it was at its end.")],
    other: Annotated[str, typer.Option("--and", metavar="DATE", help="The second day.")],
    as_json: AsJson = False,
) -> None:
    """A dataset at the end of two days: records that came, left and changed, and in which fields. Counts, no value."""
    from hub.app import open_hub
    from hub.trends import comparing

    first, second = _day(at), _day(other)
    with open_hub() as hub:
        known = {each.name: each for contract in hub.contracts.values() for each in contract.datasets}
        if dataset not in known:
            raise NotFound(f"No dataset {dataset}", hint=f"known are {', '.join(sorted(known))}")
        with hub.engine.connect() as connection:
            rows = comparing.compare(connection, known[dataset], first, second, hub.deployment.zone)
    shown = [
        {
            "system": each.system,
            str(first): each.one,
            str(second): each.other,
            "added": each.added,
            "left": each.left,
            "changed": each.changed,
            "same": each.same,
            "fields": dict(each.fields),
        }
        for each in rows
    ]
    show(shown, as_json=as_json, title=f"{dataset} at the end of {first} and of {second}")


def _month(each: object) -> dict[str, object]:
    from hub.trends.reading import UnitMonth

    assert isinstance(each, UnitMonth)
    return {
        "month": each.month,
        "unit": each.unit,
        "dataset": each.dataset,
        "stream": each.stream,
        "volume": each.volume,
        "accepted %": _percent(each.accepted_share),
        "findings": each.findings,
        "late %": _percent(each.late_share),
        "empty %": _percent(each.empty_share),
    }


def _drift(each: object) -> dict[str, object]:
    from hub.trends.drift import Drift

    assert isinstance(each, Drift)
    return {
        "unit": each.month.unit,
        "dataset": each.month.dataset,
        "stream": each.month.stream,
        "measure": each.measure,
        "against": each.against,
        "value %": _percent(each.value),
        "usual %": _percent(each.usual),
        "score": round(each.score, 1),
    }


def _reason(each: object) -> dict[str, object]:
    from hub.trends.reading import RankedReason

    assert isinstance(each, RankedReason)
    return {
        "rule": each.rule,
        "kind": each.kind,
        "n": each.n,
        "share %": _percent(each.share),
        "together %": _percent(each.cumulated),
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(f"{text!r} is no day", hint="write 2022-06-02") from None
