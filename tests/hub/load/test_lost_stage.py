"""What a crash of the database or an overtaken run leaves: no verdict, and nothing that waits for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.core.errors import Fenced, StageLost
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from quality.interface import Gate
from tests.hub.conftest import UngatedValidator

from .interruptions import interrupted, overtake
from .judging import staging
from .observed import rows

STAGE = "select tablename from pg_tables where schemaname = 'stage' order by 1"


def emptied(engine: sa.Engine) -> None:
    """What recovery does to unlogged tables."""
    for (name,) in rows(engine, STAGE):
        with engine.begin() as connection:
            connection.execute(sa.text(f'truncate stage."{name}"'))


def test_an_emptied_stage_is_staged_again(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """The merge took it for a verdict: all terms 0, Unbalanced, exit 4."""
    source.served = [[record("A", "20220601080000", [("x", "1")], TrangThai="9"), record("B", "20220601080000")]]
    crashing = interrupted(staging(exchange), "batch.judged", lambda: emptied(engine), [])

    _, counts = crashing.sync()

    assert counts["paper"] == Counts(received=2, accepted=1, quarantined=1)
    assert rows(engine, STAGE) == []


def test_the_suite_is_asked_again_when_the_stage_was_emptied(exchange: Exchange, source, engine, record) -> None:
    """It said that the engines disagree, 1 by row and 0 in SQL, and an honest batch was held."""
    source.served = [[record("A", "20220601080000", TrangThai="9")]]
    asked: list[str] = []

    class Crashing(UngatedValidator):
        def suite_is_due(self, run, batch):  # type: ignore[no-untyped-def]
            return "sample"

        def run_suite(self, run, staged, failed) -> Gate:  # type: ignore[no-untyped-def,override]
            asked.append("suite")
            if len(asked) == 1:
                emptied(engine)
                return Gate({}, (), 0.0, ("paper/TrangThai.code: 1 by row, 0 in SQL",))
            return Gate({}, (), 0.0)

    j = exchange.validator
    judge = Crashing(j.source, j.contract, j.engine, j.landing, j.keys, j.lists, j.gate_share)

    _, counts = replace(exchange, validator=judge).sync()

    assert counts["paper"].quarantined == 1
    assert len(asked) == 2


def test_a_stage_that_is_lost_again_and_again_is_an_error_that_waiting_heals(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """A database that crashes all the time is not worked around for ever, and the next run begins anew."""
    source.served = [[record("A", "20220601080000")]]

    def hear(event: str, _: object) -> None:
        if event == "batch.judged":
            emptied(engine)

    broken = staging(exchange)
    broken = replace(broken, on_event=hear, validator=replace(broken.validator, on_event=hear), ahead=0)
    with pytest.raises(StageLost):
        broken.sync()

    assert exchange.sync()[1]["paper"] == Counts(received=1, accepted=1)
    assert rows(engine, STAGE) == []


def test_an_overtaken_run_notes_no_batch(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Resumed after another run had finished, it landed three batches that waited for ever, and made stage tables."""
    source.served = [[record("A", "20220601080000")], [record("B", "20220601090000")]]
    slow = interrupted(replace(exchange, batch_records=1), "batch.landed", lambda: overtake(exchange), [])

    with pytest.raises(Fenced):
        slow.sync()

    assert rows(engine, "select state from hub.batch where state in ('landed', 'staged')") == []
    exchange.sync()
    assert rows(engine, STAGE) == []


def test_a_run_whose_session_was_ended_says_that_it_was_overtaken(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """It ended with 70 or 75 for its lost session, and who looked at it repaired what was well."""
    source.served = [[record("A", "20220601080000")]]

    def ended(*_: object) -> None:
        overtake(exchange)
        with engine.begin() as connection:
            connection.execute(sa.text("select pg_terminate_backend(pg_backend_pid())"))

    slow = interrupted(exchange, "batch.judged", ended, [])
    with pytest.raises(Fenced, match="taken over"):
        slow.sync()
