"""The truth table: every planted defect is where the table says, and nothing else is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import polars as pl
import pytest

from twins.defects.dossiers import CHILD_KEYS
from twins.population import City

SHOWS: dict[str, Callable[[str | None], bool]] = {
    "unknown-unit": lambda v: v == "99999",
    "impossible-date": lambda v: v in ("31.02.1999", "20220231101500"),
    "unreadable-date": lambda v: v in ("36 526", "1/6/2022"),
    "missing-name": lambda v: v is None,
    "missing-number": lambda v: v is None,
    "control-character": lambda v: v is not None and bool(re.search(r"[\x00-\x1f\x7f-\x9f]", v)),
    "literal-null": lambda v: v == "Null",
    "decomposed-text": lambda v: v is not None and unicodedata.normalize("NFC", v) != v,
    "icelandic-eth": lambda v: v is not None and "\u00d0" in v,
    "partial-date-month": lambda v: v is not None and len(v) == 7,
    "partial-date-year": lambda v: v is not None and len(v) == 4,
    "registered-before-event": lambda v: v is not None and len(v) == 10,
    "identity-11-digits": lambda v: v is not None and len(v) == 11,
    "identity-letters": lambda v: v is not None and v.startswith("O"),
    "identity-against-birth-year": lambda v: v is not None and len(v) == 12,
    "identity-against-sex": lambda v: v is not None and len(v) == 12,
    "unknown-code": lambda v: v in ("7", "9"),
    "unknown-procedure": lambda v: v == "9.999999",
    "unknown-status": lambda v: v == "17",
    "unknown-channel": lambda v: v == "5",
    "dummy-identity": lambda v: v == "000000001",
    "overlong-text": lambda v: v is not None and len(v) > 1000,
    "end-before-start": lambda v: v == "20201231090000",
    "negative-fee": lambda v: v is not None and v.startswith("-"),
    "married-after-death": lambda v: v is not None and len(v) == 10,
    "married-while-married": lambda v: v is not None and len(v) == 10,
    "parent-younger-than-child": lambda v: v is not None,
    "two-births-of-one-person": lambda v: v is not None and len(v) == 12,
    "recognised-parent-differs": lambda v: v is not None and len(v) == 12,
    "birth-without-recognised-father": lambda v: v is None,
    "abolished-unit": lambda v: v == "763",
    "received-before-filed": lambda v: v is not None and len(v) == 14,
    "digit-in-name": lambda v: v is not None and bool(re.search("[0-9]", v)),
    "punctuation-in-name": lambda v: v is not None and v.endswith(")"),
    "initial-in-name": lambda v: v is not None and ". " in v,
    "other-script-in-name": lambda v: v is not None and v.endswith("福"),
    "title-before-name": lambda v: v is not None and v.startswith(("Ông ", "Bà ")),
    "surname-like-title": lambda v: v is not None and v.startswith(("Ông ", "Bà ")),
    "double-space-in-name": lambda v: v is not None and "  " in v,
    "foreign-single-name": lambda v: v is not None and " " not in v,
    "unreadable-number": lambda v: v == "8.000đ",
}
"""Defect -> how its field looks."""
DOUBLES = {"exact-duplicate", "same-version-other-content", "double-child-key"}


def _frames(city: City) -> dict[str, pl.DataFrame]:
    """Dataset -> its records with `_id`, the key joined by `|`."""
    frames = {name: frame.with_columns(_id=pl.col("id")) for name, frame in city.registers.items()}
    dossier = city.filed.dossier
    frames["dossier"] = dossier.with_columns(_id=pl.col("MaHoSo"))
    for kind, frame in city.filed.children.items():
        keyed = frame.with_columns(dossier["MaHoSo"].gather(frame["_parent"]))
        ordinal = (
            (pl.int_range(pl.len()) + 1).over("_parent", "MaPhiLePhi", "HinhThucThu") if kind == "fee" else pl.lit(1)
        )
        keyed = keyed.with_columns(ThuTu=ordinal.cast(pl.String))
        frames[f"dossier_{kind}"] = keyed.with_columns(_id=pl.concat_str(CHILD_KEYS[kind], separator="|"))
    return frames


def test_each_kind_of_defect_is_planted_and_known_here(city: City) -> None:
    """No planter is idle, and none plants what this test can't recognise."""
    assert set(SHOWS) | DOUBLES == set(city.truth["defect"])


def test_planted_defects_stand_where_the_table_says(city: City) -> None:
    """Every row of the truth table is visible in the records."""
    frames = _frames(city)
    for row in city.truth.filter(~pl.col("defect").is_in(list(DOUBLES))).iter_rows(named=True):
        frame = frames[row["dataset"]]
        value = frame.filter(pl.col("_id") == row["record_id"])[row["field"]][0]
        assert SHOWS[row["defect"]](value), (row["dataset"], row["record_id"], row["defect"])


def test_doubles_are_doubled_and_nothing_else_is(city: City) -> None:
    """The records that come twice are exactly those of the table."""
    for name, frame in _frames(city).items():
        twice = set(frame.filter(pl.col("_id").is_duplicated())["_id"])
        expected = city.truth.filter((pl.col("dataset") == name) & pl.col("defect").is_in(list(DOUBLES)))
        assert set(expected["record_id"]) == twice, name


def test_a_record_has_one_defect(city: City) -> None:
    """So that the table has one answer a record."""
    assert not city.truth.select("system", "dataset", "record_id").is_duplicated().any()


@pytest.mark.parametrize("dataset", ["birth", "death", "marriage", "recognition", "dossier"])
def test_dirt_is_rare(city: City, dataset: str) -> None:
    """A few in a thousand, as in a working city, once a dataset has the size to show it."""
    rows = len(_frames(city)[dataset])
    planted = len(city.truth.filter(pl.col("dataset") == dataset))

    assert 0 < planted <= max(0.015 * rows, 25)


def test_truth_is_written_as_parquet(city: City, tmp_path: object) -> None:
    """What is written is what was planted."""
    from pathlib import Path

    path = Path(str(tmp_path)) / "truth.parquet"
    city.write_truth(path)

    assert city.truth.equals(pl.read_parquet(path))
