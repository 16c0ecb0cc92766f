"""Places where the synthetic people live, register and come from.

Units are those of 2022 (`FOUNDED`), from the deployment's reference list; weights of districts and native places are
the deployment's (`twins/city/province.py`). People do not move; each reform changes the name of their registering office.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city.columns import pick
from twins.city.province import Province, read_province

STREETS = (
    "Nguyễn Trãi",
    "Lê Lợi",
    "Trần Hưng Đạo",
    "Hai Bà Trưng",
    "Cách Mạng Tháng Tám",
    "Lý Thường Kiệt",
    "Nguyễn Thị Minh Khai",
    "Điện Biên Phủ",
    "Võ Văn Tần",
    "Phan Đình Phùng",
    "Lạc Long Quân",
    "Âu Cơ",
    "Hoàng Văn Thụ",
    "Phạm Văn Đồng",
    "Quang Trung",
    "Nguyễn Oanh",
    "Phan Văn Trị",
    "Tỉnh lộ 10",
    "Kinh Dương Vương",
    "Hậu Giang",
    "Nguyễn Văn Linh",
    "Huỳnh Tấn Phát",
    "Lê Văn Lương",
    "Tô Ký",
    "Nguyễn Ảnh Thủ",
    "Bà Hom",
)


FOUNDED = "2022-06-02"
"""The day whose districts and wards the people are spread over."""
NO_DISTRICTS = date(2025, 7, 1)
"""The district level ended, and with it their one-stop systems."""
READ_ON = timedelta(days=7)
"""How long they still answer, so that what was entered on the last day can be read."""


@dataclass(frozen=True)
class Era:
    """Days between two reforms; entry i of each tuple is ward i."""

    first: int
    """Day number of its first day; everything before the second era counts to the first."""
    codes: tuple[str, ...]
    """The office's unit code. After a merger several wards share one."""
    titles: tuple[str, ...]
    office_numbers: tuple[int, ...]
    """A number for each office, in no other era used: books are an office's own."""


@dataclass(frozen=True)
class Places:
    """The wards of the city; entry i of each tuple is ward i."""

    ward_codes: tuple[str, ...]
    ward_titles: tuple[str, ...]
    """`Phường Đa Kao, Quận 1, Thành phố Hồ Chí Minh`."""
    ward_districts: tuple[str, ...]
    ward_weights: tuple[float, ...]
    district_titles: dict[str, str]
    eras: tuple[Era, ...]
    province: Province
    abolished: str | None
    """Code of a district that ended before the day of the people; None: none is listed."""

    @property
    def title(self) -> str:
        """Name of the province."""
        return self.province.title

    @property
    def districts(self) -> tuple[str, ...]:
        """Codes of its districts."""
        return tuple(self.province.districts)

    @property
    def agencies(self) -> tuple[str, ...]:
        """Identity codes of the districts' agencies, in the order of the districts."""
        return tuple(self.province.agencies[district] for district in self.districts)

    @property
    def native_places(self) -> tuple[str, ...]:
        """Quê quán as the books write it; the first is the province itself."""
        return tuple(name for _, name in self.province.native)

    @property
    def province_of_place(self) -> tuple[int, ...]:
        """Province code of each native place, as in the first three digits of a personal number."""
        return tuple(int(number) for number, _ in self.province.native)

    def office(self, ward: NDArray[np.integer], days: NDArray[np.integer]) -> tuple[NDArray[np.int64], pl.Series]:
        """Number and unit code of the office that serves each ward on each day."""
        place = self._era(days) * len(self.ward_codes) + ward
        office_numbers = np.array([number for era in self.eras for number in era.office_numbers], np.int64)
        return office_numbers[place], pick([code for era in self.eras for code in era.codes], place)

    def office_then(self, code: str, day: int) -> str:
        """The code of the office that serves, on a day, the place that another code named before; itself if unknown."""
        now = self.eras[int(self._era(np.array([day]))[0])].codes
        if code in now:
            return code
        for era in reversed(self.eras):
            if code in era.codes:
                return now[era.codes.index(code)]
        return code

    def units_on(self, day: int) -> dict[str, str]:
        """Code -> title of the registering offices on a day, and of the districts while there are any."""
        era = self.eras[int(self._era(np.array([day]))[0])]
        titles = dict(zip(era.codes, era.titles, strict=True))
        return titles if day >= number_of(NO_DISTRICTS) else {**self.district_titles, **titles}

    def _era(self, days: NDArray[np.integer]) -> NDArray[np.int64]:
        return np.searchsorted([era.first for era in self.eras[1:]], days, side="right")


def districts_on(moment: datetime, places: Places) -> tuple[str, ...]:
    """The districts that have a one-stop system at a moment of local time."""
    return places.districts if moment.date() < NO_DISTRICTS + READ_ON else ()


def read_places(units: Path) -> Places:
    """The districts and wards of 2022 from `units.csv`, and what they became from `unit_conversions.csv` beside it.

    A ward that was divided is served by the default one of its parts, or by the first where the list names none.

    Raises:
        ValueError: a district of ours, or all its wards, are missing in the list.
    """
    with units.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    of_2022 = [r for r in rows if r.get("valid_from", "") <= FOUNDED and not ("" < r.get("valid_to", "") < FOUNDED)]
    province = read_province(units.parent, of_2022)
    districts = {r["code"]: r["name"] for r in of_2022 if r["code"] in province.districts}
    wards = sorted((r["code"], r["name"], r["parent_code"]) for r in of_2022 if r["parent_code"] in districts)
    found = {parent for _, _, parent in wards}
    if found != set(province.districts) or not found:
        missing = sorted(set(province.districts) - found)
        raise ValueError(f"{units}: no wards of 2022 for districts {missing or 'of province ' + province.code}")
    size = {d: sum(parent == d for _, _, parent in wards) for d in districts}
    codes = tuple(code for code, _, _ in wards)
    titles = tuple(f"{name}, {districts[parent]}, {province.title}" for _, name, parent in wards)
    return Places(
        codes,
        titles,
        tuple(parent for _, _, parent in wards),
        tuple(province.districts[parent] / size[parent] for _, _, parent in wards),
        districts,
        (
            Era(0, codes, titles, tuple(range(len(codes)))),
            *_later_eras(codes, titles, rows, units.with_name("unit_conversions.csv"), province.title),
        ),
        province,
        max({r["code"] for r in rows if r["level"] == "district"} - {r["code"] for r in of_2022}, default=None),
    )


def number_of(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def _later_eras(
    codes: tuple[str, ...], titles: tuple[str, ...], units: list[dict[str, str]], conversions: Path, province: str
) -> Iterator[Era]:
    """What the wards became on each later day of reform."""
    with conversions.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["old_level"] == "commune" and r["new_valid_from"] > FOUNDED]
    rows.sort(key=lambda r: (r["is_default"], r["new_code"]), reverse=True)
    named = {(r["code"], r["valid_from"]): r for r in units}
    districts = {r["code"]: r["name"] for r in units if r["level"] == "district"}
    for index, day in enumerate(sorted({r["new_valid_from"] for r in rows}), 1):
        became: dict[str, str] = {}
        for row in rows:
            if row["new_valid_from"] == day:
                became.setdefault(row["old_code"], row["new_code"])
        made = {c: named[new, day] for c, new in became.items() if (new, day) in named}
        shown = {
            r["code"]: ", ".join(filter(None, (r["name"], districts.get(r["parent_code"]), province)))
            for r in made.values()
        }
        titles = tuple(
            shown[became[code]] if code in became else title for code, title in zip(codes, titles, strict=True)
        )
        codes = tuple(became.get(code, code) for code in codes)
        order = {code: len(codes) * index + n for n, code in enumerate(sorted(set(codes)))}
        yield Era(number_of(date.fromisoformat(day)), codes, titles, tuple(order[code] for code in codes))
