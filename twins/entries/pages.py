"""Blocks of fields that all books share: the header of an entry, a person, an identity paper, a requester."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city import names
from twins.city.columns import (
    NEVER,
    Days,
    Rng,
    day,
    dotted,
    pick,
    stamps,
    stream,
    where,
    year_of,
)
from twins.city.fields import REGISTER_FIELDS
from twins.city.places import Places
from twins.on_disk import Columns
from twins.people.table import ETHNIC, FOREIGN_NATIONS, PersonTable

FIRST_ID = {"birth": 10_000_001, "death": 40_000_001, "marriage": 60_000_001, "recognition": 80_000_001}
"""The registry numbers its records upward from here, in the order of import."""
IMPORT_DAYS = 92
"""The books were typed in over about three months, up to two days before the scenario starts."""
TITLES = ("Chủ tịch", "Phó Chủ tịch", "Phó Chủ tịch", "Công chức Tư pháp - Hộ tịch")


class Pages:
    """Writes blocks of entries. Every method takes one value an entry and returns columns as on the wire."""

    def __init__(
        self, seed: int, people: PersonTable, places: Places, today: int, fresh: Callable[[], Columns] = dict
    ) -> None:
        """`fresh` makes room for the columns of a book."""
        self.people, self.places, self.today, self.seed, self.fresh = people, places, today, seed, fresh
        self.officials = names.officials(stream(seed, "officials"), 600)

    def head(self, rng: Rng, registered: Days, ward: NDArray[np.integer], kind: pl.Series) -> dict[str, pl.Series]:
        """Number, book, page, office and signatures. A book has 200 entries of one ward and one year."""
        size, year = len(registered), year_of(registered)
        office_number, office = self.places.office(ward, registered)
        yearly = office_number * 10_000 + year
        order = np.lexsort((registered, yearly))
        first = np.r_[True, np.diff(yearly[order]) != 0]
        rank = np.empty(size, np.int64)
        rank[order] = np.arange(size) - np.maximum.accumulate(np.where(first, np.arange(size), 0))
        text_year = pl.Series(year).cast(pl.String)
        number = pl.Series(rank + 1).cast(pl.String)
        book = pl.Series(rank // 200 + 1).cast(pl.String).str.zfill(2)
        # A book is imported as a whole, somewhere in the import months, in the order of its pages.
        # What was registered since then went in on its own day.
        imported = self.today - IMPORT_DAYS - 1 + rng.integers(0, IMPORT_DAYS, int(yearly.max(initial=0)) + 1)[yearly]
        seconds = (np.maximum(imported, registered) * 86_400 + rng.integers(7 * 3600, 23 * 3600, size)).astype(np.int64)
        signer = rng.integers(0, 2, size) + (ward.astype(np.int64) * 2 + year // 8) % (len(self.officials) - 2)
        return {
            "_changed": pl.Series(seconds),
            "maDonVi": office,
            "so": where(
                rng.random(size) < 0.05, pl.select(pl.concat_str(number, pl.lit("/"), text_year)).to_series(), number
            ),
            "quyenSo": pl.select(pl.concat_str(book, pl.lit("/"), text_year)).to_series(),
            "trangSo": pl.Series(rank % 200 + 1).cast(pl.String).str.zfill(2),
            "ngayDangKy": dotted(registered, np.where((year < 1985) & (rng.random(size) < 0.003), 1, 0)),
            "loaiDangKy": kind,
            "noiDangKy": office,
            "nguoiKy": pick(self.officials, signer),
            "chucVuNguoiKy": pick(TITLES, rng.integers(0, len(TITLES), size)),
            "nguoiThucHien": pick(self.officials, (signer * 7 + 3) % len(self.officials)),
            "ghiChu": pick(
                ("Đã cấp trích lục", "Cải chính theo quyết định của UBND"),
                np.where(rng.random(size) < 0.03, rng.integers(0, 2, size), -1),
            ),
        }

    def person(
        self,
        rng: Rng,
        prefix: str,
        who: NDArray[np.integer],
        on: Days,
        *,
        parent: bool = False,
        papers: bool = False,
        blur: NDArray[np.integer] | None = None,
    ) -> dict[str, pl.Series]:
        """The block of a person as a book writes it on a day; -1 leaves it empty. A parent's birth is often just a year."""
        people, size = self.people, len(who)
        known = who >= 0
        safe = np.where(known, who, 0)
        if blur is None:
            old = people.born[safe] < day(1975)
            share = np.where(old, 0.45, 0.12) if parent else np.where(old, 0.12, 0.01)
            blur = np.where(rng.random(size) < share, np.where(rng.random(size) < 0.9, 2, 1), 0)
        columns = {
            "HoTen": people.name.gather(safe),
            "NgaySinh": dotted(np.where(known, people.born[safe], NEVER).astype(np.int32), blur),
            "DanToc": where(people.nation[safe] < 0, pick(ETHNIC, people.ethnic[safe]), "Người nước ngoài"),
            "QuocTich": where(people.nation[safe] < 0, "Việt Nam", pick(FOREIGN_NATIONS, people.nation[safe])),
            "LoaiCuTru": where(rng.random(size) < 0.85, "1", "2"),
            "NoiCuTru": people.homes.gather(people.home[safe]),
        } | self.papers(rng, safe, on, full=papers)
        return {
            prefix + name: column if known.all() else where(known, column, None) for name, column in columns.items()
        }

    def papers(self, rng: Rng, who: NDArray[np.integer], on: Days, *, full: bool) -> dict[str, pl.Series]:
        """The identity paper of the time: CMND before 2016, then the 12-digit card; a passport for foreigners; none for a child."""
        people, size = self.people, len(who)
        age = on - people.born[who]
        foreign = people.nation[who] >= 0
        adult = (age >= 14 * 365.25) & ~foreign & (rng.random(size) < 0.96)
        old = (
            adult & people.old_id.is_not_null().gather(who).to_numpy() & (on < day(2016) + rng.integers(0, 1800, size))
        )
        new = adult & ~old & (on >= day(2016))
        kind = np.select([old, new, foreign], [1, 2, 3], 0)
        passport = pl.select(
            pl.concat_str(pl.lit("M"), pl.Series(10_000_000 + who.astype(np.int64)).cast(pl.String))
        ).to_series()
        number = where(
            old, people.old_id.gather(who), where(new, people.personal_id.gather(who), where(foreign, passport, None))
        )
        columns = {"LoaiGiayToTuyThan": pick(("0", "1", "4", "2"), kind), "SoGiayToTuyThan": number}
        if full:
            earliest = np.maximum(people.born[who] + 14 * 366, np.where(new, day(2016), day(1976)))
            issued = np.minimum(earliest + rng.random(size) * np.maximum(on - earliest, 1), on).astype(np.int32)
            dated = (kind > 0) & (rng.random(size) < 0.9)
            office = where(
                new,
                "Cục Cảnh sát quản lý hành chính về trật tự xã hội",
                where(foreign, "Cơ quan nước ngoài", f"Công an {self.places.title}"),
            )
            columns["NgayCapGiayToTuyThan"] = where(dated, dotted(issued), None)
            columns["NoiCapGiayToTuyThan"] = where(kind > 0, office, None)
        return columns

    def requester(
        self, rng: Rng, who: NDArray[np.integer], on: Days, relation: pl.Series | None
    ) -> dict[str, pl.Series]:
        """The requester, with paper and relation; -1 leaves the block empty."""
        known, safe = who >= 0, np.where(who >= 0, who, 0)
        columns = {"HoTen": self.people.name.gather(safe)} | self.papers(rng, safe, on, full=True)
        if relation is not None:
            columns["QuanHe"] = relation
        return {"nyc" + name: where(known, column, None) for name, column in columns.items()}

    def begun(self, columns: Mapping[str, pl.Series]) -> Columns:
        """The first columns of a book, in a room for all."""
        made = self.fresh()
        made.update(columns)
        return made

    def book(self, register: str, columns: Columns) -> Columns:
        """Columns of the wire plus `_person` and `_changed` (local seconds), numbered and sorted in the order of import.

        Empties `columns`.
        """
        changed = columns["_changed"].to_numpy()
        order = pl.Series(np.argsort(changed, kind="stable"))
        ids = pl.Series(FIRST_ID[register] + np.arange(len(changed))).cast(pl.String)
        made = {"id": ids, "ngayCapNhat": stamps(changed[order.to_numpy()], "%Y-%m-%dT%H:%M:%S+07:00")}
        blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(changed))
        found = self.fresh()
        for name in (*REGISTER_FIELDS[register], "_person", "_changed"):
            if name in columns:  # one after the other: a column is as large in both orders
                found[name] = columns[name].gather(order)
                del columns[name]
            else:
                found[name] = made.get(name, blank)
        return found
