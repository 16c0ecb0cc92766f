"""The synthetic city after the reform of 2025: the same people, offices under other codes, no district systems."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from hub.core.units import Unit, read_units
from twins.city.places import districts_on, number_of, read_places
from twins.clock import Clock
from twins.population import REFERENCE, City, build_city
from twins.serve import twin_app

REFORMED = datetime.fromisoformat("2026-01-01T08:00:00+07:00")


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(20_000, 20, 5, REFORMED)


def test_every_registration_names_an_office_of_its_day(city: City) -> None:
    """The hub's own list agrees: where it vouches for the code at all, the code was a commune on the day of registration."""
    units = read_units(REFERENCE)
    for register in city.registers.values():
        days = register.with_columns(day=pl.col("ngayDangKy").str.to_date("%d.%m.%Y", strict=False)).filter(
            pl.col("day") >= date(2021, 1, 1)
        )
        for code, day in days.select("noiDangKy", "day").unique().iter_rows():
            if code is None or len(code) != 5:
                continue  # planted dirt
            found = units.at(code, day)
            assert isinstance(found, Unit) or not found.known, (code, day)


def test_new_codes_begin_with_the_reform(city: City) -> None:
    """Births of the last half-year stand in books of the new communes, those of the old city."""
    births = city.registers["birth"].with_columns(day=pl.col("ngayDangKy").str.to_date("%d.%m.%Y", strict=False))
    new = {u.code for u in read_units(REFERENCE).on(date(2025, 7, 1), "commune")}
    after = births.filter(pl.col("day") >= date(2025, 7, 1))["noiDangKy"].drop_nulls()

    assert len(after) > 50
    assert sum(code in new for code in after) / len(after) > 0.99


def test_a_book_is_one_offices_own(city: City) -> None:
    """Merged offices began books of their own: no number stands twice in one, dirt aside."""
    births = city.registers["birth"].drop_nulls(["noiDangKy", "quyenSo", "so"])
    dirty = set(city.truth["record_id"])
    clean = births.filter(~pl.col("id").is_in(dirty), pl.col("ngayDangKy").str.ends_with("2025")).with_columns(
        era=pl.col("ngayDangKy").str.to_date("%d.%m.%Y", strict=False) >= date(2025, 7, 1)
    )
    keys = clean.with_columns(pl.col("so").str.split("/").list.first()).select("noiDangKy", "quyenSo", "so", "era")

    assert keys.height > 50
    assert keys.n_unique() == keys.height


def test_offices_of_a_day() -> None:
    """334 units in 2022; since the reform the communes that the old city's wards became."""
    places = read_places(REFERENCE / "units.csv")
    before, after = (places.units_on(number_of(day)) for day in (date(2022, 6, 2), date(2026, 1, 1)))

    assert 334 == len(before)
    assert "Phường Đa Kao, Quận 1, Thành phố Hồ Chí Minh" == before["26737"]
    assert "Phường Tân Định, Thành phố Hồ Chí Minh" == after["26737"]
    assert "760" not in after
    assert len(after) < 168


def test_an_entry_of_the_night_stands_in_a_book_of_its_day() -> None:
    """A child registered on 1 July 2025 has the code of the new commune, although its parents' elder child has the old."""
    places, units = read_places(REFERENCE / "units.csv"), read_units(REFERENCE)
    old = [unit.code for unit in units.on(date(2025, 6, 30), "commune") if unit.code in places.eras[-2].codes]

    assert len(old) > 200
    for day in (date(2025, 6, 30), date(2025, 7, 1)):
        for code in old:
            assert isinstance(units.at(places.office_then(code, number_of(day)), day), Unit)


def test_the_districts_answer_for_a_week_more() -> None:
    """What was entered on the last day can be read after it."""
    places = read_places(REFERENCE / "units.csv")

    assert 22 == len(districts_on(datetime.fromisoformat("2025-07-07T23:59:00"), places))
    assert not districts_on(datetime.fromisoformat("2025-07-08T00:00:00"), places)


def test_no_district_is_served_after_the_reform(city: City) -> None:
    """The credentials of the registry and of the population database are all that is asked for."""
    assert not districts_on(REFORMED, city.places)
    wsdl = REFERENCE.parent / "systems" / "moj-registry" / "registry.wsdl"
    secrets = {
        "population-db": {},
        "moj-registry": {"username": "hub", "password": "x", "app_name": "motlan", "partner_code": "H29"},
    }

    assert twin_app(city, credentials=secrets, reference=REFERENCE, wsdl=wsdl, clock=Clock(REFORMED))
