"""Trends: counts by day that are kept step by step, and what months say of units."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core.database import connect
from hub.core.deployment import Deployment, load_deployment
from hub.core.errors import NotFound
from hub.trends import comparing, keeping, reading
from hub.trends.drift import drifts
from hub.trends.reading import UnitMonth
from tests.databases import Databases
from tests.hub.cases.conftest import FAULTY, GOOD, PAPER, Office, office_of, paper
from tests.hub.conftest import CONTRACT

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LEVEL = {"latency": "24 h", "frequency": "1 d"}
CONTRACTS = {"paper": replace(CONTRACT, datasets=(PAPER,), service_level=LEVEL)}


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    """One system `test` of unit 760 with the stream of papers."""
    whole = load_deployment(Path("deployments/hcmc"))
    system = whole.systems["one-stop-760"].model_copy(update={"id": "test", "contracts": ("paper",)})
    return whole.only({"test": system})


@pytest.fixture
def office(engine: sa.Engine, tmp_path: Path) -> Office:
    return office_of(engine, tmp_path)


def counts(office: Office) -> dict[tuple[str, str, str], int]:
    """day, figure, item -> n"""
    rows = office.rows("select day, figure, item, n from hub.daily_count order by 1, 2, 3")
    return {(str(day), str(figure), str(item)): int(str(n)) for day, figure, item, n in rows}


def keep(office: Office, deployment: Deployment, *, whole: bool = False) -> int:
    return keeping.keep(office.engine, deployment, CONTRACTS, office.now, whole=whole)


def test_a_day_is_counted_by_unit(office: Office, deployment: Deployment) -> None:
    """Accepted, late, empty, by code; quarantined and why; findings and which."""
    office.sync(
        paper("A", "20220602070000", TrangThai="1", NgaySinh="12.05.1971"),
        paper("B", "20220525070000", TrangThai="1"),
        paper("C", number=FAULTY),
    )
    assert 1 == keep(office, deployment)
    found = counts(office)
    day = "2022-06-02"
    assert 2 == found[day, "accepted", ""]
    assert 1 == found[day, "late", ""]  # of B: changed on 25 May, promised within a day
    assert 1 == found[day, "empty", "NgaySinh"]
    assert 2 == found[day, "code", "TrangThai=1"]
    assert 1 == found[day, "quarantined", ""]
    assert 1 == found[day, "case", "SoDinhDanh.pattern"]
    assert 1 == found[day, "finding", "SoDinhDanh.identity_matches_birth"]
    assert [("760",)] == office.rows("select distinct unit from hub.daily_count")


def test_a_day_that_is_over_keeps_its_counts(office: Office, deployment: Deployment) -> None:
    """A record that changes later was accepted on both days; no day before today is counted again."""
    office.sync(paper("A"))
    keep(office, deployment)
    office.later(days=1)
    office.sync(paper("A", "20220603070000", TrangThai="2"))
    assert 2 == keep(office, deployment)
    assert (1, 1) == (counts(office)["2022-06-02", "accepted", ""], counts(office)["2022-06-03", "accepted", ""])
    office.later(days=1)
    assert 2 == keep(office, deployment)  # the day before, which is whole only now, and today


RECORDS = st.lists(
    st.tuples(st.sampled_from("ABCDEF"), st.sampled_from([GOOD, FAULTY]), st.sampled_from(["1", "2", ""])),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each[0],
)


@settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(days=st.lists(st.tuples(RECORDS, st.integers(0, 2)), min_size=1, max_size=4))
def test_counting_everything_again_gives_the_same(
    databases: Databases, deployment: Deployment, tmp_path_factory: pytest.TempPathFactory, days: list[object]
) -> None:
    """Whatever came on which day, with or without days between."""
    with databases.fresh() as url:
        engine = connect(url)
        office = office_of(engine, tmp_path_factory.mktemp("office"))
        for number, (records, pause) in enumerate(days):  # type: ignore[misc]
            at = (office.now - timedelta(hours=1)).astimezone(ZONE).strftime("%Y%m%d%H%M%S")
            office.sync(*(paper(id, at, number=n, **({"TrangThai": t} if t else {})) for id, n, t in records))
            keep(office, deployment)
            office.later(days=pause + (number % 2) / 4)
        keep(office, deployment)
        before = counts(office)
        keep(office, deployment, whole=True)
        assert before == counts(office)
        engine.dispose()


def test_months_league_and_reasons(office: Office, deployment: Deployment) -> None:
    """What `hub trends` shows."""
    office.sync(paper("A"), paper("B"), paper("C", number=FAULTY), paper("D", NgaySinh="12.05.1971"))
    keep(office, deployment)
    with office.engine.connect() as connection:
        [month] = reading.unit_months(connection, dataset="paper", since="2022-06", until="2022-06")
        [*why] = reading.reasons(connection, month="2022-06")
        assert [] == reading.unit_months(connection, since="2022-07")
        with pytest.raises(NotFound, match="no month"):
            reading.unit_months(connection, since="June")
        assert {} == reading.codes(connection, "test.paper", "paper", "TrangThai", "2022-06")
    assert ("760", 4, 0.75, 1) == (month.unit, month.volume, month.accepted_share, month.findings)
    assert [0.5, 1.0] == [each.cumulated for each in why]
    assert [1] == [each.place for each in reading.league([month], least=1)]
    assert [] == reading.league([month])


def month_of(unit: str, month: str, accepted: int, quarantined: int = 0, late: int = 0) -> UnitMonth:
    return UnitMonth("s.paper", "paper", unit, month, accepted, quarantined, 0, late, 0, accepted)


def test_a_unit_far_from_its_own_months_and_from_its_neighbours_drifts() -> None:
    """One of six districts halves its share of accepted records in June; the others stay as they were."""
    units = [str(unit) for unit in range(760, 766)]
    months = [month_of(unit, f"2022-0{n}", 95, 5) for unit in units for n in range(1, 6)]
    months += [month_of(unit, "2022-06", 50 if unit == "760" else 95, 50 if unit == "760" else 5) for unit in units]
    found = drifts(months, "2022-06")
    assert {("760", "accepted share", "own history"), ("760", "accepted share", "neighbours")} == {
        (each.month.unit, each.measure, each.against) for each in found
    }
    assert all(each.score < 0 for each in found)
    assert [] == drifts(months, "2022-05")


def test_few_records_or_few_months_are_no_drift() -> None:
    """A share of ten records says nothing, and three months are no history."""
    months = [month_of("760", f"2022-0{n}", 10) for n in range(1, 6)] + [month_of("760", "2022-06", 5, 5)]
    assert [] == drifts(months, "2022-06")
    months = [month_of("760", f"2022-0{n}", 100) for n in range(3, 6)] + [month_of("760", "2022-06", 50, 50)]
    assert [] == drifts(months, "2022-06")


def test_small_changes_of_units_that_never_change_are_no_drift() -> None:
    """All months alike: a MAD of zero would make anything far."""
    months = [month_of("760", f"2022-0{n}", 100) for n in range(1, 6)] + [month_of("760", "2022-06", 98, 2)]
    assert [] == drifts(months, "2022-06")


def test_two_days_side_by_side(office: Office) -> None:
    """What came, what changed, and in which field; never a value."""
    office.sync(paper("A"), paper("B"))
    office.later(days=1)
    office.sync(paper("B", "20220603070000", TrangThai="2"), paper("C", "20220603070000"), mode="live")
    with office.engine.connect() as connection:
        [found] = comparing.compare(connection, PAPER, date(2022, 6, 2), date(2022, 6, 3), ZONE)
        [back] = comparing.compare(connection, PAPER, date(2022, 6, 3), date(2022, 6, 2), ZONE)
        assert [] == comparing.compare(connection, PAPER, date(2022, 6, 1), date(2022, 6, 1), ZONE)
    assert (2, 3, 1, 0, 1, 1) == (found.one, found.other, found.added, found.left, found.changed, found.same)
    assert {"NgayCapNhat": 1, "TrangThai": 1} == dict(found.fields)
    assert (0, 1) == (back.added, back.left)
