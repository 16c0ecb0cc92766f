"""Dirt of names: the shipped kinds, the lists given by hand, and what both leave in the truth table."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from proofs.quality.classes import CLASSES
from twins.city.name_lists import read_name_lists
from twins.defects.names import NAME_FIELDS, SPOILERS, read_name_dirt
from twins.expected import HELD_WITH_OWNER, STRAY, expected
from twins.population import AS_OF, City, build_city

LISTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "names"


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """A folder of lists as crawled: an Icelandic letter, a Chinese character, a surname that is a word of address."""
    (tmp_path / "vn_given_names.csv").write_text(
        "gender,given_name_raw\nmale,Anh Ðức\nfemale,福\nunisex,An\n", encoding="utf-8"
    )
    (tmp_path / "vn_surnames_weighted.csv").write_text(
        "region,surname,weight\nsouth,Nguyễn,30\nsouth,Trần,10\n", encoding="utf-8"
    )
    (tmp_path / "vn_ethnic_surnames.csv").write_text("ethnic_group_key,surname\ncham,Ông\n", encoding="utf-8")
    return tmp_path


def test_every_shipped_kind_can_be_planted_and_is_marked() -> None:
    """The file, the spoilers and the proof's classes know the same kinds."""
    assert {kind.kind for kind in read_name_dirt()} == set(SPOILERS)
    assert set(SPOILERS) <= set(CLASSES)


def test_a_kind_that_nobody_can_plant_is_refused(tmp_path: Path) -> None:
    """Rather than left out of the proof."""
    path = tmp_path / "kinds.csv"
    path.write_text("kind,field,expected\nupside-down,name,finding\n", encoding="utf-8")

    with pytest.raises(ValueError, match="upside-down"):
        read_name_dirt(path)


@pytest.mark.parametrize("kind", sorted(SPOILERS))
def test_dirt_shows_on_a_name(kind: str) -> None:
    """And changes nothing but what it says."""
    assert "Lê Thị Hoa" != SPOILERS[kind]("Lê Thị Hoa")


def test_names_of_lists_are_borne_and_their_dirt_is_known(lists: Path) -> None:
    """Half of the people bear them; each Chinese character in a name stands in the truth table, by field."""
    city = build_city(2_000, 10, 3, AS_OF, names=lists)
    births = city.registers["birth"]
    table = set(
        city.truth.filter((pl.col("dataset") == "birth") & (pl.col("defect") == "other-script-in-name"))
        .select("record_id", "field")
        .iter_rows()
    )
    seen = {
        (row["id"], f)
        for row in births.select("id", *NAME_FIELDS["birth"]).iter_rows(named=True)
        for f in NAME_FIELDS["birth"]
        if re.search("福", row[f] or "")
    }

    assert seen == table
    assert len(seen) > 200
    assert births["nksHoTen"].str.contains("Ð").fill_null(False).sum() > 100


def test_lists_that_are_missing_are_named(tmp_path: Path) -> None:
    """Not an empty city, and not a traceback about a file."""
    with pytest.raises(ValueError, match=r"no folder of name lists.*vn_given_names\.csv"):
        read_name_lists(tmp_path)


@pytest.mark.skipif(not LISTS.exists(), reason="the real lists are not beside the checkout")
def test_the_real_lists_are_read_whole() -> None:
    """Their dirt included: nothing is cleaned on the way."""
    real = read_name_lists(LISTS)

    assert 17 == sum(bool(re.search("[㐀-鿿]", name)) for name in {*real.male, *real.female})
    assert {"Ông", "Bà", "Nguyễn"} <= real.surnames.keys()


def test_what_follows_from_the_table(city: City) -> None:
    """Lists of held dossiers, copied entries and the stray scan are added; the table itself stays as it is."""
    whole = expected(city)
    added = whole.join(city.truth, on=whole.columns, how="anti")
    held = whole.filter((pl.col("dataset") == "dossier") & (pl.col("expected") == "quarantine"))["record_id"]
    owners = added.filter(pl.col("defect") == HELD_WITH_OWNER)["record_id"].str.split("|").list.first()

    assert len(whole) - len(added) == len(city.truth)
    assert set(owners) <= set(held)
    assert 1 == added.filter(pl.col("defect") == STRAY).height
    assert {"book-files", "digitised-store", "e-identification-760", "national-portal", "city-portal"} == set(
        added.filter(pl.col("defect") != HELD_WITH_OWNER)["system"]
    )
