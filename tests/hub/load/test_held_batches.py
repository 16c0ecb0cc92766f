"""A held batch, and the person who decides: on a real PostgreSQL, with a gate whose verdict the test writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa

from hub.core.actions import Actor
from hub.core.errors import BatchHeld, DatabaseRefused, EnginesDisagree, Fenced, NotFound, ReasonMissing
from hub.load import held_batches
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.validation import Validator
from quality.interface import Gate

from .observed import rows

LAN = Actor("Lan", "Nguồn đã xác nhận: đợt này đúng là trống.")
SHARE = ("paper/TrangThai.null-share",)


@dataclass(frozen=True)
class GatedJudge(Validator):
    """Great Expectations has tests of its own; here its verdict is written by the test."""

    said: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def run_suite(self, run, staged, failed) -> Gate:  # type: ignore[no-untyped-def,override]
        return Gate({}, self.said.get("failed", ()), 0.0, self.said.get("disagreements", ()))


@pytest.fixture
def gated(exchange: Exchange) -> Exchange:
    judge = exchange.validator
    return replace(
        exchange, validator=GatedJudge(judge.source, judge.contract, judge.engine, judge.landing, judge.keys, {}, 1.0)
    )


def hold(gated: Exchange, *, mode: str = "live", **said: tuple[str, ...]) -> str:
    """Sync until the gate holds a batch; its id."""
    gated.validator.said.clear()  # type: ignore[attr-defined]
    gated.validator.said.update(said or {"failed": SHARE})  # type: ignore[attr-defined]
    with pytest.raises((BatchHeld, EnginesDisagree)):
        gated.sync(mode=mode)  # type: ignore[arg-type]
    return str(rows(gated.engine, "select id from hub.batch where state = 'held' order by serial desc")[0][0])


def test_held_batch_let_through_is_merged_and_moves_the_position(
    gated: Exchange, source, engine: sa.Engine, record
) -> None:
    """Without the position the same records would be read again, and held again, for ever."""
    source.served = [[record("A", "20220601080000", [("x", "1")])]]
    batch = hold(gated)

    _, counts = gated.release(batch[:12], LAN)

    assert counts == {"paper": Counts(received=1, accepted=1), "paper_part": Counts(received=1, accepted=1)}
    assert rows(
        engine,
        "select b.state, b.id = s.last_batch, s.position ->> 'changed_at' from hub.batch b join hub.stream s on s.id = b.stream",
    ) == [("applied", True, "2022-06-01T01:00:00+00:00")]
    assert rows(engine, "select what, who, why from hub.act") == [("passed", LAN.who, LAN.why)]
    assert rows(engine, "select state, received, accepted from hub.ledger order by dataset") == [
        ("applied", 1, 1),
        ("applied", 1, 1),
    ]
    assert rows(engine, "select tablename from pg_tables where schemaname = 'stage'") == []


def test_passing_says_nothing_about_how_far_the_source_was_read(
    gated: Exchange, source, engine: sa.Engine, record
) -> None:
    """What came behind the held batch was never read: the stream must not look fresh."""
    source.served = [[record("A", "20220601080000")]]
    gated.release(hold(gated), LAN)

    assert rows(engine, "select polled_at from hub.stream") == [(None,)]
    assert rows(engine, "select count(*) from hub.run where ended_at is not null") == [(1,)]


def test_records_behind_the_held_batch_come_with_the_next_sync(
    exchange: Exchange, gated: Exchange, source, engine: sa.Engine, record
) -> None:
    """In order: the held one first, then what its reading had not reached."""
    source.served = [[record("A", "20220601080000")], [record("B", "20220601090000")]]
    batch = hold(replace(gated, batch_records=1))
    gated.release(batch, LAN)

    exchange.sync()

    assert rows(engine, "select _key from warehouse.paper order by 1") == [("A",), ("B",)]


def test_window_let_through_leaves_the_position(
    gated: Exchange, exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """What was no live reading when it was held is none afterwards."""
    source.served = [[record("A", "20220601080000")]]
    exchange.sync()
    before = rows(engine, "select position from hub.stream")
    source.served = [[record("B", "20230601080000")]]
    batch = hold(gated, mode="window")

    gated.release(batch, LAN)

    assert rows(engine, "select position from hub.stream") == before


def test_batch_that_the_stream_went_past_cannot_be_let_through(
    gated: Exchange, exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Spoilt bytes merged after the repaired ones would dispute good rows: only the next in line may pass."""
    source.served = [[record("A", "20220601080000")]]
    batch = hold(gated)
    source.served = [[record("A", "20220601080000", TrangThai="1")]]
    exchange.sync()
    before = rows(engine, "select epoch, last_batch from hub.stream")

    with pytest.raises(Fenced):
        gated.release(batch, LAN)

    assert rows(engine, "select trang_thai, _disputed from warehouse.paper") == [("1", False)]
    assert rows(engine, "select epoch, last_batch from hub.stream") == before
    assert rows(engine, "select count(*) from hub.act") == [(0,)]


def test_disagreement_of_the_engines_is_nobodys_to_excuse(gated: Exchange, source, engine: sa.Engine, record) -> None:
    """It is a defect of the hub: no reason makes the records known to be good."""
    source.served = [[record("A", "20220601080000")]]
    batch = hold(gated, disagreements=("paper",))

    with pytest.raises(BatchHeld, match="disagree"):
        gated.release(batch, LAN)

    assert rows(engine, "select state from hub.batch") == [("held",)]


def test_what_the_person_did_not_know_still_holds_the_batch(gated: Exchange, source, engine: sa.Engine, record) -> None:
    """The excuse covers the rules that had failed when it was given, and no other."""
    source.served = [[record("A", "20220601080000")]]
    batch = hold(gated)
    gated.validator.said["failed"] = (*SHARE, "paper/rows")  # type: ignore[attr-defined]

    with pytest.raises(BatchHeld, match="paper/rows failed"):
        gated.release(batch, LAN)

    assert rows(engine, "select state from hub.batch") == [("held",)]
    assert rows(engine, "select count(*) from warehouse.paper") == [(0,)]


def test_older_run_cannot_commit_beside_a_pass(
    gated: Exchange, exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Passing takes the stream over like any run: a sleeper that wakes up is fenced."""
    source.served = [[record("A", "20220601080000")]]
    batch = hold(gated)
    with engine.begin() as connection:
        sleeper, taken, excuse = held_batches.take(connection, batch, gated.contract, LAN, gated.now())
    staged = excuse.apply(gated.validator(sleeper, taken))
    exchange.sync()

    with pytest.raises(Fenced):
        gated.merge(sleeper, taken, staged)

    assert rows(engine, "select count(*) from warehouse.paper") == [(1,)]


def test_discarded_batch_is_put_away_and_its_bytes_stay(
    gated: Exchange, source, engine: sa.Engine, tmp_path, record
) -> None:
    """The ledger keeps what happened; nobody can let it through any more."""
    source.served = [[record("A", "20220601080000")]]
    batch = hold(gated)

    with engine.begin() as connection:
        held_batches.discard(connection, batch[:12], LAN, gated.now())

    assert rows(engine, "select state from hub.batch") == [("discarded",)]
    assert rows(engine, "select distinct state from hub.ledger") == [("held",)]
    assert rows(engine, "select what, who from hub.act") == [("discarded", "Lan")]
    assert rows(engine, "select tablename from pg_tables where schemaname = 'stage'") == []
    assert len(list(tmp_path.rglob("*.page"))) == 1
    with pytest.raises(NotFound, match="discarded, not held"):
        gated.release(batch, LAN)


def test_same_bytes_held_again_leave_no_stage_of_the_first_time(
    gated: Exchange, source, engine: sa.Engine, record
) -> None:
    """Each reading of a source that stays ill left three tables behind, which hub doctor then told of."""
    source.served = [[record("A", "20220601080000")]]
    hold(gated)
    hold(gated)
    hold(gated)

    assert rows(engine, "select count(*) from pg_tables where schemaname = 'stage'") == [(2,)]


@pytest.mark.parametrize("said", [("", "why"), ("Lan", " ")])
def test_decision_needs_a_name_and_a_reason(said: tuple[str, str]) -> None:
    """Nobody decides in silence."""
    with pytest.raises(ReasonMissing):
        Actor(*said)


def test_what_was_done_cannot_be_rewritten(gated: Exchange, source, engine: sa.Engine, record) -> None:
    """The database itself refuses it."""
    source.served = [[record("A", "20220601080000")]]
    gated.release(hold(gated), LAN)

    for statement in ("update hub.act set who = 'somebody'", "delete from hub.act"):
        with pytest.raises(DatabaseRefused, match="only ever appended"), engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_a_released_batch_is_no_answer_for_the_next_one(gated: Exchange, source, engine: sa.Engine, record) -> None:
    """A person answers for one batch, not for every later batch with the same pages."""
    source.served = [[record(key, "20220601080000", TrangThai=state) for key, state in (("A", "1"), ("B", "9"))]]
    gated.sync()
    source.served[0].append(record("C", "20220601080000"))
    batch = hold(gated)
    _, counts = gated.release(batch[:12], LAN)

    assert counts["paper"] == Counts(received=3, accepted=1, unchanged=1, quarantined=1)
    assert rows(engine, "select b.answer from hub.stream s join hub.batch b on b.id = s.last_batch") == [(None,)]
