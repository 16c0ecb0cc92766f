"""Too many bad records hold a batch; few, or known ones, are cases and hold nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from contracts.budget import Budget
from contracts.model import Effect
from hub.core.actions import Actor
from hub.core.errors import BatchHeld
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from quality.interface import Gate
from tests.hub.conftest import UngatedValidator

from .observed import rows

LAN = Actor("Lan", "Nguồn đã xác nhận: các bản ghi này đúng là sai.")
CASES = 'select count(*) from hub."case"'
POSITION = "select position ->> 'changed_at' from hub.stream"


class QuietSuite(UngatedValidator):
    """The declared suite has tests of its own; it has nothing to add here."""

    def run_suite(self, run, staged, failed) -> Gate:  # type: ignore[no-untyped-def,override]
        return Gate({}, (), 0.0)


@pytest.fixture
def budgeted(lone: Exchange) -> Exchange:
    """A stream of one table, whose contract allows 10 % bad records, and 10 while fewer than 50 are known."""
    return with_budgets(replace(lone, batch_records=1_000), Budget("paper.bad-records", Effect.QUARANTINE, 10, 10))


def with_budgets(exchange: Exchange, *budgets: Budget) -> Exchange:
    first, *others = exchange.contract.datasets
    contract = replace(exchange.contract, datasets=(replace(first, budgets=budgets), *others))
    j = exchange.validator
    judge = QuietSuite(j.source, contract, j.engine, j.landing, j.keys, j.lists, j.gate_share)
    return replace(exchange, contract=contract, validator=judge)


def papers(record, start: int, good: int, bad: int, second: int = 0):  # type: ignore[no-untyped-def]
    """Records with keys from `start`; the bad ones have a code that the contract does not know."""
    states = ["9"] * bad + ["1"] * good
    return [record(f"P{start + n}", f"202206010800{second:02}", TrangThai=each) for n, each in enumerate(states)]


def test_a_batch_of_bad_records_is_held(budgeted: Exchange, source, engine: sa.Engine, record) -> None:
    """Once 30 of 30 dossiers were quarantined and the batch was applied, exit 0, and the position went past them."""
    source.served = [papers(record, 0, 0, 30)]

    with pytest.raises(BatchHeld, match="30 of the stream's last 30 are bad, 10 may be"):
        budgeted.sync()

    assert rows(engine, "select state, gate ->> 'failed' from hub.batch") == [("held", '["paper/paper.bad-records"]')]
    assert rows(engine, CASES) == [(0,)]
    assert rows(engine, POSITION) == [(None,)]


def test_one_bad_record_in_a_batch_of_one_is_a_case(budgeted: Exchange, source, engine: sa.Engine, record) -> None:
    """A share of one record says nothing: 100 % of it are bad."""
    source.served = [papers(record, 0, 0, 1)]

    _, counts = budgeted.sync()

    assert counts["paper"] == Counts(received=1, quarantined=1)
    assert rows(engine, "select state from hub.batch") == [("applied",)]


@pytest.mark.parametrize(("good", "bad", "held"), [(39, 10, False), (38, 11, True), (45, 5, False), (44, 6, True)])
def test_the_number_holds_below_fifty_records_and_the_share_from_there(
    budgeted: Exchange, source, record, good: int, bad: int, held: bool
) -> None:
    """49 records: at most 10; 50 records: at most 5."""
    source.served = [papers(record, 0, good, bad)]
    if held:
        with pytest.raises(BatchHeld):
            budgeted.sync()
    else:
        assert budgeted.sync()[1]["paper"].quarantined == bad


def test_a_share_counts_over_the_last_thousand_records(budgeted: Exchange, source, engine, record) -> None:
    """Bad records that come a few at a time are as many as those that come at once; good ones before them help."""
    source.served = [papers(record, 0, 900, 0)]
    budgeted.sync()
    source.served = [papers(record, 1_000, 0, 90, second=1)]
    budgeted.sync()

    source.served = [papers(record, 2_000, 0, 20, second=2)]
    with pytest.raises(BatchHeld, match="110 of the stream's last 1000"):
        budgeted.sync()


def test_known_bad_records_count_once(budgeted: Exchange, source, engine: sa.Engine, record) -> None:
    """Each overlap brings them again, unchanged or with another change time: the stream would be held for ever."""
    for second in range(8):
        source.served = [papers(record, 0, 1 if second else 40, 9, second=second)]
        budgeted.sync()

    assert {state for (state,) in rows(engine, "select state from hub.batch")} == {"applied"}


def test_an_answer_that_came_before_keeps_the_budget(budgeted: Exchange, source, engine: sa.Engine, record) -> None:
    """Polls that find nothing new repeat the verdict, and count none of its bad records again."""
    source.served = [papers(record, 0, 40, 9)]
    for _ in range(12):
        budgeted.sync()
    source.served = [papers(record, 100, 60, 1, second=1)]

    assert budgeted.sync()[1]["paper"].quarantined == 1


def test_a_person_lets_the_good_records_in(budgeted: Exchange, source, engine: sa.Engine, record) -> None:
    """The bad ones are cases then, the position moves, and the same ones hold nothing afterwards."""
    source.served = [papers(record, 0, 30, 30)]
    with pytest.raises(BatchHeld):
        budgeted.sync()
    [(batch,)] = rows(engine, "select id from hub.batch")

    _, counts = budgeted.release(str(batch), LAN)

    assert counts["paper"] == Counts(received=60, accepted=30, quarantined=30)
    assert rows(engine, CASES) == [(30,)]
    assert rows(engine, POSITION) == [("2022-06-01T01:00:00+00:00",)]
    assert budgeted.sync()[1]["paper"] == Counts(received=60, unchanged=30, quarantined=30)


def test_a_held_batch_is_read_again_when_its_source_is_mended(budgeted: Exchange, source, engine, record) -> None:
    """The position stayed, so that nobody needs a full reading."""
    source.served = [papers(record, 0, 0, 30)]
    with pytest.raises(BatchHeld):
        budgeted.sync()
    source.served = [papers(record, 0, 30, 0)]

    assert budgeted.sync()[1]["paper"] == Counts(received=30, accepted=30)


def test_findings_have_a_budget_where_the_contract_says_so(lone: Exchange, source, record) -> None:
    """Severity warning: records are accepted, and too many contradictions are suspicious all the same."""
    exchange = with_budgets(replace(lone, batch_records=100), Budget("paper.findings", Effect.FINDING, 10, 2))
    doubtful = {"SoDinhDanh": "079122000001", "NgaySinh": "01.01.1990"}
    source.served = [[record(f"P{n}", "20220601080000", **doubtful) for n in range(3)]]

    with pytest.raises(BatchHeld, match="findings"):
        exchange.sync()


def other_contents(record, start: int, number: int):  # type: ignore[no-untyped-def]
    """Records of `papers`, in the same version with another content."""
    return [record(f"P{start + n}", "20220601080000", TrangThai="2") for n in range(number)]


def test_contradictory_versions_are_bad_records_too(budgeted: Exchange, source, engine: sa.Engine, record) -> None:
    """A source that changes records without their change time made a case of each, as many as it liked, and the position
    went on.
    """
    source.served = [papers(record, 0, 60, 0)]
    budgeted.sync()
    source.served = [other_contents(record, 0, 30)]

    with pytest.raises(BatchHeld, match="30 of the stream's last 90 are bad, 10 % may be"):
        budgeted.sync(mode="full")

    assert rows(engine, CASES) == [(0,)]
    assert rows(engine, "select state, gate ->> 'failed' from hub.batch order by serial desc limit 1") == [
        ("held", '["paper/paper.bad-records"]')
    ]
    assert rows(engine, "select count(*) from warehouse.paper where _disputed") == [(0,)]


def test_few_contradictory_versions_are_cases(budgeted: Exchange, source, engine: sa.Engine, record) -> None:
    """And known ones count once, in however many readings they come."""
    source.served = [papers(record, 0, 60, 0)]
    budgeted.sync()
    for _ in range(4):
        source.served = [other_contents(record, 0, 5)]
        assert budgeted.sync(mode="full")[1]["paper"] == Counts(received=5, quarantined=5)

    assert rows(engine, CASES) == [(5,)]


def test_a_person_releases_a_batch_of_contradictory_versions(
    budgeted: Exchange, source, engine: sa.Engine, record
) -> None:
    """They are cases then, and what they contradict is disputed."""
    source.served = [papers(record, 0, 60, 0)]
    budgeted.sync()
    source.served = [other_contents(record, 0, 30)]
    with pytest.raises(BatchHeld):
        budgeted.sync(mode="full")
    [(batch,)] = rows(engine, "select id from hub.batch where state = 'held'")

    _, counts = budgeted.release(str(batch), LAN)

    assert counts["paper"] == Counts(received=30, quarantined=30)
    assert rows(engine, "select count(*) from warehouse.paper where _disputed") == [(30,)]


def test_bad_and_contradictory_records_share_a_budget(budgeted: Exchange, source, engine: sa.Engine, record) -> None:
    """Neither kind alone is too many; both together are."""
    source.served = [papers(record, 0, 60, 0)]
    budgeted.sync()
    source.served = [[*other_contents(record, 0, 7), *papers(record, 500, 10, 7)]]

    with pytest.raises(BatchHeld, match="14 of the stream's last 84"):
        budgeted.sync(mode="full")
