"""The registry's four registers, by id and by the day of the last change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city.columns import NEVER, day
from twins.city.fields import REGISTER_FIELDS
from twins.city.names import NEW_GIVEN
from twins.departures import Departed, chosen
from twins.entries.pages import FIRST_ID
from twins.on_disk import CityTable, Record, RecordFile
from twins.population import City


class RegisterBook:
    """One register. The city's records stay in a file; later changes are kept record by record."""

    def __init__(
        self,
        name: str,
        table: CityTable,
        families: NDArray[np.integer] | None = None,
        office: Callable[[str, int], str] = lambda code, _: code,
    ) -> None:
        self.name = name
        self._office = office
        """Which office serves, on a day, the place of another: an entry of today stands in a book of today's office."""
        self._families = families
        """Rows that are patterns for new records; None if the register gets none."""
        self._entered = RecordFile(REGISTER_FIELDS[name], table.parts(REGISTER_FIELDS[name]))
        self._units = table["maDonVi"].cast(pl.Categorical)
        self._first = FIRST_ID[name]
        self._days = (table["_changed"].to_numpy() // 86_400).astype(np.int32)
        """Ascending: records are numbered in the order of import."""
        self._changed: dict[str, Record] = {}
        self._gone: dict[str, Record | None] = {}
        """Id -> the deleted record; None: it has another id now."""

    def __len__(self) -> int:
        return self._numbered() - len(self._gone)

    def _numbered(self) -> int:
        """How many numbers were ever given."""
        return len(self._entered) + sum(self._row(i) is None for i in self._changed)

    def on(self, when: date) -> list[tuple[str, str]]:
        """(id, maDonVi) of the records created or last changed on a day."""
        number = day(when.year, when.month, when.day)
        first, last = np.searchsorted(self._days, [number, number + 1])
        units = self._units[int(first) : int(last)].cast(pl.String)
        found = [(str(self._first + row), unit) for row, unit in enumerate(units, int(first))]
        later = [
            (i, str(r["maDonVi"]))
            for i, r in self._changed.items()
            if str(r["ngayCapNhat"]).startswith(when.isoformat())
        ]
        listed = [pair for pair in found if pair[0] not in self._changed] + later
        return [pair for pair in listed if pair[0] not in self._gone] if self._gone else listed

    def records(self, ids: Sequence[str]) -> dict[str, Record]:
        """The records that exist, by id."""
        ids = [i for i in ids if i not in self._gone] if self._gone else ids
        rows = {i: self._row(i) for i in ids}
        known = {i: row for i, row in rows.items() if row is not None and i not in self._changed}
        found = {i: self._entered[row] for i, row in known.items()}
        return found | {i: self._changed[i] for i in ids if i in self._changed}

    def move_on(self, count: int, rng: np.random.Generator, now: datetime) -> dict[str, int]:
        """Change records, all at `now`: births are half corrections, half younger siblings; other registers get corrections.

        A record changes at most once a second, because its change time is its version.
        """
        stamp = _iso(now)
        siblings = [] if self._families is None else rng.permutation(self._families)[: count // 2].tolist()
        ids = [str(self._first + row) for row in rng.permutation(len(self._entered))[: count - len(siblings)].tolist()]
        ids = [i for i in ids if i not in self._gone and self._changed.get(i, {}).get("ngayCapNhat") != stamp]
        siblings = [row for row in siblings if str(self._first + row) not in self._gone]
        old = self.records(ids)
        for i in ids:
            note = f"Cải chính theo quyết định ngày {now:%d.%m.%Y}, vào sổ lúc {now:%H:%M:%S}"
            self._changed[i] = {**old[i], "ghiChu": note, "ngayCapNhat": stamp}
        for row in siblings:
            elder, number = str(self._first + row), str(self._first + self._numbered())
            self._changed[number] = self._entered_today(self.records([elder])[elder], number, rng, now)
        return {"changed": len(ids), "new": len(siblings)}

    def depart(self, what: str, count: int, rng: np.random.Generator, now: datetime, *, silent: bool) -> Departed:
        """Delete records, restore deleted ones, or give records another id, as `twins.departures` says."""
        stamp = {} if silent else {"ngayCapNhat": _iso(now)}
        departed = Departed()
        if what == "restored":
            for i in chosen(sorted(i for i, record in self._gone.items() if record is not None), count, rng):
                record = self._gone.pop(i)
                if record is not None and stamp:
                    self._changed[i] = {**record, **stamp}
                departed.append((None, i))
            return departed
        numbers = map(str, range(self._first, self._first + self._numbered()))
        for i in chosen([i for i in numbers if i not in self._gone], count, rng):
            [record] = self.records([i]).values()
            number = str(self._first + self._numbered())
            if what == "rekeyed":
                self._changed[number] = {**record, "id": number, **stamp}
            self._gone[i] = record if what == "deleted" else None
            departed.append((i, number if what == "rekeyed" else None))
        return departed

    def _entered_today(self, pattern: Record, number: str, rng: np.random.Generator, now: datetime) -> Record:
        """A child born yesterday to the parents of another."""
        today = f"{now:%d.%m.%Y}"
        record: Record = {
            **pattern,
            "id": number,
            "so": str(int(number[-6:])),
            "quyenSo": f"99/{now.year}",
            "trangSo": "01",
            "ngayDangKy": today,
            "ghiChu": None,
            "ngayCapNhat": _iso(now),
        }
        on = day(now.year, now.month, now.day)
        record |= {name: self._office(code, on) for name in ("noiDangKy", "maDonVi") if (code := record[name])}
        sex = pattern["nksGioiTinh"] if pattern["nksGioiTinh"] in ("1", "2") else "1"
        given = list(NEW_GIVEN[sex == "2"])
        surname = (pattern["nksHoTen"] or "Nguyễn").split()[0]
        record |= {
            "nksHoTen": f"{surname} Minh {given[int(rng.integers(0, len(given)))]}",
            "nksGioiTinh": sex,
            "nksNgaySinh": f"{now - timedelta(days=1):%d.%m.%Y}",
            "nksNgaySinhBangChu": None,
            "nksSoDDCN": None,
        }
        return record

    def _row(self, record_id: str) -> int | None:
        row = int(record_id) - self._first if record_id.isdigit() else -1
        return row if 0 <= row < len(self._entered) else None


def registers(city: City) -> dict[str, RegisterBook]:
    """The four registers of a city. A new birth is a sibling of a small child whose parents live."""
    people, births = city.people, city.registers.table("birth").select("_person", "id")
    child = births["_person"].to_numpy()
    young = people.born[people.mother[child]] > people.born.max() - 40 * 365
    alive = (people.died[people.mother[child]] == NEVER) & (people.died[people.father[child]] == NEVER)
    settled = people.born[child] < people.born.max() - 300
    small = people.born[child] > people.born.max() - 8 * 365
    clean = ~births["id"].is_in(city.truth["record_id"].implode()).to_numpy()
    families = np.flatnonzero(young & alive & settled & small & clean)
    return {
        name: RegisterBook(
            name, city.registers.table(name), families if name == "birth" else None, city.places.office_then
        )
        for name in city.registers
    }


def _iso(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%S+07:00")
