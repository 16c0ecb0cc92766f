"""A replay of landed bytes leaves the warehouse and the position as they are."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.load.counts import Counts
from hub.load.exchange import Exchange

from .interruptions import Died, die, interrupted
from .observed import rows


def test_replay_of_landed_bytes_accepts_nothing_new(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Replaying history, old versions and all, leaves the warehouse as it is, and the position too."""
    source.served = [[record("A", "20220601080000", [("x", "1")], TrangThai="1")]]
    exchange.sync()
    source.served = [
        [record("A", "20220602080000", [("x", "2")], TrangThai="2"), record("B", "20220602080000", TrangThai="9")]
    ]
    exchange.sync()
    state = "select _key, _version, _hash, _known_from from warehouse.paper union all select _key, _version, _hash, _known_from from history.paper order by 1, 2"
    before, position = rows(engine, state), rows(engine, "select position from hub.stream")

    _, counts = exchange.replay(None, None)

    assert counts["paper"] == Counts(received=3, unchanged=1, outdated=1, quarantined=1)
    assert rows(engine, state) == before
    assert rows(engine, "select position from hub.stream") == position


def test_replay_leaves_out_what_only_a_held_batch_brought(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Spoilt pages that were held came back at a replay, hidden among the good ones, and disputed current rows."""
    source.served = [[record("A", "20220601080000", TrangThai="1")]]
    exchange.sync()
    source.served = [[record("A", "20220601080000")]]
    heard = list[str]()
    with pytest.raises(Died):
        interrupted(exchange, "batch.landed", die, heard).sync()
    assert heard == ["run.begun", "batch.landed"]
    assert rows(engine, "select number from hub.batch where epoch = 2") == [(1,)]

    _, counts = exchange.replay(None, None)

    assert counts["paper"] == Counts(received=1, unchanged=1)
    assert rows(engine, "select _disputed from warehouse.paper") == [(False,)]
