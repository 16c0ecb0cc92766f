"""The outside system of the crash suite: an office that goes on working, and remembers every version it ever had.

One SQLite file is its whole state. `Office` is its staff: it writes. `OfficeSource` is the
connector: it reads, page by page, in the manner of `connectors/systems/one_stop.py`: ascending by
(change time, id), each page strictly after the last record of the one before. Only the newest
version of a record is served; all versions stay for the checker.

The office's clock counts seconds and moves by its own work only. It is made unpleasant on purpose:
many records share a second (so that pages end amid equal times), some commit late (their change
time lies up to `LATE` behind others already visible), some are touched without change, some are
faulty, and the parts of a file come, go and change.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl

from connectors.interface import Page, Position, Probe, Source, Window
from tests.crash.papers import CONTRACT

LATE = 25
"""Seconds that a commit may come late by the office's clock."""

OVERLAP = timedelta(seconds=90)
"""More than `LATE` and what the clock moves while one run lasts (the late commit may fall in its midst)."""

PAGE = 5
START = datetime(2022, 6, 1, tzinfo=UTC)
ZONE = timedelta(hours=7)


class Office:
    """The staff, and with it the truth. Everything follows from the seed and the calls made."""

    def __init__(self, path: Path, seed: int, *, parts: str = "abc", again: float = 0.5) -> None:
        """`parts` are the names of a file's papers, `again` is how often an act is about a known file."""
        self.path, self._parts, self._again = path, parts, again
        self._chance = random.Random(seed)
        self._clock = 100
        self._known: dict[str, tuple[int, dict[str, object]]] = {}
        self._database = sqlite3.connect(path, timeout=20, isolation_level=None)
        self._database.execute("pragma synchronous = off")
        self._database.execute("create table version (id text, at integer, body text, primary key (id, at))")
        self._database.execute("create table current (id text primary key, at integer, body text)")
        self._database.execute("create table asked (number integer primary key, since integer)")

    def work(self, acts: int, pace: int = 12) -> None:
        """Do some acts, each its own commit; `pace` is the most seconds between two of them."""
        for _ in range(acts):
            if self._chance.random() < 0.6:  # else in the same second as the one before
                self._clock += self._chance.randint(1, pace)
            self._act()

    def versions(self) -> dict[tuple[str, int], dict[str, object]]:
        """Every version there ever was: (id, change time) -> the record as served."""
        return {
            (i, at): msgspec.json.decode(body)
            for i, at, body in self._database.execute("select id, at, body from version")
        }

    def newest(self) -> dict[str, int]:
        """Id -> change time of the version served now."""
        return dict(self._database.execute("select id, at from current"))

    def served(self, since: int) -> int:
        """How many records a reading from there to the end is served now."""
        return int(self._database.execute("select count(*) from current where at >= ?", (since,)).fetchone()[0])

    def asked(self) -> list[int]:
        """Since when each reading asked, by the office's clock; from the beginning is 0."""
        return [since for (since,) in self._database.execute("select since from asked order by number")]

    def close(self) -> None:
        self._database.close()

    def _act(self) -> None:
        at = self._clock - self._chance.choice([0, 0, 0, self._chance.randint(1, LATE)])
        old = self._chance.choice(list(self._known)) if self._known and self._chance.random() < self._again else None
        if old is None or self._known[old][0] >= at:
            self._commit(f"H{len(self._known):05}-{self._chance.randrange(16):x}", at, self._content({}))
        elif self._chance.random() < 0.15:
            self._commit(old, at, self._known[old][1])  # touched: the time moves, the content does not
        else:
            self._commit(old, at, self._content(self._known[old][1]))

    def _content(self, old: Mapping[str, object]) -> dict[str, object]:
        before: list[dict[str, str]] = old.get("parts", [])  # type: ignore[assignment]
        parts = {p["Ten"]: p["Gia"] for p in before}
        for name in self._parts:
            chance = self._chance.random()
            if chance < 0.2:
                parts.pop(name, None)
            elif chance < 0.6:
                parts[name] = str(self._chance.randrange(10**9))
        faulty = self._chance.random() < 0.08
        return {
            "NoiDung": f"{self._chance.getrandbits(64):016x}",
            "TrangThai": "9" if faulty else self._chance.choice("12"),
            "parts": [{"Ten": n, "Gia": g} for n, g in sorted(parts.items())],
        }

    def _commit(self, id: str, at: int, content: dict[str, object]) -> None:
        body = msgspec.json.encode({"MaHoSo": id, "NgayCapNhat": wire(at), **content}).decode()
        with self._database:
            self._database.execute("begin immediate")
            self._database.execute("insert into version values (?, ?, ?)", (id, at, body))
            self._database.execute("insert or replace into current values (?, ?, ?)", (id, at, body))
            self._database.execute("commit")
        self._known[id] = (at, content)


class OfficeSource(Source):
    """Reads the office."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pages(self, window: Window) -> Iterator[Page]:
        since = round((window.since.changed_at - START).total_seconds()) if window.since else 0
        self._note(since)
        after = (since, "")  # inclusive: no id is as small as the empty one
        while True:
            rows = self._ask(after)
            if not rows:
                return
            after = rows[-1][:2]
            body = b"[" + b",".join(body.encode() for _, _, body in rows) + b"]"
            yield Page(
                body, "application/json", len(rows), "papers", Position(START + timedelta(seconds=after[0]), after[1])
            )
            if len(rows) < PAGE:
                return

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        papers = msgspec.json.decode(body)
        parts = [p | {"MaHoSo": r["MaHoSo"], "NgayCapNhat": r["NgayCapNhat"]} for r in papers for p in r["parts"]]
        owners = pl.Series("_owner", [i for i, r in enumerate(papers, 1) for _ in r["parts"]], dtype=pl.Int64)
        main, children = (
            pl.DataFrame(data, schema={f.name: pl.String for f in d.fields})
            for d, data in zip(CONTRACT.datasets, (papers, parts), strict=True)
        )
        return {"paper": main, "paper_part": children.with_columns(owners)}

    def check(self) -> Iterable[Probe]:
        return []

    def _ask(self, after: tuple[int, str]) -> list[tuple[int, str, str]]:
        database = sqlite3.connect(self._path, timeout=20)
        try:
            return database.execute(
                f"select at, id, body from current where {self.BEHIND} order by at, id limit {PAGE}", after
            ).fetchall()
        finally:
            database.close()

    def _note(self, since: int) -> None:
        database = sqlite3.connect(self._path, timeout=20, isolation_level=None)
        try:
            database.execute("insert into asked (since) values (?)", (since,))
        finally:
            database.close()

    BEHIND = "(at, id) > (?, ?)"


def wire(at: int) -> str:
    """The office's clock on the wire: yyyyMMddHHmmss of Ho Chi Minh City."""
    return (START + timedelta(seconds=at) + ZONE).strftime("%Y%m%d%H%M%S")


def moment(text: str) -> datetime:
    """The wire's time as an aware moment."""
    return (datetime.strptime(text, "%Y%m%d%H%M%S") - ZONE).replace(tzinfo=UTC)
