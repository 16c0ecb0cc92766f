"""Each formula over sixty dossiers, against values computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from hub.core.errors import NotFound
from hub.indicators.figures import Figure, figures, ranked
from hub.indicators.formulas import INDICATORS, OFFERS
from hub.indicators.keeping import keep
from hub.indicators.selection import FigureSelection
from tests.hub.registers import NOW

from .conftest import BASIS, CITY
from .sixty import BY_HAND, GROUPS, HOURS

MAY = date(2022, 5, 1)


@pytest.fixture
def ask(systems: sa.Engine, sixty: Callable[[], None]) -> Callable[..., list[Figure]]:
    sixty()
    with systems.begin() as connection:
        keep(connection, BASIS, NOW)

    def ask(*ids: str, by: tuple[str, ...] = (), unit: str = "", month: date = MAY) -> list[Figure]:
        with systems.connect() as connection:
            return figures(connection, ids, FigureSelection(unit=unit, first=month, last=month, by=by), CITY, NOW)

    return ask


def test_there_are_sixty() -> None:
    """One of them was never received, and counts nowhere."""
    assert sum(group.count for group in GROUPS) == 60


def test_every_formula_gives_what_a_hand_computes(ask: Callable[..., list[Figure]]) -> None:
    """With the edges: empty channel, one supplement and two, no promised day, the very moment, deleted scans, free of charge."""
    found = {f.indicator: (f.numerator, f.denominator, f.value) for f in ask(*BY_HAND)}
    assert found == BY_HAND


def test_mean_time_leaves_out_the_citizen_s(ask: Callable[..., list[Figure]]) -> None:
    """Hours, not a share."""
    [figure] = ask("2.2")
    assert (figure.numerator, figure.denominator, figure.value) == HOURS


def test_by_unit(ask: Callable[..., list[Figure]]) -> None:
    """District 1 has 29 received, District 3 thirty; the parts sum up to the whole."""
    parts = {f.unit: (f.numerator, f.denominator) for f in ask("2.1", by=("unit",))}
    assert parts == {"760": (16, 27), "770": (30, 30)}


def test_what_has_not_ended_becomes_late_with_its_day(systems: sa.Engine, ask: Callable[..., list[Figure]]) -> None:
    """A month that is over judges by its end, however late it is asked for."""
    asked = FigureSelection(first=MAY, last=MAY)
    with systems.connect() as connection:
        early = figures(connection, ["2.1"], asked, CITY, NOW - timedelta(days=20))
        late = figures(connection, ["2.1"], asked, CITY, NOW + timedelta(days=90))
    assert [each[0].numerator for each in (early, late)] == [50, 46]


def test_without_the_input_it_is_not_invented(ask: Callable[..., list[Figure]]) -> None:
    """No stream tells complaints, and none told here what districts offer online."""
    found = {f.indicator: f for f in ask("5.4", "3.1", "3.2", "online-share", "fees-in-full")}
    assert {f.value for f in found.values()} == {None}
    assert found["3.1"].missing == OFFERS
    assert "complaints" in found["5.4"].missing


def test_the_decree_of_2026_does_not_speak_of_2022(ask: Callable[..., list[Figure]]) -> None:
    """Its figures begin with July 2026."""
    assert ask("224-on-time", "224-online") == []


def test_each_names_decision_denominator_and_age(ask: Callable[..., list[Figure]]) -> None:
    """Whoever reads a figure sees what it is of."""
    for figure in ask(*BY_HAND):
        assert figure.decision == INDICATORS[figure.indicator].decision
        assert figure.denominator is not None
        assert figure.as_of == NOW


def test_an_empty_month_is_no_zero(ask: Callable[..., list[Figure]]) -> None:
    """Nothing received: N/A, with the reason."""
    [figure] = ask("4.3", month=date(2022, 1, 1))
    assert (figure.value, figure.missing) == (None, "no dossier in the denominator")


def test_too_few_have_no_rank(ask: Callable[..., list[Figure]]) -> None:
    """Six unit-procedures of which two are large: ranks are of those with ten dossiers or more."""
    found = ranked(ask("3.3", by=("unit", "procedure")))
    assert [(f.unit, f.rank) for f in found][:2] == [("770", 1), ("760", 2)]
    assert found[-1].denominator is not None
    assert found[-1].denominator < 10
    assert found[-1].rank is None


def test_an_unknown_indicator_is_named(ask: Callable[..., list[Figure]]) -> None:
    """With those that are known."""
    with pytest.raises(NotFound, match=r"9\.9"):
        ask("9.9")
