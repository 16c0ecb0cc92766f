"""What the registry holds: four registers by id and by the day of their last change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import polars as pl

from twins.columns import day
from twins.fields import REGISTER_FIELDS
from twins.names import NEW_GIVEN
from twins.pages import FIRST_ID

Record = dict[str, str | None]


class Register:
    """One register. The city's records stay columns; what changed since is kept beside them, record by record."""

    def __init__(self, name: str, frame: pl.DataFrame) -> None:
        self.name = name
        self._frame = frame.select(REGISTER_FIELDS[name])
        self._first = FIRST_ID[name]
        self._days = (frame["_changed"].to_numpy() // 86_400).astype(np.int32)
        """Ascending: records are numbered in the order of import."""
        self._changed: dict[str, Record] = {}

    def __len__(self) -> int:
        return len(self._frame) + sum(self._row(i) is None for i in self._changed)

    def on(self, when: date) -> list[tuple[str, str]]:
        """(id, maDonVi) of the records created or last changed on a day."""
        number = day(when.year, when.month, when.day)
        first, last = np.searchsorted(self._days, [number, number + 1])
        found = self._frame[int(first) : int(last)].select("id", "maDonVi").rows()
        later = [(i, str(r["maDonVi"])) for i, r in self._changed.items() if str(r["ngayCapNhat"]).startswith(when.isoformat())]
        return [pair for pair in found if pair[0] not in self._changed] + later

    def records(self, ids: Sequence[str]) -> dict[str, Record]:
        """The records that exist, by id."""
        rows = {i: self._row(i) for i in ids}
        known = {i: row for i, row in rows.items() if row is not None and i not in self._changed}
        found = dict(zip(known, self._frame[list(known.values())].to_dicts(), strict=True)) if known else {}
        return found | {i: self._changed[i] for i in ids if i in self._changed}

    def move_on(self, count: int, rng: np.random.Generator, now: datetime) -> dict[str, int]:
        """Let life go on: half of `count` are corrections, half new registrations (for births: a younger sibling), all at `now`."""
        new = count // 2
        rows = rng.permutation(len(self._frame))[:count].tolist()
        ids = [str(self._first + row) for row in rows]
        old = self.records(ids)
        for i in ids[new:]:
            note = f"Cải chính theo quyết định ngày {now:%d.%m.%Y}"
            self._changed[i] = {**old[i], "ghiChu": note, "ngayCapNhat": _iso(now)}
        following = self._first + len(self._frame) + sum(self._row(i) is None for i in self._changed)
        for offset, i in enumerate(ids[:new]):
            self._changed[str(following + offset)] = self._entered_today(old[i], str(following + offset), rng, now)
        return {"changed": len(ids) - len(ids[:new]), "new": len(ids[:new])}

    def _entered_today(self, pattern: Record, number: str, rng: np.random.Generator, now: datetime) -> Record:
        today = f"{now:%d.%m.%Y}"
        record: Record = {
            **pattern, "id": number, "so": number[-6:], "quyenSo": f"09/{now.year}", "trangSo": "01", "ngayDangKy": today, "ghiChu": None,
            "ngayCapNhat": _iso(now),
        }  # fmt: skip
        if self.name == "birth":
            sex = pattern["nksGioiTinh"] if pattern["nksGioiTinh"] in ("1", "2") else "1"
            given = list(NEW_GIVEN[sex == "2"])
            surname = (pattern["nksHoTen"] or "Nguyễn").split()[0]
            record |= {
                "nksHoTen": f"{surname} Minh {given[int(rng.integers(0, len(given)))]}", "nksGioiTinh": sex, "nksNgaySinh": today,
                "nksNgaySinhBangChu": None, "nksSoDDCN": None,
            }  # fmt: skip
        return record

    def _row(self, record_id: str) -> int | None:
        row = int(record_id) - self._first if record_id.isdigit() else -1
        return row if 0 <= row < len(self._frame) else None


def registers(frames: Mapping[str, pl.DataFrame]) -> dict[str, Register]:
    """A register for each frame."""
    return {name: Register(name, frame) for name, frame in frames.items()}


def _iso(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%S+07:00")
