"""Two people act on one case at the same moment, each in a process of its own: the act happens once."""

from __future__ import annotations

import pytest

from .acting_process import at_once
from .conftest import LAN, Office


def together(office: Office, what: str, *people: str) -> list[object]:
    url = office.engine.url.render_as_string(hide_password=False)
    return at_once(url, what, office.case, people, office.now)


@pytest.mark.parametrize(
    ("what", "got", "acts"),
    [
        ("assign", [[1], []], ["assigned"]),
        ("close", [[1], []], ["closed"]),
        ("request", [[False], [True]], ["requested"]),
    ],
)
def test_an_act_of_two_processes_happens_once(faulty: Office, what: str, got: list[object], acts: list[str]) -> None:
    """The second waits for the first one's lock, and finds it done."""
    assert got == together(faulty, what, "Lan", "Minh")
    assert acts == faulty.acts()
    assert faulty.faults() == []


def test_two_signatures_at_once_put_the_waiver_in_force_once(faulty: Office) -> None:
    """Neither sees itself as the first of two."""
    assert [False, True] == together(faulty, "sign", "Lan", "Minh")
    assert ["signed", "signed", "released"] == faulty.acts()
    assert faulty.faults() == []


def test_one_person_in_two_processes_is_one_person(faulty: Office) -> None:
    """A double click is no second signature."""
    assert [False, False] == together(faulty, "sign", LAN.who, LAN.who)
    assert ["signed"] == faulty.acts()
    assert faulty.state() == "open"


def test_two_watchdogs_remind_once(faulty: Office) -> None:
    """Each asks when it likes."""
    faulty.later(6)

    assert [0, 1] == together(faulty, "tend", "a", "b")
    assert ["reminded"] == faulty.acts()
