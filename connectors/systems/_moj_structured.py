"""Composes values that the registry's JSON dialects split into parts, in the form of the books.

    name     {"Ho", "ChuDem", "Ten"}                              Nguyễn Văn An
    date     {"ngaySinh", "thangSinh", "namSinh"}, or
             {"ngay", "thang", "nam"}                             02.06.2022, 06.2022, 2022
    address  {"dcChiTiet", "maXa", "maHuyen", "maTinh",
             "quocGia"}                                           12 Lê Lợi, Phường Đa Kao, Quận 1, ...
    number   1                                                    1

Published are the parts of a name, of a birth date and of an address, and that sexes are numbers. We assume that other
dates have the parts of birth dates. A text in place of an object stays unchanged: old entries that could not be split
come as text. Nothing is guessed: a day without its month keeps the gap (`02..2022`), which the date's rule refuses,
and a code that is not a unit on the record's day stays a code.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contracts.errors import DeploymentInvalid
from contracts.local_time import LOCAL


class WrongShape(Exception):
    """A field that is not what the map says: it costs its record. Never leaves the dialect."""

    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place}: {rule}")
        self.place, self.rule = place, rule


SHAPES = ("name", "date", "address", "number")
_DATES = (("ngaySinh", "thangSinh", "namSinh"), ("ngay", "thang", "nam"))
_HOME = "VN"


@dataclass(frozen=True)
class UnitNames:
    """Names of administrative units, each with its days: codes were reused in 2021 and on 2025-07-01."""

    by_code: Mapping[str, tuple[tuple[str, str, str], ...]]
    """Code -> (first day, last day or "", name)."""

    def name(self, code: str, day: str) -> str:
        """Name of a code on a day (ISO); the code itself if it had no name then."""
        return next(
            (name for first, last, name in self.by_code.get(code, ()) if first <= day and (not last or day <= last)),
            code,
        )


def read_units(path: Path) -> UnitNames:
    """The units of a list with the columns code, name, valid_from, valid_to.

    Raises:
        DeploymentInvalid: it lacks one of them.
    """
    found: dict[str, list[tuple[str, str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if missing := {"code", "name", "valid_from", "valid_to"} - set(rows.fieldnames or ()):
            raise DeploymentInvalid(
                f"{path}: no column {', '.join(sorted(missing))}",
                hint="units need code, name and the days on which they are valid",
            )
        for row in rows:
            found.setdefault(row["code"], []).append((row["valid_from"], row["valid_to"], row["name"]))
    return UnitNames({code: tuple(rows) for code, rows in found.items()})


@dataclass(frozen=True)
class Composer:
    """Composes the values of one record."""

    units: UnitNames
    changed_at: datetime | None
    """Day on which the registry wrote the record; its unit codes are of that day."""

    def __call__(self, shape: str, name: str, value: object) -> str | None:
        """The text of a field.

        Raises:
            WrongShape: neither text nor the shape; the message names the field, never the value.
        """
        if value is None or isinstance(value, str):
            return value
        if shape == "number":
            if isinstance(value, int) and not isinstance(value, bool):
                return str(value)
        elif isinstance(value, dict):
            return {"name": self._name, "date": self._date, "address": self._address}[shape](name, value) or None
        raise WrongShape(name, f"neither text nor of the shape {shape}")

    def _name(self, name: str, value: Mapping[str, object]) -> str:
        return " ".join(filter(None, self._parts(name, value, ("Ho", "ChuDem", "Ten"))))

    def _date(self, name: str, value: Mapping[str, object]) -> str:
        parts = self._parts(name, value, next((each for each in _DATES if set(value) <= set(each)), _DATES[0]))
        padded = [part.zfill(2) if part.isascii() and part.isdigit() else part for part in parts]
        return ".".join(padded).lstrip(".")

    def _address(self, name: str, value: Mapping[str, object]) -> str:
        place, *codes, country = self._parts(name, value, ("dcChiTiet", "maXa", "maHuyen", "maTinh", "quocGia"))
        day = self.changed_at.astimezone(LOCAL).date().isoformat() if self.changed_at else ""
        units = [self.units.name(code, day) for code in codes if code]
        return ", ".join(filter(None, (place, *units, "" if country == _HOME else country)))

    def _parts(self, name: str, value: Mapping[str, object], known: tuple[str, ...]) -> list[str]:
        """The parts of an object in their order; missing parts are empty."""
        if set(value) - set(known):
            raise WrongShape(name, f"other parts than {', '.join(known)}")
        parts = [value.get(each) for each in known]
        if not all(part is None or isinstance(part, str) or type(part) is int for part in parts):
            raise WrongShape(name, "a part that is neither text nor a whole number")
        return ["" if part is None else str(part) for part in parts]
