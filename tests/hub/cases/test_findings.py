"""Findings: noted, looked at, and gone when the record comes without them."""

from __future__ import annotations

import pytest

from hub.cases import findings
from hub.cases.findings import FindingFilter
from hub.cases.selection import NoCaseNamed
from hub.core.errors import NotFound
from hub.load.counts import Counts

from .conftest import GOOD, LAN, Office, paper


@pytest.fixture
def found(office: Office) -> Office:
    office.sync(paper("A", number="079190000001", NgaySinh="12.05.1971"), paper("B"))
    return office


def states(office: Office) -> list[tuple[object, ...]]:
    with office.engine.connect() as connection:
        return [
            (row["record_key"], row["state"])
            for state in findings.STATES
            for row in findings.listed(connection, FindingFilter(), state=state)
        ]


def test_a_finding_is_acknowledged_once_and_stays_with_its_record(found: Office) -> None:
    """Somebody has looked; the record carries it until the source sends it without."""
    done = found.act(findings.acknowledge, FindingFilter(rule="SoDinhDanh.identity_matches_birth"), LAN)
    again = found.act(findings.acknowledge, FindingFilter(rule="SoDinhDanh.identity_matches_birth"), LAN)

    assert len(done) == 1  # type: ignore[arg-type]
    assert again == []
    assert states(found) == [("A", "acknowledged")]
    assert found.rows("select what, who, why from hub.act where finding is not null") == [
        ("acknowledged", LAN.who, LAN.why)
    ]


def test_a_delivery_without_the_contradiction_resolves_it(found: Office) -> None:
    """Once a finding stayed for ever: a record that its source had mended was never *reuse* again."""
    counts = found.sync(paper("A", "20220601090000", number=GOOD, NgaySinh="12.05.1990"))

    assert counts == Counts(received=1, accepted=1)
    assert states(found) == [("A", "resolved")]


def test_a_finding_that_comes_back_is_open_again(found: Office) -> None:
    """Who acknowledged the first has not seen the second."""
    found.act(findings.acknowledge, FindingFilter(stream="test.paper"), LAN)
    found.sync(paper("A", "20220601090000", NgaySinh="12.05.1990"))
    found.sync(paper("A", "20220601100000", NgaySinh="12.05.1971"))

    assert states(found) == [("A", "open")]


def test_an_older_version_resolves_nothing(found: Office) -> None:
    """It goes to history only: the current row still has the finding."""
    found.sync(paper("A", "20220531090000", NgaySinh="12.05.1990"), mode="live")

    assert states(found) == [("A", "open")]


def test_findings_are_counted_by_rule_unit_and_month(found: Office) -> None:
    """For the monthly talk with an office."""
    with found.engine.connect() as connection:
        [row] = findings.counts(connection, FindingFilter(month="2022-06"))
        assert findings.counts(connection, FindingFilter(month="2022-05")) == []
    assert (row["rule"], row["month"], row["open"]) == ("SoDinhDanh.identity_matches_birth", "2022-06", 1)


def test_nothing_named_is_acknowledged_by_mistake(found: Office) -> None:
    """Neither everything, nor a number that is none, nor a month that is none."""
    with pytest.raises(NoCaseNamed):
        found.act(findings.acknowledge, FindingFilter(), LAN)
    with pytest.raises(NotFound):
        found.act(findings.acknowledge, FindingFilter((999,)), LAN)
    with pytest.raises(NotFound, match="no month"):
        found.act(findings.acknowledge, FindingFilter(month="tháng 6"), LAN)
    assert states(found) == [("A", "open")]
