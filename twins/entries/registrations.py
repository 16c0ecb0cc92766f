"""The four books, filled from the people's lives: columns as on the wire."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city.columns import (
    NEVER,
    Index,
    Mask,
    day,
    dotted,
    pick,
    stream,
    weighted,
    where,
    year_of,
)
from twins.city.words import date_in_words
from twins.entries.pages import Pages
from twins.on_disk import Columns
from twins.people.table import ETHNIC, PersonTable

CAUSES = (
    "Bệnh già",
    "Tai biến mạch máu não",
    "Nhồi máu cơ tim",
    "Ung thư phổi",
    "Tai nạn giao thông",
    "Viêm phổi do COVID-19",
    "Suy thận",
)
HOSPITALS = (
    "Bệnh viện Từ Dũ",
    "Bệnh viện Hùng Vương",
    "Bệnh viện Nhân dân Gia Định",
    "Bệnh viện quận",
    "Trạm Y tế phường",
)


@dataclass(frozen=True)
class Shares:
    """How many registrations of each kind; the mix of a big city's books."""

    birth: int
    death: int
    marriage: int
    recognition: int

    @classmethod
    def of(cls, records: int) -> Shares:
        death, marriage, recognition = round(records * 0.145), round(records * 0.22), round(records * 0.015)
        return cls(records - death - marriage - recognition, death, marriage, recognition)


class Books(Pages):
    """Writes the registers, each in the order of its events; numbers are given in the order of import."""

    def birth(self, unknown_father: Mask) -> Columns:
        """One record each person born here, in the order of birth; `unknown_father` marks fathers the book does not name."""
        who, rng, people = np.flatnonzero(self.people.parents >= 0), stream(self.seed, "birth"), self.people
        who = who[np.argsort(people.born[who], kind="stable")].astype(np.int32)
        born, size = people.born[who], len(who)
        late = np.where(rng.random(size) < 0.04, rng.gamma(2, 900, size), rng.gamma(2.0, 9, size)).astype(np.int64)
        registered = np.minimum(born + 1 + late, self.today - 1).astype(np.int32)
        fatherless = unknown_father[who]
        foundling = rng.random(size) < 0.0005
        blur = np.where((year_of(born) < 1985) & (rng.random(size) < 0.02), weighted(rng, [0, 1, 3], size), 0)
        place = pick(HOSPITALS, weighted(rng, [4, 3, 2, 3, 1], size))
        ward = people.home_ward[people.couples.home[people.parents[who]]]
        late_entry = late > 60
        numbered = rng.random(size) < np.where(year_of(registered) >= 2016, 0.97, 0.35)
        columns = self.begun(self.head(rng, registered, ward, pick(("1", "4"), late_entry.astype(np.int8))))
        columns.update(
            {
                "_person": pl.Series(who),
                "nksHoTen": people.name.gather(who),
                "nksGioiTinh": pick(("1", "2"), people.female[who].astype(np.int8)),
                "nksNgaySinh": dotted(born, blur),
                "nksNgaySinhBangChu": where(blur == 0, date_in_words(born), None),
                "nksNoiSinh": pl.select(pl.concat_str(place, pl.lit(f", {self.places.title}"))).to_series(),
                "nksNoiSinhDVHC": self.places.office(ward, born)[1],
                "nksQueQuan": pick(self.places.native_places, people.native[who]),
                "nksDanToc": pick(ETHNIC, people.ethnic[who]),
                "nksQuocTich": pick(("Việt Nam",), np.zeros(size, np.int8)),
                "nksLoaiKhaiSinh": pick(("1", "3", "5"), np.where(foundling, 2, fatherless.astype(np.int8))),
                "nksSoDDCN": where(numbered & ~foundling, people.personal_id.gather(who), None),
            }
        )
        columns.update(self.person(rng, "me", np.where(foundling, -1, people.mother[who]), registered, parent=True))
        columns.update(
            self.person(rng, "cha", np.where(foundling | fatherless, -1, people.father[who]), registered, parent=True)
        )
        asks = np.where(
            foundling, -1, np.where(fatherless | (rng.random(size) < 0.4), people.mother[who], people.father[who])
        )
        columns.update(self.requester(rng, asks, registered, where(asks == people.mother[who], "Mẹ", "Cha")))
        return self.book("birth", columns)

    def death(self) -> Columns:
        """One record each of the dead, in the order of dying."""
        people, rng = self.people, stream(self.seed, "death")
        who = np.flatnonzero(people.died != NEVER).astype(np.int32)
        who = who[np.argsort(people.died[who], kind="stable")]
        died, size = people.died[who], len(who)
        late = np.where(rng.random(size) < 0.05, rng.gamma(2, 200, size), rng.gamma(2.0, 4, size)).astype(np.int64)
        registered = np.minimum(died + late, self.today - 1).astype(np.int32)
        old = year_of(people.born[who]) < 1960
        blur = np.where(old & (rng.random(size) < 0.35), 2, np.where(rng.random(size) < 0.03, 1, 0))
        died_blur = np.where((year_of(died) < 1990) & (rng.random(size) < 0.03), 1, 0)
        at_home = rng.random(size) < 0.55
        hour, minute = (pl.Series(rng.integers(0, n, size)).cast(pl.String).str.zfill(2) for n in (24, 60))
        clock = pl.select(pl.concat_str(hour, pl.lit(" giờ "), minute, pl.lit(" phút"))).to_series()
        columns = self.begun(
            self.head(
                rng, registered, people.home_ward[people.home[who]], pick(("1", "4"), (late > 60).astype(np.int8))
            )
        )
        columns.update({"_person": pl.Series(who)} | self.person(rng, "nkt", who, died, blur=blur, papers=True))
        columns.update(
            {
                "nktGioiTinh": pick(("1", "2"), people.female[who].astype(np.int8)),
                "nktNgayChet": dotted(died, died_blur),
                "nktGioPhutChet": where(rng.random(size) < 0.8, clock, None),
                "nktNoiChet": people.homes.gather(people.home[who]).zip_with(
                    pl.Series(at_home), pick(HOSPITALS, weighted(rng, [0, 0, 3, 3, 1], size))
                ),
                "nktNguyenNhanChet": pick(
                    CAUSES, np.where(rng.random(size) < 0.1, -1, weighted(rng, [8, 4, 4, 3, 2, 2, 1], size))
                ),
            }
        )
        noted = rng.random(size) < 0.7
        columns.update(
            {
                "gbtLoai": pick(("1", "0"), (~noted).astype(np.int8)),
                "gbtSo": where(noted, pl.Series(rng.integers(1, 900, size)).cast(pl.String), None),
                "gbtNgay": where(noted & (died_blur == 0), dotted(died), None),
                "gbtCoQuanCap": where(noted, pick(HOSPITALS, weighted(rng, [0, 0, 3, 3, 2], size)), None),
            }
        )
        spouse = _spouse(people, who)
        there = (spouse >= 0) & (people.died[spouse] > registered)
        child = _eldest(people)[who]
        grown = (child >= 0) & (people.born[child] < registered - 18 * 366) & (people.died[child] > registered)
        asks = np.where(there, spouse, np.where(grown, child, -1))
        columns.update(self.requester(rng, asks, registered, where(there, "Vợ/chồng", "Con")))
        return self.book("death", columns)

    def marriage(self, count: int) -> Columns:
        """`count` of the couples who married, in the order of marrying; the others married elsewhere."""
        people, rng, couples = self.people, stream(self.seed, "marriage"), self.people.couples
        able = np.flatnonzero((couples.married < self.today - 1) & (couples.married > day(1955)))
        if len(able) < count:
            raise ValueError(f"the city has {len(able)} marriages, {count} asked for")
        which = np.sort(rng.permutation(able)[:count])
        which = which[np.argsort(couples.married[which], kind="stable")].astype(np.int32)
        married = couples.married[which]
        together = (
            np.minimum(np.minimum(people.died[couples.husband[which]], people.died[couples.wife[which]]), self.today)
            - 1
        )
        again = (rng.random(count) < 0.01) & (
            together > married + 400
        )  # the book was lost: entered a second time while both live
        registered = np.where(again, married + 1 + rng.random(count) * (together - 1 - married), married).astype(
            np.int32
        )
        divorced = rng.random(count) < 0.06
        columns = self.begun(
            self.head(rng, registered, people.home_ward[couples.home[which]], pick(("1", "2"), again.astype(np.int8)))
        )
        columns.update(
            {
                "_person": pl.Series(which),
                "ngayXacLapQuanHeHonNhan": dotted(married, np.where(again, 2, 0)),
                "tinhTrangKetHon": where(divorced, "đã ly hôn", "không có thông tin"),
            }
        )
        columns.update(self.person(rng, "chong", couples.husband[which], registered, papers=True))
        columns.update(self.person(rng, "vo", couples.wife[which], registered, papers=True))
        return self.book("marriage", columns)

    def recognition(self, children: Index) -> Columns:
        """One record each child whose father, not named at birth, recognised it (or was recognised by it)."""
        people, rng = self.people, stream(self.seed, "recognition")
        father, mother, size = people.father[children], people.mother[children], len(children)
        start = np.maximum(people.born[children] + 60, day(1976, 2, 1))
        end = np.minimum(np.minimum(people.died[children], people.died[father]), self.today)
        registered = (start + (rng.random(size) ** 2) * (end - 1 - start)).astype(np.int32)
        order = np.argsort(registered, kind="stable")
        children, father, mother, registered = children[order], father[order], mother[order], registered[order]
        grown = registered - people.born[children] > 18 * 366
        columns = self.begun(
            self.head(rng, registered, people.home_ward[people.home[children]], pick(("1",), np.zeros(size, np.int8)))
        )
        serial = pl.Series(rng.integers(1, 400, size)).cast(pl.String)
        columns.update(
            {
                "_person": pl.Series(children),
                "quyetDinhSo": pl.select(pl.concat_str(serial, pl.lit("/QĐ-UBND"))).to_series(),
                "loaiXacNhan": pick(("1", "3"), grown.astype(np.int8)),
            }
        )
        for prefix, who in (("cm", father), ("nc", children)):
            columns.update(self.person(rng, prefix, who, registered, papers=True))
            columns[f"{prefix}GioiTinh"] = pick(("1", "2"), people.female[who].astype(np.int8))
            columns[f"{prefix}QueQuan"] = pick(self.places.native_places, people.native[who])
        alive = people.died[mother] > registered
        asks = np.where(grown, children, np.where(alive & (rng.random(size) < 0.5), mother, father))
        columns.update(self.requester(rng, asks, registered, None))
        columns["nycQHNguoiDuocNhan"] = where(asks == children, "Bản thân", where(asks == mother, "Mẹ", "Cha"))
        columns["nycQHNguoiNhan"] = where(asks == children, "Con", where(asks == mother, None, "Bản thân"))
        return self.book("recognition", columns)


def _spouse(people: PersonTable, who: Index) -> NDArray[np.int32]:
    """The other half of each person's couple, if they married; else -1."""
    couples, couple = people.couples, people.couple[who]
    other = np.where(people.female[who], couples.husband[couple], couples.wife[couple])
    return np.where((couple >= 0) & (couples.married[couple] != NEVER), other, -1).astype(np.int32)


def _eldest(people: PersonTable) -> NDArray[np.int32]:
    """Each person's first child, or -1."""
    eldest = np.full(len(people), -1, np.int32)
    born_here = np.flatnonzero(people.parents >= 0)
    youngest_first = born_here[np.argsort(-people.born[born_here], kind="stable")]
    eldest[people.father[youngest_first]] = eldest[people.mother[youngest_first]] = youngest_first
    return eldest
