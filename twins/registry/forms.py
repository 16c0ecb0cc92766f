"""A record of the registry in the forms that its REST facade has used, written independently of the hub's field maps.

    xml       the register's names, all texts
    result    the names of the result blocks: soDangKy, soDinhDanh, ...SoGiayTo; sexes as numbers
    json      since 2024: names in three, dates and addresses in parts, the personal number beside the paper

What cannot be split without loss (a name with two spaces, a day number out of a spreadsheet) is sent as one text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from twins.city.places import Places, number_of
from twins.registry.books import Record

_DOTTED = re.compile(r"(?:(?:([0-9]{2})\.)?([0-9]{2})\.)?([1-9][0-9]{3})")
_OF_BIRTH = ("ngaySinh", "thangSinh", "namSinh")
_OF_OTHERS = ("ngay", "thang", "nam")
_DATE_NAMES = re.compile(r"[nN]gay(?!SinhBangChu|CapNhat)")
_PLACES = ("NoiCuTru", "NoiSinh", "NoiChet", "QueQuan")


class Forms:
    """Writes a page of records as the text of `data`."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.by_name: Mapping[str, Callable[[list[Record]], str]] = {
            "xml": _xml,
            "result": _result,
            "json": self._structured,
        }

    def _structured(self, records: list[Record]) -> str:
        return _text([self._parted(record) for record in records])

    def _parted(self, record: Record) -> dict[str, Any]:
        units = self._units(number_of(date.fromisoformat(str(record["ngayCapNhat"])[:10])))
        form: dict[str, Any] = {}
        for name, value in record.items():
            if value is None:
                continue
            if name.endswith("HoTen"):
                form[name] = _name(value)
            elif name.endswith("GioiTinh"):
                form[name] = _number(value)
            elif name.endswith(_PLACES):
                form[name] = _address(value, units, self._places)
            elif _DATE_NAMES.search(name):
                form[name] = _date(value, _OF_BIRTH if name.endswith("NgaySinh") else _OF_OTHERS)
            else:
                form["soDangKy" if name == "so" else name] = value
            if name.endswith("SoGiayToTuyThan") and record.get(name.replace("SoGiay", "LoaiGiay")) == "4":
                form[name.replace("SoGiayToTuyThan", "SoDDCN")] = value
        return form

    @cache  # noqa: B019  # lives as long as the twins do
    def _units(self, day: int) -> dict[str, dict[str, str]]:
        """Title of each ward on a day -> its codes, with the district's while there are districts."""
        titles = self._places.units_on(day)
        districts = {
            f"{title}, {self._places.title}": code
            for code, title in self._places.district_titles.items()
            if code in titles
        }
        found = {}
        for code, title in titles.items():
            above = title.partition(", ")[2]
            if above in districts:
                found[title] = {"maXa": code, "maHuyen": districts[above], "maTinh": self._places.province.code}
            elif above == self._places.title:
                found[title] = {"maXa": code, "maTinh": self._places.province.code}
        return found


def _xml(records: list[Record]) -> str:
    fields = (
        "".join(f"<{name}>{escape(value)}</{name}>" for name, value in record.items() if value is not None)
        for record in records
    )
    return f"<hotich>{''.join(f'<hoso>{each}</hoso>' for each in fields)}</hotich>"


def _result(records: list[Record]) -> str:
    def renamed(name: str) -> str:
        return {"so": "soDangKy", "nksSoDDCN": "soDinhDanh"}.get(name, name.replace("SoGiayToTuyThan", "SoGiayTo"))

    return _text(
        [
            {renamed(n): _number(v) if n.endswith("GioiTinh") else v for n, v in each.items() if v is not None}
            for each in records
        ]
    )


def _text(records: list[dict[str, Any]]) -> str:
    return msgspec.json.encode({"hoso": records}).decode()


def _name(value: str) -> Any:
    words = value.split(" ")
    if "" in words:
        return value
    parts = {"Ho": words[0] if len(words) > 1 else "", "ChuDem": " ".join(words[1:-1]), "Ten": words[-1]}
    return {name: part for name, part in parts.items() if part}


def _number(value: str) -> Any:
    return int(value) if re.fullmatch("[0-9]", value) else value


def _date(value: str, names: tuple[str, str, str]) -> Any:
    found = _DOTTED.fullmatch(value)
    if found is None:
        return value
    parts = {name: part for name, part in zip(names, found.groups(), strict=True) if part}
    return parts if names == _OF_BIRTH else {name: int(part) for name, part in parts.items()}


def _address(value: str, units: Mapping[str, dict[str, str]], places: Places) -> dict[str, str]:
    place, _, above = value.partition(", ")
    if above in units:
        return {"dcChiTiet": place, **units[above], "quocGia": "VN"}
    if above == places.title:
        return {"dcChiTiet": place, "maTinh": places.province.code, "quocGia": "VN"}
    return {"maTinh": places.province.code, "quocGia": "VN"} if value == places.title else {"dcChiTiet": value}
