"""Runs that die, sleep or are overtaken: what was merged is visible, and nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.core.errors import Fenced
from hub.load.exchange import Exchange

from .interruptions import Died, die, interrupted, overtake
from .judging import staging
from .observed import rows


def test_a_batch_is_visible_before_the_next_is_fetched_to_the_end(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """A whole window was landed before anything of it could be read: an hour's wait, and all of it again after a death."""
    seen: list[object] = []

    def served() -> Iterator[list[dict[str, object]]]:
        for number in range(20):
            yield [record(f"{number}", f"202206010800{number:02}")]
            seen.extend(rows(engine, "select count(*) from warehouse.paper")[0])

    source.served = served()
    replace(exchange, batch_records=1).sync()

    assert len(seen) == 20
    assert max(seen) >= 14  # type: ignore[type-var]


@pytest.mark.parametrize(("way", "state"), [(staging, "9"), (lambda direct: direct, "1")])
def test_overtaken_run_is_reported_so(exchange: Exchange, source, record, way, state: str) -> None:
    """A task that wakes up after another run took its stream over stops, loudly: at its stage, or at its merge."""
    source.served = [[record("A", "20220601080000", TrangThai=state)]]
    heard = list[str]()
    slow = interrupted(way(exchange), "batch.landed", lambda: overtake(exchange), heard)

    with pytest.raises(Fenced):
        slow.sync()

    assert (heard[-1], "batch.applied" in heard) == ("batch.landed", False)


def test_paused_run_is_fenced_at_its_commit(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Two runs of one stream, one paused mid-batch: only the newer epoch commits, the other writes nothing."""
    source.served = [[record("A", "20220601080000")]]
    written, heard = "select (select count(*) from hub.ledger), (select count(*) from warehouse.paper)", list[str]()
    before = list[tuple[object, ...]]()

    def overtaken() -> None:
        overtake(exchange)
        before.extend(rows(engine, written))

    with pytest.raises(Fenced):
        interrupted(exchange, "batch.judged", overtaken, heard).sync()

    assert heard == ["run.begun", "batch.landed", "batch.judged"]
    assert rows(engine, written) == before == [(2, 1)]


def test_stage_is_empty_after_a_run(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """No orphan stage tables."""
    source.served = [[record("A", "20220601080000")]]
    exchange = staging(exchange)
    stage = "select tablename from pg_tables where schemaname = 'stage'"
    with pytest.raises(Died):
        interrupted(exchange, "batch.judged", die, []).sync()
    assert rows(engine, stage) != []

    exchange.sync()

    assert rows(engine, stage) == []
