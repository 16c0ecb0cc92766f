"""The lists of a deployment (`reference/*.csv`): units with their parents, agencies with their units, laws, code lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path

from contracts.deployment.files import CodeList, DeploymentFile
from contracts.errors import Permanent
from contracts.yaml.models import Document
from hub.access.grants.agencies import COLUMNS as AGENCY_COLUMNS
from hub.access.grants.agencies import read_agencies
from hub.access.legal_bases import read_legal_bases
from hub.core.cells import Cells, ColumnMissing, read_list
from hub.core.units import COLUMNS as UNIT_COLUMNS
from hub.core.units import FILE as UNITS
from hub.core.units import Units, read_units
from hub.deployments.faults import FaultList

LEVELS: Mapping[str, tuple[str, ...]] = {
    "province": ("",),
    "district": ("province",),
    "commune": ("district", "province"),
}
"""Level -> levels of the unit above it; since 2025-07-01 communes stand below a province."""


def check_lists(folder: Path, faults: FaultList) -> Units | None:
    """FaultList of the lists that every deployment has; the units, if they can be read."""
    reference = folder / "reference"
    before = len(faults)
    _check_unit_rows(reference / UNITS, faults)
    units = faults.of(lambda: read_units(reference)) if len(faults) == before else None
    faults.of(lambda: read_legal_bases(folder))
    if faults.of(lambda: read_agencies(folder)) is not None and units is not None:
        _check_agencies(reference / "agencies.csv", units, faults)
    return units


def check_code_lists(folder: Path, head: Document[DeploymentFile], faults: FaultList) -> None:
    """The files of `lists:` in deployment.yaml: there, with their columns, and no code is blank."""
    for name, each in head.value.lists.items():
        path = folder / "reference" / each.file
        if not path.exists():
            what = f"the list {name} names a file that is not there: reference/{each.file}"
            faults.add_error(head.wrong(("lists", name, "file"), what, hint="put it there, or name another one"))
            continue
        columns = (each.column, *(("valid_from", "valid_to") if each.dated else ()))
        try:
            rows = list(read_list(path, columns))
        except ColumnMissing as error:
            faults.add_error(head.wrong(("lists", name, "column"), error.message, hint=error.hint))
        except Permanent as error:
            faults.add_error(error)
        else:
            _check_codes(rows, each, faults)


def _check_codes(rows: Iterable[Cells], each: CodeList, faults: FaultList) -> None:
    for row in rows:
        faults.of(lambda row=row: _without_blanks(row, each.column))  # type: ignore[misc]
        if each.dated:
            _check_days(row, faults, needed=True)


def _without_blanks(row: Cells, column: str) -> str:
    found = row.filled(column)
    if found != found.strip():
        raise row.wrong(column, "has a blank at its end", hint="a code is compared as it stands")
    return found


def _check_days(row: Cells, faults: FaultList, *, needed: bool) -> tuple[date, date] | None:
    """The span of a row; None, and a fault, if a day is none or the row ends before it begins."""
    if needed and faults.of(lambda: row.filled("valid_from")) is None:
        return None
    before = len(faults)
    first, last = faults.of(lambda: row.day("valid_from")), faults.of(lambda: row.day("valid_to"))
    if len(faults) > before:
        return None
    if first and last and last < first:
        faults.add_error(row.wrong("valid_to", f"is before valid_from {first}", hint="its last day, or nothing"))
        return None
    return first or date.min, last or date.max


def _check_unit_rows(path: Path, faults: FaultList) -> None:
    """Each row by itself; then two units of one code, and the unit above each, on its days."""
    spans: dict[str, list[tuple[date, date, Cells]]] = defaultdict(list)
    rows = faults.of(lambda: list(read_list(path, UNIT_COLUMNS, missing="hub deployment new writes one")))
    for row in rows or ():
        code = faults.of(lambda row=row: row.matching("code", "[0-9]{2,5}", "970"))  # type: ignore[misc]
        level = faults.of(lambda row=row: row.one_of("level", tuple(LEVELS)))  # type: ignore[misc]
        for column in ("name", "territory"):
            faults.of(lambda row=row, column=column: row.filled(column))  # type: ignore[misc]
        span = _check_days(row, faults, needed=True)
        if code and level and span:
            spans[code].append((*span, row))
    for several in spans.values():
        several.sort(key=lambda each: each[:2])
        for (_, last, one), (first, _, other) in pairwise(several):
            if last >= first:
                what = f"names a second unit on {first} (the other is on line {one.line})"
                faults.add_error(other.wrong("code", what, hint="end the earlier row the day before"))
    for several in spans.values():
        for first, _, row in several:
            _check_above(row, first, spans, faults)


def _check_above(
    row: Cells, first: date, spans: Mapping[str, list[tuple[date, date, Cells]]], faults: FaultList
) -> None:
    above, allowed = row["parent_code"], LEVELS[row["level"]]
    if not above:
        if "" not in allowed:
            hint = f"a {row['level']} stands below a {' or '.join(allowed)}"
            faults.add_error(row.wrong("parent_code", "is empty", hint=hint))
        return
    # A list need not go back as far above as below: a unit that is listed from a later day on was there before.
    over = [each for each in spans.get(above, ()) if first <= each[1]]
    if not over:
        hint = "the code of the unit above it, on the same days"
        faults.add_error(row.wrong("parent_code", "is no unit on these days", hint=hint))
    elif wrong := next((each for each in over if each[2]["level"] not in allowed), None):
        hint = f"a {row['level']} stands below {' or '.join(each or 'nothing' for each in allowed)}"
        faults.add_error(row.wrong("parent_code", f"is a {wrong[2]['level']}", hint=hint))


def _check_agencies(path: Path, units: Units, faults: FaultList) -> None:
    codes = {unit.code for unit in units}
    for row in read_list(path, AGENCY_COLUMNS):
        faults.of(lambda row=row: row.filled("name"))  # type: ignore[misc]
        _check_days(row, faults, needed=False)
        if row["unit_code"] and row["unit_code"] not in codes:
            hint = "the unit that it serves, from units.csv; empty if it serves none"
            faults.add_error(row.wrong("unit_code", "is no unit", hint=hint))
