"""Which office may ask for which unit, and that denied looks like missing. All people are synthetic."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.answers.ministry.codes import MinistryRefusal, State
from hub.answers.ministry.judged import NEITHER
from tests.hub.registers import LAN, NOW

from .asking import (
    JUSTICE,
    NOBODY,
    QUAN_1,
    THE_MINISTRY,
    by_number,
    office,
    rows,
    rule_grants,
)


@pytest.mark.parametrize(
    ("caller", "unit"), [(THE_MINISTRY, "1"), (office("000.00.28.H29"), QUAN_1), (office("999.00.00.H29"), JUSTICE)]
)
def test_no_such_office_or_not_the_caller_s(service, caller, unit) -> None:
    with pytest.raises(MinistryRefusal, match="106"):
        service.register(caller, unit, "BS", "H-1", by_number())


def test_an_office_may_ask_by_itself(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(office(), QUAN_1, "BS", "H-1", by_number())
    assert service.state(office(), QUAN_1, "H-1")[0] is State.DONE


def test_offices_are_those_of_the_day(put, service) -> None:
    """Who answers for a unit was read once, on the day of the first question, and held for as long as the service ran."""
    put("birth", "1", **LAN)
    service.service.hub.scenario.now = lambda: NOW.replace(year=2025, month=7)
    with pytest.raises(MinistryRefusal, match="106"):
        service.register(office(), QUAN_1, "BS", "H-1", by_number())
    service.service.hub.scenario.now = lambda: NOW
    service.register(office(), QUAN_1, "BS", "H-1", by_number())


def test_denied_looks_like_missing(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number(cbsSoDDCN=NOBODY))
    rule_grants(service)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-2", by_number())
    assert (
        service.state(THE_MINISTRY, JUSTICE, "H-1")
        == service.state(THE_MINISTRY, JUSTICE, "H-2")
        == (State.REFUSED, (NEITHER,))
    )


@pytest.mark.parametrize("law", ["marital-status", "extract-anywhere@2022-01-01"])
def test_under_another_law_everything_looks_as_if_nothing_were_held(put, service, engine, law) -> None:
    put("birth", "1", **LAN)
    lawful = office()
    other = replace(lawful, legal_basis=law)
    service.register(lawful, QUAN_1, "BS", "H-0", by_number(cbsSoDDCN=NOBODY))
    missing = service.state(lawful, QUAN_1, "H-0")
    service.register(other, QUAN_1, "BS", "H-1", by_number())
    assert service.state(other, QUAN_1, "H-1") == missing == (State.REFUSED, (NEITHER,))
    service.register(lawful, QUAN_1, "BS", "H-1", by_number())  # what was refused is looked at anew
    assert service.state(lawful, QUAN_1, "H-1")[0] is State.DONE
    assert service.state(other, QUAN_1, "H-1") == missing
    for who, reference in ((lawful, "H-0"), (other, "H-1")):
        with pytest.raises(MinistryRefusal, match="200"):
            service.result(who, QUAN_1, reference)
    assert [row for row in rows(service) if row[2] == "denied"] == [
        ("000.00.16.H29", w, "denied") for w in ("extract", "status", "status", "extract")
    ]
    with engine.connect() as connection:
        assert set(connection.scalars(sa.text("select asked_under from hub.audit where outcome = 'denied'"))) == {law}


def test_the_second_wall_stands_behind_this_door_too(put, service, monkeypatch) -> None:
    """A planted fault: the rule lets everything through, for an office whose only grant is taken away from the database."""
    put("birth", "1", **LAN)
    service.service.disclosure  # noqa: B018 - grants as rows
    with service.service.hub.engine.begin() as connection:
        connection.execute(sa.text("delete from hub.granted where agency = '000.00.15.H29'"))
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    assert service.state(THE_MINISTRY, JUSTICE, "H-1") == (State.REFUSED, (NEITHER,))
    service.register(THE_MINISTRY, QUAN_1, "BS", "H-1", by_number())
    assert service.state(THE_MINISTRY, QUAN_1, "H-1")[0] is State.DONE
