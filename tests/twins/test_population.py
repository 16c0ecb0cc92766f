"""The synthetic city: the same for the same seed, coherent, and in the article's proportions."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from twins.city.columns import NEVER, day, stream, year_of
from twins.city.words import number_in_words
from twins.entries.registrations import Shares
from twins.people.lives import serials
from twins.population import City, build_city

AS_OF = datetime.fromisoformat("2022-06-02T08:00:00+07:00")


def test_same_seed_gives_the_same_city(city: City) -> None:
    """Two builds of one seed agree in every register, dossier and planted defect."""
    again = build_city(6_000, 200, 7, AS_OF)

    for name, frame in city.registers.items():
        assert frame.equals(again.registers[name]), name
    assert city.filed.dossier.equals(again.filed.dossier)
    assert all(frame.equals(again.filed.children[kind]) for kind, frame in city.filed.children.items())
    assert city.truth.equals(again.truth)


def test_another_seed_gives_another_city(city: City) -> None:
    """A seed is not decoration: other people, other numbers."""
    other = build_city(6_000, 200, 8, AS_OF)

    assert not city.registers["birth"]["nksHoTen"].equals(other.registers["birth"]["nksHoTen"])
    assert not city.filed.dossier["SoGiayToChuHoSo"].equals(other.filed.dossier["SoGiayToChuHoSo"])


@pytest.mark.parametrize("records", [100, 1_234, 6_000])
def test_sizes_are_exact(records: int) -> None:
    """As many registrations as asked for, also in a village."""
    city = build_city(records, 30, 3, AS_OF)

    assert records == sum(len(frame) for frame in city.registers.values())
    assert Shares.of(records).birth == len(city.registers["birth"])
    assert all(frame["id"].n_unique() == len(frame) for frame in city.registers.values())


def test_parents_are_older_and_alive(city: City) -> None:
    """A mother is 18 to 45 at a birth and lives that day; a father may die before it, not before the conception."""
    people = city.people
    child = np.flatnonzero(people.parents >= 0)
    mother, father = people.mother[child], people.father[child]

    age = (people.born[child] - people.born[mother]) / 365.25
    assert age.min() >= 18
    assert age.max() <= 45
    assert (people.died[mother] >= people.born[child]).all()
    assert (people.died[father] >= people.born[child] - 280).all()
    assert people.female[mother].all()
    assert not people.female[father].any()


def test_nobody_marries_kin_or_the_dead(city: City) -> None:
    """Spouses have different parents, lawful age, and live on their wedding day."""
    people, couples = city.people, city.people.couples
    wed = np.flatnonzero(couples.married != NEVER)
    husband, wife, on = couples.husband[wed], couples.wife[wed], couples.married[wed]

    assert not ((people.parents[husband] >= 0) & (people.parents[husband] == people.parents[wife])).any()
    assert ((on - people.born[husband]) / 365.25).min() >= 20
    assert ((on - people.born[wife]) / 365.25).min() >= 18
    assert (np.minimum(people.died[husband], people.died[wife]) > on).all()
    assert len(np.unique(np.concatenate([couples.husband, couples.wife]))) == 2 * len(couples.husband)


def test_the_dead_stay_dead(city: City) -> None:
    """No dead person files, asks at a desk or recognises a child after his death; each has one death record."""
    people = city.people
    owners = city.filed.dossier["_owner"].to_numpy()
    recognition = city.registers["recognition"]
    child = recognition["_person"].to_numpy()
    on = recognition["ngayDangKy"].str.to_date("%d.%m.%Y", strict=False)
    readable = on.is_not_null().to_numpy()
    clean = ~recognition["id"].is_in(city.truth["record_id"].implode()).to_numpy() & readable

    assert (people.died[owners] == NEVER).all()
    assert (
        city.registers["death"]["_person"].n_unique()
        == int((people.died != NEVER).sum())
        == len(city.registers["death"])
    )
    registered = on.cast(pl.Int32).fill_null(0).to_numpy()
    assert (people.died[child] > registered)[clean].all()
    assert (people.died[people.father[child]] > registered)[clean].all()


def test_numbers_say_birth_and_sex(city: City) -> None:
    """12 digits, unique: century and sex, year; the 9-digit ones belong to those old enough."""
    people = city.people
    citizens = np.flatnonzero(people.nation < 0)
    numbers = people.personal_id.gather(citizens)
    digits = numbers.str.slice(3, 1).cast(pl.Int32).to_numpy()
    year = 1900 + 100 * (digits // 2) + numbers.str.slice(4, 2).cast(pl.Int32).to_numpy()

    assert (numbers.str.len_chars() == 12).all()
    assert numbers.n_unique() == len(numbers)
    assert (year == year_of(people.born[citizens])).all()
    assert ((digits % 2 == 1) == people.female[citizens]).all()
    assert people.old_id.drop_nulls().n_unique() == len(people.old_id.drop_nulls())
    assert people.old_id.filter(pl.Series(people.born >= day(2002))).is_null().all()


def test_book_entries_are_found_again(city: City) -> None:
    """Place, book and number together name one entry, and the book ends with its year."""
    for name, frame in city.registers.items():
        clean = frame.filter(~pl.col("id").is_in(city.truth["record_id"].implode()))
        assert not clean.select("noiDangKy", "quyenSo", "so").is_duplicated().any(), name
        assert clean["quyenSo"].str.contains(r"/(19|20)[0-9]{2}$").all(), name


def test_imports_fill_three_months_and_move_forward(city: City) -> None:
    """Each import day has its records, ids ascend with the change time, and nothing is registered after it was entered."""
    births = city.registers["birth"]
    days = births["ngayCapNhat"].str.slice(0, 10)

    assert 90 <= days.n_unique() <= 95
    assert births["_changed"].is_sorted()
    assert days.min() >= "2022-03-01"
    assert births["ngayCapNhat"].max() < AS_OF.isoformat()


def test_district_1_files_online_only(city: City) -> None:
    """All of District 1's dossiers for procedures it offers online came online."""
    dossiers = _offered(city, "one-stop-760")

    assert len(dossiers) >= 100
    assert 0 == len(dossiers.filter(pl.col("KenhThucHien") != "2"))


def test_district_3_has_the_proportions_of_the_article() -> None:
    """34 of 195 procedures online, 11 with dossiers; economy 93 %, justice 11 %, a little over 45 % in all."""
    city = build_city(2_000, 2_000, 1, AS_OF)
    dossiers = _offered(city, "one-stop-770")
    share = {group: float((rows["KenhThucHien"] == "2").mean() or 0) for (group,), rows in dossiers.group_by("_group")}

    assert 34 == len(city.filed.offers.filter(pl.col("system") == "one-stop-770"))
    assert 11 == dossiers["MaTTHC"].n_unique()
    assert share["economy"] == pytest.approx(0.93, abs=0.005)
    assert share["justice"] == pytest.approx(0.11, abs=0.005)
    assert share["justice"] < share["urban"] < share["economy"]
    assert 0.45 < float((dossiers["KenhThucHien"] == "2").mean() or 0) < 0.47


def _offered(city: City, system: str) -> pl.DataFrame:
    """The system's clean dossiers for procedures it offers online."""
    clean = city.filed.dossier.filter(~pl.col("MaHoSo").is_in(city.truth["record_id"].implode()))
    return clean.filter((pl.col("_system") == system) & pl.col("_offered"))


def test_example_filed_in_district_1_and_is_in_the_books(city: City) -> None:
    """The person whom District 5 asks about exists: one number in a dossier and in a birth record that tells the native place."""
    example = city.example()
    dossier = city.filed.dossier.filter(pl.col("MaHoSo") == example.dossier_id).row(0, named=True)
    birth = city.registers["birth"].filter(pl.col("id") == example.birth_id).row(0, named=True)

    assert "one-stop-760" == dossier["_system"] == example.system
    assert dossier["DinhDanhCHS_CCCD"] == birth["nksSoDDCN"]
    assert dossier["ChuHoSo"] == birth["nksHoTen"]
    assert birth["nksQueQuan"]


def test_fathers_not_named_at_birth_are_those_recognised_later(city: City) -> None:
    """Whoever a father recognises had no father in the birth record, but for the planted contradictions."""
    recognition = city.registers["recognition"]
    planted = set(city.truth.filter(pl.col("defect") == "recognised-parent-differs")["record_id"])
    recognised = set(recognition["_person"])
    births = city.registers["birth"].filter(pl.col("_person").is_in(recognised))
    differing = set(recognition.filter(pl.col("id").is_in(planted))["_person"])
    named = births.filter(pl.col("chaHoTen").is_not_null() & ~pl.col("id").is_in(planted))

    assert len(recognised) == len(births)
    assert set() == set(named["_person"]) - differing


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "một"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (1995, "một nghìn chín trăm chín mươi lăm"),
        (2000, "hai nghìn"),
        (2005, "hai nghìn không trăm lẻ năm"),
        (1910, "một nghìn chín trăm mười"),
    ],
)
def test_years_in_words(number: int, words: str) -> None:
    """As a clerk writes them."""
    assert words == number_in_words(number)


def test_naive_moment_is_refused() -> None:
    """A city without a time zone would shift by seven hours on another machine."""
    with pytest.raises(ValueError, match="aware"):
        build_city(100, 10, 1, datetime(2022, 6, 2))


def test_another_moment_moves_the_city() -> None:
    """The import months and the dossiers stand before the given moment, whenever that is."""
    city = build_city(500, 20, 1, datetime.fromisoformat("2023-01-10T08:00:00+07:00"))

    assert city.registers["birth"]["ngayCapNhat"].max()[:10] <= date(2023, 1, 9).isoformat()
    assert "20230110080000" > city.filed.dossier["NgayCapNhat"].max() > "20230105"


@pytest.mark.parametrize("people", [9, 10, 25])
def test_more_people_than_serials_still_have_numbers_of_their_own(people: int) -> None:
    """A city of more than ten million people could not be built: seven digits were too few for all offices together."""
    office = np.arange(people) % 3
    serial = serials(stream(1, "old numbers"), office, most=10)

    assert set(serial) <= set(range(10))
    assert len(set(zip(office.tolist(), serial.tolist(), strict=True))) == people
