"""The four books, filled from the people's lives: one frame a register, columns as on the wire."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins import names
from twins.columns import NEVER, Days, Index, Mask, Rng, day, day_of_month, dotted, month_of, pick, stamps, stream, weighted, where, year_of
from twins.fields import REGISTER_FIELDS
from twins.people import ETHNIC, FOREIGN_NATIONS, People
from twins.places import NATIVE_PLACES, Places

FIRST_ID = {"birth": 10_000_001, "death": 40_000_001, "marriage": 60_000_001, "recognition": 80_000_001}
"""The registry numbers its records upward from here, in the order of import."""
IMPORT_DAYS = 92
"""The books were typed in over about three months, up to two days before the scenario starts."""
CAUSES = ("Bệnh già", "Tai biến mạch máu não", "Nhồi máu cơ tim", "Ung thư phổi", "Tai nạn giao thông", "Viêm phổi do COVID-19", "Suy thận")
TITLES = ("Chủ tịch", "Phó Chủ tịch", "Phó Chủ tịch", "Công chức Tư pháp - Hộ tịch")
HOSPITALS = ("Bệnh viện Từ Dũ", "Bệnh viện Hùng Vương", "Bệnh viện Nhân dân Gia Định", "Bệnh viện quận", "Trạm Y tế phường")


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


class Books:
    """Writes registers: shared draws, numbering and blocks of fields."""

    def __init__(self, seed: int, people: People, places: Places, today: int) -> None:
        self.people, self.places, self.today, self.seed = people, places, today, seed
        self.officials = names.officials(stream(seed, "officials"), 600)

    def birth(self, unknown_father: Mask) -> pl.DataFrame:
        """One record each person born here, in the order of birth; `unknown_father` marks fathers the book does not name."""
        who, rng, people = np.flatnonzero(self.people.parents >= 0), stream(self.seed, "birth"), self.people
        who = who[np.argsort(people.born[who], kind="stable")].astype(np.int32)
        born, size = people.born[who], len(who)
        late = np.where(rng.random(size) < 0.04, rng.gamma(2, 900, size), rng.gamma(2.0, 9, size)).astype(np.int64)
        registered = np.clip(born + 1 + late, day(1976, 1, 5), self.today - 1).astype(np.int32)
        registered = np.maximum(registered, born)
        fatherless = unknown_father[who]
        foundling = rng.random(size) < 0.0005
        blur = np.where((year_of(born) < 1985) & (rng.random(size) < 0.02), weighted(rng, [0, 1, 3], size), 0)
        place = pick(HOSPITALS, weighted(rng, [4, 3, 2, 3, 1], size))
        ward = people.home_ward[people.couples.home[people.parents[who]]]
        late_entry = late > 60
        numbered = rng.random(size) < np.where(year_of(registered) >= 2016, 0.97, 0.35)
        columns = self._head(rng, registered, ward, pick(("1", "4", "2"), np.where(late_entry, 1, 0)))
        columns |= {
            "_person": pl.Series(who),
            "nksHoTen": people.name.gather(who),
            "nksGioiTinh": pick(("1", "2"), people.female[who].astype(np.int8)),
            "nksNgaySinh": dotted(born, blur),
            "nksNgaySinhBangChu": where(blur == 0, date_in_words(born), None),
            "nksNoiSinh": pl.select(pl.concat_str(place, pl.lit(", Thành phố Hồ Chí Minh"))).to_series(),
            "nksNoiSinhDVHC": pick(self.places.ward_codes, ward),
            "nksQueQuan": pick(NATIVE_PLACES, people.native[who]),
            "nksDanToc": pick(ETHNIC, people.ethnic[who]),
            "nksQuocTich": pick(("Việt Nam",), np.zeros(size, np.int8)),
            "nksLoaiKhaiSinh": pick(("1", "3", "5"), np.where(foundling, 2, fatherless.astype(np.int8))),
            "nksSoDDCN": where(numbered & ~foundling, people.personal_id.gather(who), None),
        }
        columns |= self._person(rng, "me", np.where(foundling, -1, people.mother[who]), registered, parent=True)
        columns |= self._person(rng, "cha", np.where(foundling | fatherless, -1, people.father[who]), registered, parent=True)
        asks = np.where(foundling, -1, np.where(fatherless | (rng.random(size) < 0.4), people.mother[who], people.father[who]))
        columns |= self._requester(rng, asks, registered, where(asks == people.mother[who], "Mẹ", "Cha"))
        return self._frame("birth", columns)

    def death(self) -> pl.DataFrame:
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
        clock = pl.select(
            pl.concat_str(pl.Series(rng.integers(0, 24, size)).cast(pl.String), pl.lit(" giờ "), pl.Series(rng.integers(0, 60, size)).cast(pl.String).str.zfill(2), pl.lit(" phút"))
        ).to_series()  # fmt: skip
        columns = self._head(rng, registered, people.home_ward[people.home[who]], pick(("1", "4"), (late > 60).astype(np.int8)))
        columns |= {"_person": pl.Series(who)} | self._person(rng, "nkt", who, died, blur=blur, papers=True)
        columns |= {
            "nktGioiTinh": pick(("1", "2"), people.female[who].astype(np.int8)),
            "nktNgayChet": dotted(died, died_blur),
            "nktGioPhutChet": where(rng.random(size) < 0.8, clock, None),
            "nktNoiChet": people.homes.gather(people.home[who]).zip_with(pl.Series(at_home), pick(HOSPITALS, weighted(rng, [0, 0, 3, 3, 1], size))),
            "nktNguyenNhanChet": pick(CAUSES, np.where(rng.random(size) < 0.1, -1, weighted(rng, [8, 4, 4, 3, 2, 2, 1], size))),
        }
        noted = rng.random(size) < 0.7
        columns |= {
            "gbtLoai": pick(("1", "0"), (~noted).astype(np.int8)),
            "gbtSo": where(noted, pl.Series(rng.integers(1, 900, size)).cast(pl.String), None),
            "gbtNgay": where(noted & (died_blur == 0), dotted(died), None),
            "gbtCoQuanCap": where(noted, pick(HOSPITALS, weighted(rng, [0, 0, 3, 3, 2], size)), None),
        }
        spouse = _spouse(people, who)
        there = (spouse >= 0) & (people.died[spouse] > registered)
        child = _eldest(people)[who]
        grown = (child >= 0) & (people.born[child] < registered - 18 * 366) & (people.died[child] > registered)
        asks = np.where(there, spouse, np.where(grown, child, -1))
        columns |= self._requester(rng, asks, registered, where(there, "Vợ/chồng", "Con"))
        return self._frame("death", columns)

    def marriage(self, count: int) -> pl.DataFrame:
        """`count` of the couples who married, in the order of marrying; the others married elsewhere."""
        people, rng, couples = self.people, stream(self.seed, "marriage"), self.people.couples
        able = np.flatnonzero((couples.married < self.today - 1) & (couples.married > day(1955)))
        if len(able) < count:
            raise ValueError(f"the city has {len(able)} marriages, {count} asked for")
        which = np.sort(rng.permutation(able)[:count])
        which = which[np.argsort(couples.married[which], kind="stable")].astype(np.int32)
        married = couples.married[which]
        registered = np.maximum(married, day(1976, 1, 5)).astype(np.int32)  # older ones were entered anew when the books began
        again = registered > married
        divorced = rng.random(count) < 0.06
        columns = self._head(rng, registered, people.home_ward[couples.home[which]], pick(("1", "2"), again.astype(np.int8)))
        columns |= {
            "_person": pl.Series(which),
            "ngayXacLapQuanHeHonNhan": dotted(married, np.where(again, 2, 0)),
            "tinhTrangKetHon": where(divorced, "đã ly hôn", "không có thông tin"),
        }
        columns |= self._person(rng, "chong", couples.husband[which], registered, papers=True)
        columns |= self._person(rng, "vo", couples.wife[which], registered, papers=True)
        return self._frame("marriage", columns)

    def recognition(self, children: Index) -> pl.DataFrame:
        """One record each child whose father, not named at birth, recognised it (or was recognised by it)."""
        people, rng = self.people, stream(self.seed, "recognition")
        father, mother, size = people.father[children], people.mother[children], len(children)
        start = np.maximum(people.born[children] + 60, day(1976, 2, 1))
        end = np.minimum(np.minimum(people.died[children], people.died[father]), self.today)
        registered = (start + (rng.random(size) ** 2) * (end - 1 - start)).astype(np.int32)
        order = np.argsort(registered, kind="stable")
        children, father, mother, registered = children[order], father[order], mother[order], registered[order]
        grown = registered - people.born[children] > 18 * 366
        columns = self._head(rng, registered, people.home_ward[people.home[children]], pick(("1",), np.zeros(size, np.int8)))
        serial = pl.Series(rng.integers(1, 400, size)).cast(pl.String)
        columns |= {
            "_person": pl.Series(children),
            "quyetDinhSo": pl.select(pl.concat_str(serial, pl.lit("/QĐ-UBND"))).to_series(),
            "loaiXacNhan": pick(("1", "3"), grown.astype(np.int8)),
        }
        for prefix, who in (("cm", father), ("nc", children)):
            columns |= self._person(rng, prefix, who, registered, papers=True)
            columns[f"{prefix}GioiTinh"] = pick(("1", "2"), people.female[who].astype(np.int8))
            columns[f"{prefix}QueQuan"] = pick(NATIVE_PLACES, people.native[who])
        alive = people.died[mother] > registered
        asks = np.where(grown, children, np.where(alive & (rng.random(size) < 0.5), mother, father))
        columns |= self._requester(rng, asks, registered, None)
        del columns["nycQuanHe"]
        columns["nycQHNguoiDuocNhan"] = where(asks == children, "Bản thân", where(asks == mother, "Mẹ", "Cha"))
        columns["nycQHNguoiNhan"] = where(asks == children, "Con", where(asks == mother, None, "Bản thân"))
        return self._frame("recognition", columns)

    # ── blocks of fields ──

    def _head(self, rng: Rng, registered: Days, ward: NDArray[np.integer], kind: pl.Series) -> dict[str, pl.Series]:
        """Number, book, page, office and signatures. A book is one ward's, one year's, 200 entries thick."""
        size, year = len(registered), year_of(registered)
        shelf = ward.astype(np.int64) * 10_000 + year
        order = np.lexsort((registered, shelf))
        first = np.r_[True, np.diff(shelf[order]) != 0]
        rank = np.empty(size, np.int64)
        rank[order] = np.arange(size) - np.maximum.accumulate(np.where(first, np.arange(size), 0))
        text_year = pl.Series(year).cast(pl.String)
        number = pl.Series(rank + 1).cast(pl.String)
        book = pl.Series(rank // 200 + 1).cast(pl.String).str.zfill(2)
        office = pick(self.places.ward_codes, ward)
        # A book is imported as a whole, somewhere in the import months, in the order of its pages.
        imported = stream(self.seed, f"import{size}").permutation(int(shelf.max(initial=0)) + 1 if size else 1)[shelf] % IMPORT_DAYS
        seconds = ((self.today - IMPORT_DAYS - 1 + imported) * 86_400 + rng.integers(7 * 3600, 23 * 3600, size)).astype(np.int64)
        signer = rng.integers(0, 2, size) + (ward.astype(np.int64) * 2 + year // 8) % (len(self.officials) - 2)
        return {
            "_changed": pl.Series(seconds),
            "maDonVi": office,
            "so": where(rng.random(size) < 0.05, pl.select(pl.concat_str(number, pl.lit("/"), text_year)).to_series(), number),
            "quyenSo": pl.select(pl.concat_str(book, pl.lit("/"), text_year)).to_series(),
            "trangSo": pl.Series(rank % 200 + 1).cast(pl.String).str.zfill(2),
            "ngayDangKy": dotted(registered, np.where((year < 1985) & (rng.random(size) < 0.003), 1, 0)),
            "loaiDangKy": kind,
            "noiDangKy": office,
            "nguoiKy": pick(self.officials, signer),
            "chucVuNguoiKy": pick(TITLES, rng.integers(0, len(TITLES), size)),
            "nguoiThucHien": pick(self.officials, (signer * 7 + 3) % len(self.officials)),
            "ghiChu": pick(("Đã cấp trích lục", "Cải chính theo quyết định của UBND"), np.where(rng.random(size) < 0.03, rng.integers(0, 2, size), -1)),
        }

    def _person(
        self, rng: Rng, prefix: str, who: NDArray[np.integer], on: Days, *, parent: bool = False, papers: bool = False,
        blur: NDArray[np.integer] | None = None,
    ) -> dict[str, pl.Series]:  # fmt: skip
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
        } | self._papers(rng, safe, on, full=papers)
        empty = pl.Series(known)
        return {prefix + name: where(known, column, None) if not known.all() else column for name, column in columns.items() if empty is not None}

    def _papers(self, rng: Rng, who: NDArray[np.integer], on: Days, *, full: bool) -> dict[str, pl.Series]:
        """The identity paper of the time: CMND before 2016, then the 12-digit card; a passport for foreigners; none for a child."""
        people, size = self.people, len(who)
        age = on - people.born[who]
        foreign = people.nation[who] >= 0
        adult = (age >= 14 * 365.25) & ~foreign & (rng.random(size) < 0.96)
        old = adult & people.old_id.is_not_null().gather(who).to_numpy() & (on < day(2016) + rng.integers(0, 1800, size))
        new = adult & ~old & (on >= day(2016))
        kind = np.select([old, new, foreign], [1, 2, 3], 0)
        passport = pl.select(pl.concat_str(pl.lit("M"), pl.Series(10_000_000 + who.astype(np.int64)).cast(pl.String))).to_series()
        number = where(old, people.old_id.gather(who), where(new, people.personal_id.gather(who), where(foreign, passport, None)))
        columns = {"LoaiGiayToTuyThan": pick(("0", "1", "4", "2"), kind), "SoGiayToTuyThan": number}
        if full:
            earliest = np.maximum(people.born[who] + 14 * 366, np.where(new, day(2016), day(1976)))
            issued = np.minimum(earliest + rng.random(size) * np.maximum(on - earliest, 1), on).astype(np.int32)
            dated = (kind > 0) & (rng.random(size) < 0.9)
            office = where(new, "Cục Cảnh sát quản lý hành chính về trật tự xã hội", where(foreign, "Cơ quan nước ngoài", "Công an Thành phố Hồ Chí Minh"))
            columns["NgayCapGiayToTuyThan"] = where(dated, dotted(issued), None)
            columns["NoiCapGiayToTuyThan"] = where(kind > 0, office, None)
        return columns

    def _requester(self, rng: Rng, who: NDArray[np.integer], on: Days, relation: pl.Series | None) -> dict[str, pl.Series]:
        known, safe = who >= 0, np.where(who >= 0, who, 0)
        columns = {"HoTen": self.people.name.gather(safe)} | self._papers(rng, safe, on, full=True)
        columns["QuanHe"] = relation if relation is not None else columns["HoTen"]
        return {"nyc" + name: where(known, column, None) for name, column in columns.items()}

    def _frame(self, register: str, columns: dict[str, pl.Series]) -> pl.DataFrame:
        """Columns of the wire plus `_person` and `_changed` (local seconds), numbered and sorted in the order of import."""
        changed = columns["_changed"].to_numpy()
        order = pl.Series(np.argsort(changed, kind="stable"))
        ids = pl.Series(FIRST_ID[register] + np.arange(len(changed))).cast(pl.String)
        data = {name: column.gather(order) for name, column in columns.items()}
        data |= {"id": ids, "ngayCapNhat": stamps(changed[order.to_numpy()], "%Y-%m-%dT%H:%M:%S+07:00")}
        blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(changed))
        return pl.DataFrame({f: data.get(f, blank) for f in REGISTER_FIELDS[register]} | {f: data[f] for f in ("_person", "_changed")})


def _spouse(people: People, who: Index) -> NDArray[np.int32]:
    """The other half of each person's couple, if they married; else -1."""
    couples, couple = people.couples, people.couple[who]
    other = np.where(people.female[who], couples.husband[couple], couples.wife[couple])
    return np.where((couple >= 0) & (couples.married[couple] != NEVER), other, -1).astype(np.int32)


def _eldest(people: People) -> NDArray[np.int32]:
    """Each person's first child, or -1."""
    eldest = np.full(len(people), -1, np.int32)
    born_here = np.flatnonzero(people.parents >= 0)
    youngest_first = born_here[np.argsort(-people.born[born_here], kind="stable")]
    eldest[people.father[youngest_first]] = eldest[people.mother[youngest_first]] = youngest_first
    return eldest


_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def number_in_words(number: int) -> str:
    """1..9999 as a clerk writes it: 1995 -> `một nghìn chín trăm chín mươi lăm`."""
    thousands, hundreds, rest = number // 1000, number % 1000 // 100, number % 100
    tens, units = divmod(rest, 10)
    words: list[str] = []
    if thousands:
        words += [_DIGITS[thousands], "nghìn"]
    if hundreds or (thousands and rest):
        words += [_DIGITS[hundreds], "trăm"]
    if tens >= 2:
        words += [_DIGITS[tens], "mươi"]
    elif tens == 1:
        words.append("mười")
    elif units and words:
        words.append("lẻ")
    if units:
        words.append("mốt" if units == 1 and tens >= 2 else "lăm" if units == 5 and tens else "tư" if units == 4 and tens >= 2 else _DIGITS[units])
    return " ".join(words)


def date_in_words(days: Days) -> pl.Series:
    """`Ngày năm, tháng ba, năm một nghìn chín trăm chín mươi lăm`."""
    words = ["không", *(number_in_words(n) for n in range(1, 2100))]
    small, months = pl.Series(words[:32]), pl.Series(words[:13])
    parts = pick(small, day_of_month(days)), pick(months, month_of(days)), pick(words, year_of(days))
    return pl.select(pl.concat_str(pl.lit("Ngày "), parts[0], pl.lit(", tháng "), parts[1], pl.lit(", năm "), parts[2])).to_series()
