"""Contradictions between the books of the registry, planted after all other defects, and what else contradicts itself.

Planted in records that no other planter took. Then the finished books are looked through, once, for every pair that
contradicts each other: a mistyped number may be another person's by chance, and a father who was recognised never gets
into the birth entry by itself. A record that is quarantined for another defect is in no pair. No rule of the hub is
imported; `dd.MM.yyyy` is turned round, and of a partial date only what is certain counts.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence

import numpy as np
import polars as pl

from twins.city.columns import Rng, stream
from twins.defects.planting import CONFLICT, FINDING, QUARANTINE, Bed, Rows

SYSTEM = "moj-registry"
RATE = 0.0004
"""Share of a book's records that each planter takes."""
CLASSES = (
    "married-after-death",
    "parent-younger-than-child",
    "two-births-of-one-person",
    "married-while-married",
    "recognised-parent-differs",
    "birth-without-recognised-father",
)
"""The classes that two registers together show; copies of the books are not looked through."""
FATHER = ("1", "3")
"""Kinds of recognition between father and child."""
_PERSON = ("HoTen", "NgaySinh", "SoGiayToTuyThan", "LoaiGiayToTuyThan")
_CHILD = (
    "nksHoTen", "nksGioiTinh", "nksNgaySinh", "nksNgaySinhBangChu", "nksSoDDCN", "nksNoiSinh", "nksNoiSinhDVHC",
    "nksLoaiKhaiSinh", "nksDanToc", "nksQuocTich",
)  # fmt: skip
Frames = MutableMapping[str, pl.DataFrame]


def plant_across(seed: int, registers: Frames, beds: Sequence[Bed]) -> None:
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
    whole = {name: registers[name].filter(~pl.col("id").is_in(list(spoilt[name]))) for name in registers}
    by_name = {bed.dataset: bed for bed in beds}
    for dataset, ids, field, defect in _contradictions(whole):
        by_name[dataset].truth += [(SYSTEM, dataset, each, field, defect, FINDING) for each in ids]


# -- planting ------------------------------------------------------------------------------------------


def _iso(name: str) -> pl.Expr:
    """A dotted date as text that sorts: `2015-03-04`, `2015-03`, `2015`."""
    return pl.col(name).str.split(".").list.reverse().list.join("-")


def _full(name: str) -> pl.Expr:
    return pl.col(name).str.contains(r"^\d\d\.\d\d\.\d{4}$")


def _rows(frame: pl.DataFrame, where: pl.Expr, free: np.ndarray) -> Rows:
    return np.flatnonzero(free & frame.select(where.fill_null(False)).to_series().to_numpy()).astype(np.int64)


def _count(frame: pl.DataFrame) -> int:
    return max(1, round(RATE * len(frame)))


def _copy(
    target: pl.DataFrame, rows: Sequence[int], source: pl.DataFrame, of: Sequence[int], names: dict[str, str]
) -> pl.DataFrame:
    """The target with fields of some rows taken from rows of the source; `names`: target's field -> source's."""
    if not len(rows):
        return target
    return target.with_columns(
        target[to].scatter(list(rows), source[name].gather(list(of))) for to, name in names.items()
    )


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


def _dead_spouse(rng: Rng, registers: Frames, free: dict[str, np.ndarray]) -> None:
    """A marriage whose husband is a man who had died before."""
    death, marriage = registers["death"], registers["marriage"]
    dead = _rows(
        death,
        _full("nktNgayChet") & _full("nktNgaySinh") & (pl.col("nktGioiTinh") == "1") & _number("nkt"),
        free["death"],
    )
    able = _rows(marriage, _full("ngayDangKy") & _full("ngayXacLapQuanHeHonNhan"), free["marriage"])
    died, married = death.select(_iso("nktNgayChet")).to_series(), marriage.select(_iso("ngayDangKy")).to_series()
    since = marriage.select(_iso("ngayXacLapQuanHeHonNhan")).to_series()
    pairs = _later(died, dead, pl.select(pl.min_horizontal(married, since)).to_series(), able, rng, _count(marriage))
    names = {f"chong{part}": f"nkt{part}" for part in _PERSON}
    registers["marriage"] = _copy(marriage, [m for _, m in pairs], death, [d for d, _ in pairs], names)
    _take(free, "death", [d for d, _ in pairs])
    _take(free, "marriage", [m for _, m in pairs])


def _second_marriage(rng: Rng, registers: Frames, free: dict[str, np.ndarray]) -> None:
    """A man who marries again while his book says nothing of an end."""
    marriage = registers["marriage"]
    ended = pl.col("tinhTrangKetHon").is_in(["đã ly hôn", "đã hủy việc kết hôn"])
    first = _rows(marriage, _full("ngayDangKy") & ~ended & _number("chong") & _full("chongNgaySinh"), free["marriage"])
    second = _rows(marriage, _full("ngayDangKy") & (pl.col("loaiDangKy") == "1"), free["marriage"])
    married = marriage.select(_iso("ngayDangKy")).to_series()
    pairs = _later(married, first, married, second, rng, _count(marriage))
    pairs = [pair for pair in pairs if pair[1] not in {one for one, _ in pairs}]
    names = {f"chong{part}": f"chong{part}" for part in _PERSON}
    registers["marriage"] = _copy(marriage, [two for _, two in pairs], marriage, [one for one, _ in pairs], names)
    _take(free, "marriage", [row for pair in pairs for row in pair])


def _second_birth(rng: Rng, registers: Frames, free: dict[str, np.ndarray]) -> None:
    """A child that was registered again, years later, under the same number."""
    birth = registers["birth"]
    able = _rows(birth, _full("ngayDangKy") & _full("nksNgaySinh"), free["birth"])
    numbered = _rows(birth, pl.col("nksSoDDCN").is_not_null() & _full("nksNgaySinh"), free["birth"])
    registered, born = birth.select(_iso("ngayDangKy")).to_series(), birth.select(_iso("nksNgaySinh")).to_series()
    pairs = _later(born, numbered, registered, able, rng, _count(birth))
    pairs = [pair for pair in pairs if pair[1] not in {one for one, _ in pairs}]
    parents = [f"{who}{part}" for who in ("me", "cha") for part in (*_PERSON, "DanToc", "QuocTich")]
    names = {name: name for name in (*_CHILD, *parents)}
    registers["birth"] = _copy(birth, [two for _, two in pairs], birth, [one for one, _ in pairs], names)
    _take(free, "birth", [row for pair in pairs for row in pair])


def _younger_mother(rng: Rng, registers: Frames, free: dict[str, np.ndarray]) -> None:
    """A mother's number that belongs to a woman born after the child."""
    birth = registers["birth"]
    child = _rows(birth, _full("nksNgaySinh") & pl.col("meHoTen").is_not_null(), free["birth"])
    woman = _rows(
        birth, _full("nksNgaySinh") & (pl.col("nksGioiTinh") == "2") & pl.col("nksSoDDCN").is_not_null(), free["birth"]
    )
    born = birth.select(_iso("nksNgaySinh")).to_series()
    pairs = _later(born, child, born, woman, rng, _count(birth))
    rows = [one for one, _ in pairs]
    frame = _copy(
        birth, rows, birth, [two for _, two in pairs], {"meSoGiayToTuyThan": "nksSoDDCN", "meHoTen": "nksHoTen"}
    )
    blank = pl.Series([None] * len(rows), dtype=pl.String)
    card = pl.Series(["4"] * len(rows), dtype=pl.String)
    if rows:
        frame = frame.with_columns(
            frame["meNgaySinh"].scatter(rows, blank), frame["meLoaiGiayToTuyThan"].scatter(rows, card)
        )
    registers["birth"] = frame
    _take(free, "birth", [row for pair in pairs for row in pair])


def _other_father(rng: Rng, registers: Frames, free: dict[str, np.ndarray]) -> None:
    """A birth entry that names another father than the one who recognised the child."""
    pairs = _recognised(rng, registers, free, pl.col("cmSoGiayToTuyThan").str.len_chars() == 12)
    birth = registers["birth"]
    men = birth.filter((pl.col("chaSoGiayToTuyThan").str.len_chars() == 12) & pl.col("chaHoTen").is_not_null())
    if not pairs or not len(men):
        return
    births, fathers = [entry for _, entry in pairs], rng.integers(0, len(men), len(pairs)).tolist()
    names = {f"cha{part}": f"cha{part}" for part in ("HoTen", "SoGiayToTuyThan", "LoaiGiayToTuyThan")}
    frame = _copy(birth, births, men, fathers, names)
    both = pl.Series(["1"] * len(births), dtype=pl.String)
    registers["birth"] = frame.with_columns(frame["nksLoaiKhaiSinh"].scatter(births, both))


def _unnamed_father(rng: Rng, registers: Frames, free: dict[str, np.ndarray]) -> None:
    """A recognition that names the child's number, and the birth entry still has no father."""
    _recognised(rng, registers, free, pl.lit(value=True))


def _recognised(rng: Rng, registers: Frames, free: dict[str, np.ndarray], where: pl.Expr) -> list[tuple[int, int]]:
    """Some recognitions by a father with the birth entry of the child, whose number the recognition names from now on."""
    birth, recognition = registers["birth"], registers["recognition"]
    able = _rows(recognition, pl.col("loaiXacNhan").is_in(FATHER) & where, free["recognition"])
    entries = {person: row for row, person in enumerate(birth["_person"].to_list())}
    pairs = []
    for row in rng.permutation(able).tolist():
        entry = entries.get(recognition["_person"][row], -1)
        if entry >= 0 and free["birth"][entry] and birth["nksSoDDCN"][entry] is not None:
            pairs.append((row, entry))
        if len(pairs) == _count(birth):
            break
    child = {"ncSoGiayToTuyThan": "nksSoDDCN"}
    registers["recognition"] = _copy(recognition, [r for r, _ in pairs], birth, [b for _, b in pairs], child)
    _take(free, "recognition", [r for r, _ in pairs])
    _take(free, "birth", [b for _, b in pairs])
    return pairs


def _number(prefix: str) -> pl.Expr:
    return pl.col(f"{prefix}SoGiayToTuyThan").str.contains(r"^(\d{9}|\d{12})$")


def _take(free: dict[str, np.ndarray], dataset: str, rows: Sequence[int]) -> None:
    free[dataset][list(rows)] = False


# -- looking through -----------------------------------------------------------------------------------

Contradiction = tuple[str, list[str], str, str]
"""Dataset, ids, field, class."""


def _contradictions(books: Frames) -> list[Contradiction]:
    birth, death, marriage, recognition = (books[name] for name in ("birth", "death", "marriage", "recognition"))
    dead = death.select(pl.col("nktSoGiayToTuyThan").alias("number"), _iso("nktNgayChet").alias("died")).drop_nulls()
    wed = marriage.with_columns(_iso("ngayDangKy").alias("on"))
    own = birth.select("id", pl.col("nksSoDDCN").alias("number"), _iso("nksNgaySinh").alias("born")).drop_nulls(
        "number"
    )
    return [
        ("marriage", _ids(_after_death(wed, dead, who) for who in ("chong", "vo")), "ngayDangKy", CLASSES[0]),
        ("birth", _ids(_younger(birth, own, who) for who in ("me", "cha")), "nksNgaySinh", CLASSES[1]),
        ("birth", _ids([_twice(own, birth)]), "nksSoDDCN", CLASSES[2]),
        ("marriage", _ids(_again(wed, dead, who) for who in ("chong", "vo")), "ngayDangKy", CLASSES[3]),
        ("recognition", _ids([_differs(recognition, birth)]), "cmSoGiayToTuyThan", CLASSES[4]),
        ("birth", _ids([_unnamed(recognition, birth)]), "chaHoTen", CLASSES[5]),
    ]


def _ids(parts: object) -> list[str]:
    return sorted(set().union(*(set(part) for part in parts)))  # type: ignore[attr-defined, no-any-return]


def _surely_after(later: str, earlier: str) -> pl.Expr:
    return pl.col(later) > pl.col(earlier) + "~"


def _after_death(wed: pl.DataFrame, dead: pl.DataFrame, who: str) -> list[str]:
    both = wed.join(dead, left_on=f"{who}SoGiayToTuyThan", right_on="number")
    return both.filter(_surely_after("on", "died"))["id"].to_list()


def _younger(birth: pl.DataFrame, own: pl.DataFrame, who: str) -> list[str]:
    both = birth.with_columns(_iso("nksNgaySinh").alias("on")).join(
        own, left_on=f"{who}SoGiayToTuyThan", right_on="number", suffix="_own"
    )
    return both.filter(_surely_after("born", "on") & (pl.col("id") != pl.col("id_own")))["id"].to_list()


def _twice(own: pl.DataFrame, birth: pl.DataFrame) -> list[str]:
    first = own.filter(~pl.col("id").is_in(birth.filter(pl.col("loaiDangKy") == "2")["id"].implode()))
    return first.filter(pl.len().over("number") > 1)["id"].to_list()


def _again(wed: pl.DataFrame, dead: pl.DataFrame, who: str) -> list[str]:
    number = f"{who}SoGiayToTuyThan"
    gone = pl.col("chongSoGiayToTuyThan").is_in(dead["number"].implode()) | pl.col("voSoGiayToTuyThan").is_in(
        dead["number"].implode()
    )
    ended = (
        pl.col("tinhTrangKetHon").is_in(["đã ly hôn", "đã hủy việc kết hôn"])
        | pl.col("huyKetHonNgayGhiChu").is_not_null()
    )
    first = wed.filter(~(gone.fill_null(False) | ended.fill_null(False))).select(
        number, pl.col("id").alias("first"), pl.col("on").alias("before")
    )
    both = wed.filter((pl.col("loaiDangKy") != "2").fill_null(True)).join(first.drop_nulls(number), on=number)
    return both.filter(_surely_after("on", "before") & (pl.col("id") != pl.col("first")))["id"].to_list()


def _differs(recognition: pl.DataFrame, birth: pl.DataFrame) -> list[str]:
    both = _fathers(recognition).join(birth, left_on="ncSoGiayToTuyThan", right_on="nksSoDDCN", suffix="_entry")
    mine, theirs = pl.col("cmSoGiayToTuyThan"), pl.col("chaSoGiayToTuyThan")
    different = (mine != theirs) & (mine.str.len_chars() == 12) & (theirs.str.len_chars() == 12)
    return both.filter(different)["id"].to_list()


def _unnamed(recognition: pl.DataFrame, birth: pl.DataFrame) -> list[str]:
    children = _fathers(recognition)["ncSoGiayToTuyThan"].drop_nulls()
    return birth.filter(pl.col("chaHoTen").is_null() & pl.col("nksSoDDCN").is_in(children.implode()))["id"].to_list()


def _fathers(recognition: pl.DataFrame) -> pl.DataFrame:
    return recognition.filter(pl.col("loaiXacNhan").is_in(FATHER))
