"""Contradictions between the finished books: what two entries together show, planted or by chance.

No rule of the hub is imported; `dd.MM.yyyy` is turned round, and of a partial date only what is certain counts.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

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
LOOKED_AT = {
    "birth": ("id", "nksSoDDCN", "nksNgaySinh", "loaiDangKy", "chaHoTen", "meSoGiayToTuyThan", "chaSoGiayToTuyThan"),
    "death": ("id", "nktSoGiayToTuyThan", "nktNgayChet"),
    "marriage": (
        "id", "ngayDangKy", "loaiDangKy", "tinhTrangKetHon", "huyKetHonNgayGhiChu", "chongSoGiayToTuyThan",
        "voSoGiayToTuyThan",
    ),
    "recognition": ("id", "loaiXacNhan", "ncSoGiayToTuyThan", "cmSoGiayToTuyThan"),
}  # fmt: skip
"""The columns that show a contradiction: of millions of entries all columns are more than the memory of a machine."""
Frames = Mapping[str, pl.DataFrame]


def iso(name: str) -> pl.Expr:
    """A dotted date as text that sorts: `2015-03-04`, `2015-03`, `2015`."""
    return pl.col(name).str.split(".").list.reverse().list.join("-")


Contradiction = tuple[str, list[str], str, str]
"""Dataset, ids, field, class."""


def contradictions(books: Frames) -> list[Contradiction]:
    """Every contradiction of the four books, by class."""
    birth, death, marriage, recognition = (books[name] for name in ("birth", "death", "marriage", "recognition"))
    dead = death.select(pl.col("nktSoGiayToTuyThan").alias("number"), iso("nktNgayChet").alias("died")).drop_nulls()
    wed = marriage.with_columns(iso("ngayDangKy").alias("on"))
    own = birth.select("id", pl.col("nksSoDDCN").alias("number"), iso("nksNgaySinh").alias("born")).drop_nulls("number")
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
    both = birth.with_columns(iso("nksNgaySinh").alias("on")).join(
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
