"""What each district offers online, as the city's portal lists it: every procedure of every district, offered or not.

The offered ones are those that the district's people file for (`twins/city/procedures.py`), so the article's 34 of 195 of
District 3 come out. Days, levels and fees are made up. A few rows that are not offered have a level of no list, or end
before they begin.
"""

from __future__ import annotations

import polars as pl

from twins.city.columns import stream
from twins.city.procedures import read_procedures
from twins.defects.planting import QUARANTINE, TRUTH_SCHEMA
from twins.population import City
from twins.services.paged_store import Record
from twins.services.portal_dossiers import CITY

FEES = {"economy": 100_000, "urban": 75_000, "justice": 8_000}
"""Full fee by group; the others are free."""
HALVED_SINCE = "2022-04-01 00:00:00"
"""The day is ours: the article says only that the resolution has passed."""
SPOILT_LEVEL, SPOILT_DAYS = 3, 2
UNKNOWN, ENDS_FIRST = "unknown-code", "end-before-start"


def offered(city: City) -> list[Record]:
    """All rows of the listing, spoilt ones too."""
    rows, rng = _rows(city), stream(city.seed, "online-services")
    spoilt = rng.permutation([place for place, row in enumerate(rows) if row["TrucTuyen"] == "0"])
    for place in spoilt[:SPOILT_LEVEL].tolist():
        rows[place]["TrucTuyen"] = "9"
    for place in spoilt[SPOILT_LEVEL : SPOILT_LEVEL + SPOILT_DAYS].tolist():
        rows[place] |= {"NgayDuaLen": "2021-06-01 00:00:00", "NgayNgung": "2020-06-01 00:00:00"}
    return rows


def truth(city: City) -> pl.DataFrame:
    """What is wrong in the listing, in the columns of the truth table."""
    rows = [
        (CITY, "offered_procedure", row["MaDichVuCong"], field, defect, QUARANTINE)
        for row in offered(city)
        for field, defect, is_so in (
            ("TrucTuyen", UNKNOWN, row["TrucTuyen"] == "9"),
            ("NgayNgung", ENDS_FIRST, "" < row["NgayNgung"] < row["NgayDuaLen"]),
        )
        if is_so
    ]
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row")


def _rows(city: City) -> list[Record]:
    procedures = read_procedures(city.reference / "procedures.csv")
    offers = {(each["system"], each["code"]) for each in city.filed.offers.iter_rows(named=True)}
    rows: list[Record] = []
    for district, agency in zip(city.places.districts, city.places.agencies, strict=True):
        for place, each in enumerate(procedures):
            online = (f"one-stop-{district}", each.code) in offers
            fee = FEES.get(each.group, 0)
            rows.append(
                {
                    "MaDichVuCong": f"{agency}-{each.code}",
                    "MaDonVi": agency,
                    "MaTTHC": each.code,
                    "TenTTHC": each.name,
                    "TenLinhVuc": each.field,
                    "TrucTuyen": ("2" if place % 3 else "1") if online else "0",
                    "NgayDuaLen": f"{2019 + place % 3}-0{1 + place % 9}-01 00:00:00" if online else "",
                    "NgayNgung": "",
                    "LePhi": str(fee) if fee else "",
                    "LePhiTrucTuyen": str(fee // 2) if fee and online else "",
                    "NgayGiamLePhi": HALVED_SINCE if fee and online else "",
                    "NgayCapNhat": f"2022-04-0{1 + place % 5} 07:00:00",
                }
            )
    return rows
