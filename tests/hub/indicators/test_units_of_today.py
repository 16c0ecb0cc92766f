"""Figures by the units of a dossier's month, and by those of today."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import sqlalchemy as sa

from hub.core.deployment import load_deployment
from hub.indicators.city import read_city
from hub.indicators.figures import figures
from hub.indicators.selection import CityLists, FigureSelection
from hub.indicators.tables import MEASURES
from tests.hub.registers import NOW

from .sixty import P

HCMC = Path(__file__).parents[3] / "deployments" / "hcmc"


def put(engine: sa.Engine, unit: str, month: date, received: int) -> None:
    """A cell with so many dossiers, half of them online."""
    values = dict.fromkeys(MEASURES, 0) | {"received": received, "filed_online": received // 2}
    names = ", ".join(values)
    bound = ", ".join(f":{name}" for name in values)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                f"insert into hub.indicator_cell (unit, field, procedure, month, {names}) values (:unit, '', :code, :month, {bound})"
            ),
            {"unit": unit, "code": P, "month": month, **values},
        )


def by_unit(engine: sa.Engine, city: CityLists, *, today: bool) -> dict[str, tuple[int | None, int | None]]:
    with engine.connect() as connection:
        found = figures(connection, ["224-online"], FigureSelection(by=("unit",), today=today), city, NOW)
    return {each.unit: (each.numerator, each.denominator) for each in found}


def lists(today: date) -> CityLists:
    deployment = load_deployment(HCMC)
    return read_city(deployment.folder, deployment.described, today)[1]


def test_what_was_merged_counts_for_the_unit_of_today(engine: sa.Engine) -> None:
    """Quận 9 and Thủ Đức district became Thành phố Thủ Đức; by their day they stay apart."""
    for unit, month, received in (
        ("762", date(2020, 5, 1), 20),
        ("763", date(2020, 5, 1), 30),
        ("769", date(2021, 5, 1), 50),
    ):
        put(engine, unit, month, received)

    city = lists(date(2022, 6, 2))

    assert by_unit(engine, city, today=False) == {"762": (10, 20), "763": (15, 30), "769": (25, 50)}
    assert by_unit(engine, city, today=True) == {"769": (50, 100)}


def test_a_code_that_means_another_unit_since_is_not_moved(engine: sa.Engine) -> None:
    """A ward that was merged with 2025 moves; what its code counts for later would be another unit's."""
    city = lists(date(2025, 2, 1))
    merged = next(row for row in city.became if row["until"] == "2024-12-31")
    put(engine, merged["unit"], date(2024, 11, 1), 20)
    put(engine, merged["unit"], date(2025, 2, 1), 40)

    assert by_unit(engine, city, today=True) == {merged["became"]: (10, 20), merged["unit"]: (20, 40)}


def test_a_unit_that_was_divided_stays(engine: sa.Engine) -> None:
    """District 3 became several wards: no share of its dossiers is anybody's, so it keeps its code."""
    put(engine, "770", date(2025, 5, 1), 20)

    assert by_unit(engine, lists(date(2026, 7, 1)), today=True) == {"770": (10, 20)}
