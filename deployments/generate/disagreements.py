"""Rows of `unit_disagreements.csv`: where the sources of unit lists do not say the same. Both words are kept, none is declared right."""

from __future__ import annotations

from collections.abc import Iterable

from deployments.generate import packages
from deployments.generate.packages import Named
from deployments.generate.tables import Row
from deployments.generate.units import CITY, REFORM, ListedUnit, key

OTHER = "thanglequoc/vietnamese-provinces-database cd580632 (MIT)"


def disagreements(
    otherwise: Iterable[Row], renamed: Iterable[tuple[Named, Named]], spelt: Iterable[tuple[ListedUnit, ListedUnit]]
) -> list[Row]:
    """All that were found, sorted: communes since 2025-07-01 against two other sources, provinces renamed on a day no source
    gives, and communes of 2022 that the list of mid-2025 spells differently (`Phường 05`, `Phường 5`).

    `otherwise` holds only what the third source says otherwise (facts/units_otherwise.csv). The numeric codes of vietnam-provinces
    are compared for the city only: the package keeps another numbering for much of the country.
    """
    ours = packages.communes_since_the_reform()
    third = [Named(r["code"], packages.clean(r["name"]), r["province_code"], OTHER) for r in otherwise]
    counted = [u for u in packages.communes_as_counted() if u.parent == CITY]
    rows = list(_compare(ours, third)) + list(_compare([u for u in ours if u.parent == CITY], counted))
    rows += [_row("name", a.code, REFORM.isoformat(), a, b) for a, b in renamed]
    for a, b in spelt:
        named = (Named(u.code, u.name, u.parent, u.source) for u in (a, b))
        rows.append(_row("spelling", a.code, a.first.isoformat(), *named))
    return sorted(rows, key=lambda r: (r["kind"], r["code"], r["other_source"]))


def _compare(ours: list[Named], theirs: list[Named]) -> Iterable[Row]:
    by_code = {u.code: u for u in ours}
    by_name = {(u.parent, key(u.name)): u for u in ours}
    for their in theirs:
        same = by_code.get(their.code)
        if same is not None and key(same.name) == key(their.name):
            if same.name != their.name:
                yield _row("spelling", their.code, REFORM.isoformat(), same, their)
            continue
        named = by_name.get((their.parent, key(their.name)))
        if named is not None:
            yield _row("code", named.code, REFORM.isoformat(), named, their)
        elif same is not None:
            yield _row("name", their.code, REFORM.isoformat(), same, their)
        else:
            raise ValueError(f"{their.source} lists {their.code}, which no other source knows by code or name")


def _row(kind: str, code: str, day: str, ours: Named, theirs: Named) -> Row:
    return {
        "kind": kind,
        "code": code,
        "valid_from": day,
        "name": ours.name,
        "source": ours.source,
        "other_code": theirs.code,
        "other_name": theirs.name,
        "other_source": theirs.source,
    }
