"""Rows of `provinces.csv` and `countries.csv`."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib.metadata import version

from deployments.generate import packages
from deployments.generate.tables import Row
from deployments.generate.units import REFORM

SINCE = "2008-08-01"
"""The last change of the 63 provinces' list before the reform."""
DONG_NAI, DONG_NAI_CITY, DONG_NAI_LAW = "75", date(2026, 4, 30), "NQ 30/2026/QH16"


def provinces() -> list[Row]:
    """63 provinces until 2025-06-30, 34 since; a territory goes on where no other province joined. Đồng Nai is a city since 2026-04-30."""
    before = packages.units_of_2022("province")
    merged = packages.merged_provinces()
    rows = [_province(u.code, u.name, SINCE, REFORM - timedelta(days=1), f"{u.code}@{SINCE}", u.source) for u in before]
    for unit in packages.provinces_since_the_reform():
        alone = merged.get(unit.code, [unit.code]) == [unit.code]
        territory = f"{unit.code}@{SINCE}" if alone else f"{unit.code}@{REFORM}"
        end = DONG_NAI_CITY - timedelta(days=1) if unit.code == DONG_NAI else None
        rows.append(_province(unit.code, unit.name, REFORM.isoformat(), end, territory, unit.source))
    rows.append(
        _province(DONG_NAI, "Thành phố Đồng Nai", DONG_NAI_CITY.isoformat(), None, f"{DONG_NAI}@{REFORM}", DONG_NAI_LAW)
    )
    return sorted(rows, key=lambda r: (r["code"], r["valid_from"]))


def countries() -> list[Row]:
    """ISO 3166-1 (pycountry) with Vietnamese and English names (CLDR in Babel)."""
    from babel import Locale

    file = packages.folder("pycountry") / "databases" / "iso3166-1.json"
    vi, en = Locale("vi").territories, Locale("en").territories
    source = f"pycountry; CLDR (Babel {'.'.join(version('babel').split('.')[:2])})"
    listed = json.loads(file.read_text(encoding="utf-8"))["3166-1"]
    return [
        {
            "alpha_2": c["alpha_2"],
            "alpha_3": c["alpha_3"],
            "numeric_code": c["numeric"],
            "name_vi": vi[c["alpha_2"]],
            "name_en": en[c["alpha_2"]],
            "source": source,
        }
        for c in sorted(listed, key=lambda c: c["alpha_2"])
    ]


def _province(code: str, name: str, first: str, last: date | None, territory: str, source: str) -> Row:
    return {
        "code": code,
        "name": name,
        "kind": "city" if name.startswith("Thành phố") else "province",
        "valid_from": first,
        "valid_to": last.isoformat() if last else "",
        "territory": territory,
        "source": source,
    }
