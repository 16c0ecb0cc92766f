"""hub indicators: figures of Decision 766, of Decree 224/2026 and of the article, kept by what merges changed."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.terminal import AsJson, console, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.app import Hub
    from hub.indicators.figures import Figure

BY = ("unit", "sector", "field", "procedure", "month")


def add_to(app: typer.Typer) -> None:
    app.command("indicators")(indicators)


def indicators(
    id: Annotated[str | None, typer.Argument(metavar="[ID]", help="An indicator, e.g. 4.3; by default all.")] = None,
    unit: Annotated[str, typer.Option(help="Only this unit's (its code).")] = "",
    sector: Annotated[str, typer.Option(help="Only of this sector, a group of fields (economy, urban, justice).")] = "",
    field: Annotated[str, typer.Option(help="Only of this field.")] = "",
    procedure: Annotated[str, typer.Option(help="Only of this procedure.")] = "",
    month: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m"], help="Only of this month of receipt; by default all.")
    ] = None,
    by: Annotated[str, typer.Option(help=f"Break down by some of {', '.join(BY)}.")] = "",
    today_units: Annotated[
        bool, typer.Option("--today-units", help="Units of today: what became part of one counts for it.")
    ] = False,
    csv: Annotated[Path | None, typer.Option(help="Write a CSV file, small counts left out.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write an XLSX file, likewise.")] = None,
    bulletin: Annotated[
        Path | None, typer.Option(help="Write the bulletin of a month: a .pdf or a .html file.")
    ] = None,
    published: Annotated[bool, typer.Option("--published", help="Figures that others published, with source.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Count everything anew; the same must come out.")] = False,
    as_json: AsJson = False,
) -> None:
    """Indicators of how procedures are handled: decision, numerator, denominator, value, or the input that is missing."""
    from hub.app import open_hub
    from hub.indicators import export
    from hub.indicators.figures import figures, ranked
    from hub.indicators.formulas import INDICATORS
    from hub.indicators.published import published as known
    from hub.indicators.selection import FigureSelection
    from hub.operations import daily

    names = tuple(name for each in by.split(",") if (name := each.strip()))
    if unknown := sorted(set(names) - set(BY)):
        raise typer.BadParameter(f"unknown {', '.join(unknown)}; known are {', '.join(BY)}")
    first = date(month.year, month.month, 1) if month else None
    if bulletin is not None and (first is None or bulletin.suffix not in (".pdf", ".html")):
        raise typer.BadParameter("a bulletin is of one --month, and a .pdf or a .html file")
    with open_hub() as hub:
        now = hub.scenario.now()
        if published:
            show([vars(each) for each in known(hub.deployment.folder)], as_json=as_json, title="Published by others")
            return
        city = daily.indicators(hub, whole=anew).city
        asked = FigureSelection(unit, field, procedure, first, first, names, sector, today_units)
        with hub.engine.connect() as connection:
            found = figures(connection, [id] if id else INDICATORS, asked, city, now)
            ranks = (
                figures(
                    connection,
                    ["2.1"],
                    FigureSelection(first=first, last=first, by=("unit",), today=today_units),
                    city,
                    now,
                )
                if bulletin
                else []
            )
    if bulletin is not None and first is not None:
        _write_bulletin(hub, bulletin, first, found, ranked(ranks))
        return
    if id and "unit" in names:
        found = ranked(found)
    for file, write in ((csv, export.as_csv), (xlsx, export.as_xlsx)):
        if file is not None:
            file.write_bytes(write(found))
            console.print(f"{len(found)} figures in {file}")
    if csv is None and xlsx is None:
        rows = [vars(each) for each in found]
        show(rows if as_json else [_short(row) for row in rows], as_json=as_json, title="Indicators")


def _write_bulletin(hub: Hub, file: Path, month: date, city: Sequence[Figure], units: Sequence[Figure]) -> None:
    from hub.indicators.bulletin import Bulletin

    as_of = next((figure.as_of for figure in city if figure.as_of), hub.scenario.now())
    written = Bulletin(
        f"Bản tin giải quyết thủ tục hành chính: {hub.deployment.title}",
        month,
        f"{as_of.astimezone(hub.deployment.zone):%d/%m/%Y %H:%M}",
        city,
        units,
        "Kịch bản, không phải số liệu thật." if hub.scenario.as_of else "",
    )
    file.write_bytes(written.pdf() if file.suffix == ".pdf" else written.html().encode("utf-8"))
    console.print(f"bulletin of {month:%Y-%m} in {file}")


def _short(row: dict[str, object]) -> dict[str, object]:
    """What a screen has room for: columns that are empty in this question are left out by name."""
    kept = (
        "indicator",
        "unit",
        "sector",
        "field",
        "procedure",
        "month",
        "numerator",
        "denominator",
        "value",
        "rank",
        "missing",
    )
    return {name: row[name] for name in kept}
