"""Contradictions between the books of the registry, planted after all other defects, and what else contradicts itself.

Planted in records that no other planter took. Then the finished books are looked through, once, for every pair that
contradicts each other: a mistyped number may be another person's by chance, and a father who was recognised never gets
into the birth entry by itself. A record that is quarantined for another defect is in no pair. No rule of the hub is
imported; `dd.MM.yyyy` is turned round, and of a partial date only what is certain counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from twins.city.columns import Rng, stream
from twins.defects.contradictions import FATHER, LOOKED_AT, contradictions, iso
from twins.defects.planting import CONFLICT, FINDING, QUARANTINE, Bed, Rows
from twins.on_disk import CityTable, CityTables

SYSTEM = "moj-registry"
RATE = 0.0004
"""Share of a book's records that each planter takes."""
_PERSON = ("HoTen", "NgaySinh", "SoGiayToTuyThan", "LoaiGiayToTuyThan")
_CHILD = (
    "nksHoTen", "nksGioiTinh", "nksNgaySinh", "nksNgaySinhBangChu", "nksSoDDCN", "nksNoiSinh", "nksNoiSinhDVHC",
    "nksLoaiKhaiSinh", "nksDanToc", "nksQuocTich",
)  # fmt: skip


def plant_across(seed: int, registers: CityTables, beds: Sequence[Bed]) -> None:
    """Plant in the finished books, and enter every contradiction between them into the truth tables of the beds."""
    free = {bed.dataset: bed.free for bed in beds}
    rng = stream(seed, "dirt-across")
    _dead_spouse(rng, registers, free)
    _second_marriage(rng, registers, free)
    _second_birth(rng, registers, free)
    _younger_mother(rng, registers, free)
    _other_father(rng, registers, free)
    _unnamed_father(rng, registers, free)
    spoilt = {bed.dataset: {row[2] for row in bed.truth if row[5] in (QUARANTINE, CONFLICT)} for bed in beds}
    whole = {
        name: registers.table(name).select(*columns).filter(~pl.col("id").is_in(list(spoilt[name])))
        for name, columns in LOOKED_AT.items()
    }
    by_name = {bed.dataset: bed for bed in beds}
    for dataset, ids, field, defect in contradictions(whole):
        by_name[dataset].truth += [(SYSTEM, dataset, each, field, defect, FINDING) for each in ids]


# -- planting ------------------------------------------------------------------------------------------


def _full(name: str) -> pl.Expr:
    return pl.col(name).str.contains(r"^\d\d\.\d\d\.\d{4}$")


def _rows(frame: CityTable, where: pl.Expr, free: np.ndarray) -> Rows:
    return np.flatnonzero(free & frame.select(where.fill_null(False)).to_series().to_numpy()).astype(np.int64)


def _count(frame: CityTable) -> int:
    return max(1, round(RATE * len(frame)))


def _copy(target: CityTable, rows: Sequence[int], source: CityTable, of: Sequence[int], names: dict[str, str]) -> None:
    """Take fields of some rows from rows of the source; `names`: target's field -> source's."""
    if not len(rows):
        return
    for to, name in names.items():
        target.put(to, rows, source[name].gather(list(of)))


def _later(first: pl.Series, rows: Rows, second: pl.Series, among: Rows, rng: Rng, count: int) -> list[tuple[int, int]]:
    """Pairs of a row and one among the others whose date is later; each row once."""
    pairs, taken = list[tuple[int, int]](), set[int]()
    others = rng.permutation(among)
    for row in rng.permutation(rows)[: count * 3].tolist():
        for _ in range(40):
            other = int(others[rng.integers(0, len(others))]) if len(others) else -1
            if other >= 0 and other not in taken and other != row and second[other] > first[row]:
                pairs.append((row, other))
                taken.add(other)
                break
        if len(pairs) == count:
            break
    return pairs


def _dead_spouse(rng: Rng, registers: CityTables, free: dict[str, np.ndarray]) -> None:
    """A marriage whose husband is a man who had died before."""
    death, marriage = registers.table("death"), registers.table("marriage")
    dead = _rows(
        death,
        _full("nktNgayChet") & _full("nktNgaySinh") & (pl.col("nktGioiTinh") == "1") & _number("nkt"),
        free["death"],
    )
    able = _rows(marriage, _full("ngayDangKy") & _full("ngayXacLapQuanHeHonNhan"), free["marriage"])
    died, married = death.select(iso("nktNgayChet")).to_series(), marriage.select(iso("ngayDangKy")).to_series()
    since = marriage.select(iso("ngayXacLapQuanHeHonNhan")).to_series()
    pairs = _later(died, dead, pl.select(pl.min_horizontal(married, since)).to_series(), able, rng, _count(marriage))
    names = {f"chong{part}": f"nkt{part}" for part in _PERSON}
    _copy(marriage, [m for _, m in pairs], death, [d for d, _ in pairs], names)
    _take(free, "death", [d for d, _ in pairs])
    _take(free, "marriage", [m for _, m in pairs])


def _second_marriage(rng: Rng, registers: CityTables, free: dict[str, np.ndarray]) -> None:
    """A man who marries again while his book says nothing of an end."""
    marriage = registers.table("marriage")
    ended = pl.col("tinhTrangKetHon").is_in(["đã ly hôn", "đã hủy việc kết hôn"])
    first = _rows(marriage, _full("ngayDangKy") & ~ended & _number("chong") & _full("chongNgaySinh"), free["marriage"])
    second = _rows(marriage, _full("ngayDangKy") & (pl.col("loaiDangKy") == "1"), free["marriage"])
    married = marriage.select(iso("ngayDangKy")).to_series()
    pairs = _later(married, first, married, second, rng, _count(marriage))
    pairs = [pair for pair in pairs if pair[1] not in {one for one, _ in pairs}]
    names = {f"chong{part}": f"chong{part}" for part in _PERSON}
    _copy(marriage, [two for _, two in pairs], marriage, [one for one, _ in pairs], names)
    _take(free, "marriage", [row for pair in pairs for row in pair])


def _second_birth(rng: Rng, registers: CityTables, free: dict[str, np.ndarray]) -> None:
    """A child that was registered again, years later, under the same number."""
    birth = registers.table("birth")
    able = _rows(birth, _full("ngayDangKy") & _full("nksNgaySinh"), free["birth"])
    numbered = _rows(birth, pl.col("nksSoDDCN").is_not_null() & _full("nksNgaySinh"), free["birth"])
    registered, born = birth.select(iso("ngayDangKy")).to_series(), birth.select(iso("nksNgaySinh")).to_series()
    pairs = _later(born, numbered, registered, able, rng, _count(birth))
    pairs = [pair for pair in pairs if pair[1] not in {one for one, _ in pairs}]
    parents = [f"{who}{part}" for who in ("me", "cha") for part in (*_PERSON, "DanToc", "QuocTich")]
    names = {name: name for name in (*_CHILD, *parents)}
    _copy(birth, [two for _, two in pairs], birth, [one for one, _ in pairs], names)
    _take(free, "birth", [row for pair in pairs for row in pair])


def _younger_mother(rng: Rng, registers: CityTables, free: dict[str, np.ndarray]) -> None:
    """A mother's number that belongs to a woman born after the child."""
    birth = registers.table("birth")
    child = _rows(birth, _full("nksNgaySinh") & pl.col("meHoTen").is_not_null(), free["birth"])
    woman = _rows(
        birth, _full("nksNgaySinh") & (pl.col("nksGioiTinh") == "2") & pl.col("nksSoDDCN").is_not_null(), free["birth"]
    )
    born = birth.select(iso("nksNgaySinh")).to_series()
    pairs = _later(born, child, born, woman, rng, _count(birth))
    rows = [one for one, _ in pairs]
    _copy(birth, rows, birth, [two for _, two in pairs], {"meSoGiayToTuyThan": "nksSoDDCN", "meHoTen": "nksHoTen"})
    if rows:
        birth.put("meNgaySinh", rows, pl.Series([None] * len(rows), dtype=pl.String))
        birth.put("meLoaiGiayToTuyThan", rows, pl.Series(["4"] * len(rows), dtype=pl.String))
    _take(free, "birth", [row for pair in pairs for row in pair])


def _other_father(rng: Rng, registers: CityTables, free: dict[str, np.ndarray]) -> None:
    """A birth entry that names another father than the one who recognised the child."""
    pairs = _recognised(rng, registers, free, pl.col("cmSoGiayToTuyThan").str.len_chars() == 12)
    birth = registers.table("birth")
    able = (pl.col("chaSoGiayToTuyThan").str.len_chars() == 12) & pl.col("chaHoTen").is_not_null()
    men = _rows(birth, able, np.ones(len(birth), bool))
    if not pairs or not len(men):
        return
    births, fathers = [entry for _, entry in pairs], men[rng.integers(0, len(men), len(pairs))].tolist()
    names = {f"cha{part}": f"cha{part}" for part in ("HoTen", "SoGiayToTuyThan", "LoaiGiayToTuyThan")}
    _copy(birth, births, birth, fathers, names)
    birth.put("nksLoaiKhaiSinh", births, pl.Series(["1"] * len(births), dtype=pl.String))


def _unnamed_father(rng: Rng, registers: CityTables, free: dict[str, np.ndarray]) -> None:
    """A recognition that names the child's number, and the birth entry still has no father."""
    _recognised(rng, registers, free, pl.lit(value=True))


def _recognised(rng: Rng, registers: CityTables, free: dict[str, np.ndarray], where: pl.Expr) -> list[tuple[int, int]]:
    """Some recognitions by a father with the birth entry of the child, whose number the recognition names from now on."""
    birth, recognition = registers.table("birth"), registers.table("recognition")
    able = _rows(recognition, pl.col("loaiXacNhan").is_in(FATHER) & where, free["recognition"])
    person = birth["_person"].to_numpy()
    children = recognition["_person"].to_numpy()
    entries = np.full(max(person.max(initial=0), children.max(initial=0)) + 1, -1)
    entries[person] = np.arange(len(person))
    numbered = birth["nksSoDDCN"].is_not_null().to_numpy()
    pairs = []
    for row in rng.permutation(able).tolist():
        entry = int(entries[children[row]])
        if entry >= 0 and free["birth"][entry] and numbered[entry]:
            pairs.append((row, entry))
        if len(pairs) == _count(birth):
            break
    child = {"ncSoGiayToTuyThan": "nksSoDDCN"}
    _copy(recognition, [r for r, _ in pairs], birth, [b for _, b in pairs], child)
    _take(free, "recognition", [r for r, _ in pairs])
    _take(free, "birth", [b for _, b in pairs])
    return pairs


def _number(prefix: str) -> pl.Expr:
    return pl.col(f"{prefix}SoGiayToTuyThan").str.contains(r"^(\d{9}|\d{12})$")


def _take(free: dict[str, np.ndarray], dataset: str, rows: Sequence[int]) -> None:
    free[dataset][list(rows)] = False
