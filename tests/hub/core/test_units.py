"""Units by code and day: one at most, and every way across a reform carries its certainty."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import DeploymentInvalid
from hub.core.settings import ROOT
from hub.core.units import Ambiguous, Certainty, Unit, Units, Unknown, name_key, read_units

REFERENCE = ROOT / "deployments" / "hcmc" / "reference"
UNITS = read_units(REFERENCE)
SEED, MERGED, LAST, FIRST, LATER = (
    date(2022, 6, 2),
    date(2025, 1, 1),
    date(2025, 6, 30),
    date(2025, 7, 1),
    date(2026, 1, 1),
)
ALL = list(UNITS)
CODES = sorted({u.code for u in ALL})
DAYS = st.dates(date(2000, 1, 1), date(2027, 12, 31))


def unit(code: str, day: date) -> Unit:
    found = UNITS.at(code, day)
    assert isinstance(found, Unit), found
    return found


def table(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def names(units: object) -> set[str]:
    return {u.name for u in units}  # type: ignore[attr-defined]


@given(st.sampled_from(CODES), DAYS)
def test_a_code_names_at_most_one_unit_on_a_day(code: str, day: date) -> None:
    """And `at` finds it."""
    valid = [u for u in ALL if u.code == code and u.on(day)]

    assert len(valid) <= 1
    found = UNITS.at(code, day)
    assert (found == valid[0]) if valid else (isinstance(found, Unknown) and found.known)


@given(st.sampled_from(ALL), DAYS)
def test_the_unit_above_is_valid_on_the_same_days(below: Unit, day: date) -> None:
    """A commune's district, a district's city; where the list of the city begins later than that of its dissolved districts, it says so."""
    if below.on(day) and below.parent_code:
        above = UNITS.at(below.parent_code, day)
        assert isinstance(above, Unit) or (isinstance(above, Unknown) and day < min(unit.first for unit in above.known))


def test_the_city_is_not_vouched_for_in_the_years_of_its_dissolved_districts() -> None:
    [thu_duc] = [unit for unit in ALL if unit.code == "762"]
    assert isinstance(UNITS.at(thu_duc.parent_code, date(2005, 1, 1)), Unknown)


@pytest.mark.parametrize(
    ("day", "districts", "communes"),
    [
        (SEED, 22, 312),
        (date(2024, 12, 31), 22, 312),
        (MERGED, 22, 273),
        (LAST, 38, 441),
        (FIRST, 0, 168),
        (LATER, 0, 168),
    ],
)
def test_the_states_of_the_city(day: date, districts: int, communes: int) -> None:
    """Counts of the package lists; from 2025-03-01 with the neighbours (9 and 7 districts), whose Côn Đảo has no commune."""
    assert (districts, communes) == (len(UNITS.on(day, "district")), len(UNITS.on(day, "commune")))


def test_a_reused_code_is_two_places() -> None:
    """26737 was Đa Kao and is Tân Định; 769 was District 2 and then Thủ Đức."""
    assert ("Phường Đa Kao", "Phường Tân Định") == (unit("26737", LAST).name, unit("26737", FIRST).name)
    assert ("Quận 2", "Thành phố Thủ Đức") == (unit("769", date(2020, 12, 31)).name, unit("769", date(2021, 1, 1)).name)
    assert unit("26737", LAST).territory != unit("26737", FIRST).territory
    assert isinstance(UNITS.at("762", SEED), Unknown)


def test_codes_of_the_reform_of_2025_are_reused_as_counted() -> None:
    """Of 168 codes 121 carry an old code with another name, one is new; only five units went on as the same territory."""
    now = UNITS.on(FIRST, "commune")
    before = {u.code: u for u in UNITS.on(LAST)}

    known = [u for u in now if u.code in before]
    assert ["26732"] == [u.code for u in now if u.code not in before]
    assert 121 == sum(name_key(u.name) != name_key(before[u.code].name) for u in known)
    assert {"Phường Thới Hòa", "Xã Long Sơn", "Xã Hòa Hiệp", "Xã Bình Châu", "Xã Thạnh An"} == {
        u.name for u in now if u.code in before and u.territory == before[u.code].territory
    }


def test_an_unchanged_code_and_name_may_be_another_place() -> None:
    """Phường 9 of District 3 took in Phường 10 on 2025-01-01."""
    before, after = unit("27142", date(2024, 12, 31)), unit("27142", MERGED)

    assert name_key(before.name) == name_key(after.name)
    assert before.territory != after.territory
    assert {"Phường 09", "Phường 10"} == names(s.unit for s in UNITS.back(after, SEED).shares)


def test_con_dao_had_no_commune() -> None:
    """The district itself became the special zone 26732."""
    district = unit("755", LAST)

    assert not [u for u in UNITS.on(LAST) if u.parent_code == "755"]
    assert UNITS.forward(district, FIRST).whole == unit("26732", FIRST)
    assert ["755"] == [s.unit.code for s in UNITS.back(unit("26732", FIRST), LAST).shares]


@given(st.sampled_from(ALL), st.dates(date(2021, 1, 1), date(2027, 1, 1)))
def test_every_unit_leads_to_units_of_a_later_day(old: Unit, day: date) -> None:
    """No unit is lost on the way; what is whole is one, what is part is several."""
    if day < old.first:
        return
    found = UNITS.forward(old, day)

    assert found.shares
    assert not found.lost
    assert all(s.unit.on(day) for s in found.shares)
    assert {Certainty.WHOLE if len(found.shares) == 1 else Certainty.PART} == {s.certainty for s in found.shares}
    assert found.default is None or found.default in {s.unit for s in found.shares}


@given(st.sampled_from([u for u in ALL if u.level == "commune"]), st.dates(date(2021, 1, 1), date(2026, 12, 31)))
def test_back_is_forward_read_the_other_way(new: Unit, day: date) -> None:
    """A unit was part of another exactly when it became part of it."""
    if new.last is not None and day > new.last:
        return
    for share in UNITS.back(new, day).shares:
        forward = UNITS.forward(share.unit, max(new.first, share.unit.first))
        assert new in {s.unit for s in forward.shares}
        assert (share.certainty is Certainty.WHOLE) == (forward.whole == new)


def test_conversions_cover_every_unit_that_ended() -> None:
    """Each row of units that has a last day has a conversion on the next; `whole` is a function; `part` has several; one default at most."""
    rows = table("unit_conversions")
    converted = Counter((r["old_code"], r["old_valid_to"]) for r in rows)

    assert {(u.code, str(u.last)) for u in ALL if u.last is not None} == set(converted)
    assert all((converted[r["old_code"], r["old_valid_to"]] == 1) == (r["kind"] == "whole") for r in rows)
    assert all(r["is_default"] == "true" for r in rows if r["kind"] == "whole")
    defaults = Counter((r["old_code"], r["old_valid_to"]) for r in rows if r["is_default"] == "true")
    assert {1} == set(defaults.values())
    assert all(
        date.fromisoformat(r["old_valid_to"]) + timedelta(days=1) == date.fromisoformat(r["new_valid_from"])
        for r in rows
    )


def test_every_new_commune_came_of_something() -> None:
    """Nothing of 2025-07-01 appeared out of nowhere."""
    assert all(UNITS.back(u, LAST).shares for u in UNITS.on(FIRST, "commune"))


def test_a_chain_from_2020_to_2026() -> None:
    """District 9 became part of Thủ Đức, which became twelve communes; Phường 10 of District 3 became Phường 9, which is Nhiêu Lộc."""
    nine = unit("763", date(2020, 6, 1))
    assert "Thành phố Thủ Đức" == UNITS.forward(nine, SEED).whole.name  # type: ignore[union-attr]
    in_2026 = UNITS.forward(nine, LATER)
    assert in_2026.whole is None
    assert {"Phường Thủ Đức", "Phường Long Phước", "Phường Cát Lái"} <= names(s.unit for s in in_2026.shares)

    ten = UNITS.named("Phường 10", SEED, above=unit("770", SEED))
    assert isinstance(ten, Unit)
    assert "Phường Nhiêu Lộc" == UNITS.forward(ten, LATER).whole.name  # type: ignore[union-attr]


def test_parts_that_meet_again_are_whole() -> None:
    """Phường 5 of District 6 was divided on 2025-01-01; both halves are in Bình Tây since 2025-07-01."""
    five = UNITS.named("Phường 05", SEED, above=unit("775", SEED))
    assert isinstance(five, Unit)

    assert [Certainty.PART, Certainty.PART] == [s.certainty for s in UNITS.forward(five, MERGED).shares]
    assert "Phường Bình Tây" == UNITS.forward(five, LATER).whole.name  # type: ignore[union-attr]


def test_a_name_with_its_day() -> None:
    """Tân Định had the code 26734, and has 26737 since."""
    assert ["26734", "26737"] == [UNITS.named("Phường Tân Định", day).code for day in (SEED, FIRST)]  # type: ignore[union-attr]
    assert "27364" == UNITS.named("bình phú", FIRST).code  # type: ignore[union-attr]
    assert isinstance(UNITS.named("Phường 1", SEED), Ambiguous)
    gone = UNITS.named("Phường Đa Kao", LATER)
    assert isinstance(gone, Unknown)
    assert ["26737"] == [u.code for u in gone.known]
    assert isinstance(UNITS.named("Phường 1", LATER, above=unit("760", SEED)), Unknown)


def test_spellings_of_two_sources_meet_in_one_key() -> None:
    """Every difference called spelling is one (or i for y, told apart on purpose: proper names keep their own)."""
    rows = [r for r in table("unit_disagreements") if r["kind"] == "spelling"]
    differing = [r["code"] for r in rows if name_key(r["name"]) != name_key(r["other_name"])]

    assert len(rows) > 191
    assert ["27640"] == differing


def test_both_sources_are_kept() -> None:
    """201 names and the code 06978 / 06970 of the shared finding; ten of the names are no spelling: xã that Đồng Nai made phường."""
    rows = [r for r in table("unit_disagreements") if r["other_source"].startswith("thanglequoc")]

    assert 201 == sum(r["kind"] in ("spelling", "name") for r in rows)
    assert [("06970", "06978")] == [(r["code"], r["other_code"]) for r in rows if r["kind"] == "code"]


def test_a_province_that_became_a_city_is_the_same_place() -> None:
    """Đồng Nai, on 2026-04-30."""
    rows = [(r["name"], r["valid_from"], r["territory"]) for r in table("provinces") if r["code"] == "75"]

    assert [
        ("Tỉnh Đồng Nai", "2008-08-01", "75@2008-08-01"),
        ("Tỉnh Đồng Nai", "2025-07-01", "75@2025-07-01"),
        ("Thành phố Đồng Nai", "2026-04-30", "75@2025-07-01"),
    ] == rows
    assert (63, 34) == tuple(
        sum(r["valid_from"] <= d <= (r["valid_to"] or "9999") for r in table("provinces"))
        for d in ("2022-06-02", "2026-01-01")
    )


def test_an_instant_is_no_day() -> None:
    """A moment in UTC is another day in the city for seven hours."""
    with pytest.raises(TypeError, match="local date"):
        UNITS.at("760", datetime(2022, 6, 2, 8))


def test_there_is_no_way_around_the_day() -> None:
    """Conversions take units; a code is refused by the type checker and here."""
    with pytest.raises(AttributeError):
        UNITS.forward("26737", LATER)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        UNITS.at("26737")  # type: ignore[call-arg]


def test_two_units_of_one_code_and_day_are_refused() -> None:
    """The list says what is wrong and what to do."""
    row = {
        "code": "1",
        "valid_from": "2020-01-01",
        "valid_to": "",
        "level": "district",
        "name": "A",
        "parent_code": "",
        "territory": "1@2020-01-01",
    }

    with pytest.raises(DeploymentInvalid, match="two units on 2021-01-01"):
        Units([row, row | {"valid_from": "2021-01-01"}], [])
