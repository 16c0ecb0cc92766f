"""Service levels: a promise is a value that something keeps, or it is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.load import load_contracts
from contracts.service_level import Frequency, ServiceLevel, fault, service_level

GIVEN = {"latency": "24 h", "frequency": "1 d", "retention": "permanent"}


def test_promises_become_values() -> None:
    """Everything that expected deliveries are reckoned from."""
    promised = {**GIVEN, "latency": "90 min", "completeness": "99.5 percent", "calendar": "working days"}
    expected = ServiceLevel(Frequency(1, "d"), timedelta(minutes=90), 99.5, working_days=True)
    assert expected == service_level(promised)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("15 min", Frequency(15, "min")),
        ("6 h", Frequency(360, "min")),
        ("1 w", Frequency(1, "w")),
        ("3 m", Frequency(3, "m")),
        ("1 y", Frequency(1, "y")),
    ],
)
def test_a_frequency_says_on_which_day_something_is_due(said: str, expected: Frequency) -> None:
    """Parts of a day divide it; months divide a year."""
    level = service_level({**GIVEN, "frequency": said})
    assert level is not None
    assert expected == level.frequency


@pytest.mark.parametrize("said", ["7 min", "24 h", "2 d", "5 m", "2 y", "1.5 h", "30 s", "banana", "0 d"])
def test_a_frequency_that_names_no_day_is_refused(said: str) -> None:
    """Every second day: nobody could tell of today whether something is due."""
    assert fault("frequency", said)
    assert service_level({**GIVEN, "frequency": said}) is None


def test_a_term_of_years_is_refused() -> None:
    """Nothing erases by a clock: once `5 y` passed the lint, and every record stayed for ever."""
    wrong = fault("retention", "5 y")
    assert wrong is not None
    assert "Nothing erases by a clock" in wrong[1]
    assert fault("retention", "permanent") is None


def test_every_shipped_contract_has_promises_that_are_kept() -> None:
    """No stream of a shipped contract is left out of `hub missing` in silence."""
    assert [] == [c.name for c in load_contracts().values() if service_level(c.service_level) is None]
