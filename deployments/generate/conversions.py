"""Rows of `unit_conversions.csv`: which unit became which, at which reform.

`whole`: all of the old unit lies in the new one; `part`: some of it. A district of 2025-06-30 becomes the
communes that its own became, so it is nearly always `part` of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from deployments.generate import packages
from deployments.generate.tables import Row
from deployments.generate.units import CITY, LISTED, NEIGHBOURS, REFORM, THU_DUC, ListedUnit, Merger

THU_DUC_LAW = "NQ 1111/NQ-UBTVQH14"


def conversions(units: list[ListedUnit], mergers: Iterable[Merger]) -> list[Row]:
    """All conversions between the units, sorted by day, old code and new code."""
    rows = [
        _row(code, "district", THU_DUC, LISTED, whole=True, default=True, source=THU_DUC_LAW)
        for code in ("762", "763", THU_DUC)
    ]
    rows += [
        _row(m.old.code, "commune", m.new.code, m.new.first, whole=m.whole, default=m.whole, source=m.source)
        for m in mergers
    ]
    source = packages.described(packages.REFORM)
    rows += [
        _row(code, "province", CITY, REFORM, whole=True, default=True, source=source) for code in (CITY, *NEIGHBOURS)
    ]
    conversions = packages.commune_conversions(CITY)
    rows += [
        _row(old, "commune", new, REFORM, whole=whole, default=default, source=source)
        for _, old, new, whole, default in conversions
        if old
    ]
    for district in sorted({district for district, *_ in conversions}):
        news = sorted({new for at, _, new, _, _ in conversions if at == district})
        one = len(news) == 1
        rows += [
            _row(district, "district", new, REFORM, whole=one, default=one, source=f"{source}; its communes")
            for new in news
        ]
    return sorted(rows, key=lambda r: (r["new_valid_from"], r["old_code"], r["new_code"]))


def name_territories(units: list[ListedUnit], conversions: list[Row]) -> list[ListedUnit]:
    """The units with their territory: that of the one unit a unit wholly is under the same code, else one of its own."""
    sources: dict[tuple[str, str], list[Row]] = {}
    targets: dict[tuple[str, str], int] = {}
    for row in conversions:
        if row["old_level"] == "commune" or row["new_code"] == CITY:
            sources.setdefault((row["new_code"], row["new_valid_from"]), []).append(row)
            targets[row["old_code"], row["old_valid_to"]] = targets.get((row["old_code"], row["old_valid_to"]), 0) + 1
    named: dict[tuple[str, str], str] = {}
    found = []
    for unit in sorted(units, key=lambda u: u.first):
        own = f"{unit.code}@{unit.first}"
        before = sources.get((unit.code, unit.first.isoformat()), [])
        if len(before) == 1 and before[0]["kind"] == "whole" and before[0]["old_code"] == unit.code:
            own = named.get((unit.code, before[0]["old_valid_to"]), own)
        if unit.last is not None:
            named[unit.code, unit.last.isoformat()] = own
        found.append(replace(unit, territory=own))
    return sorted(found, key=lambda u: (len(u.code), u.code, u.first))


def _row(old: str, level: str, new: str, day: date, *, whole: bool, default: bool, source: str) -> Row:
    return {
        "old_code": old,
        "old_level": level,
        "old_valid_to": (day - timedelta(days=1)).isoformat(),
        "new_code": new,
        "new_valid_from": day.isoformat(),
        "kind": "whole" if whole else "part",
        "is_default": "true" if default else "false",
        "source": source,
    }
