"""A record that cannot be read costs itself, and nothing beside it or before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import msgspec
import polars as pl
import pytest
import sqlalchemy as sa

from connectors.errors import Malformed
from connectors.interface import Page, RecordRefusal, Window
from connectors.refusals import with_refusals
from hub.load import batches
from hub.load.batches import Batch
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.operations.reference_merge import ReferenceMerge, staged_again
from tests.hub.conftest import ListSource

from .observed import rows


class UnreadableSource(ListSource):
    """Records with a field `bad` cannot be read; of those with `key`, key and change time are sure."""

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        frames = dict(super().records(body, media_type))
        received = msgspec.json.decode(body)
        refused = {
            at: RecordRefusal(str(each["bad"]).encode(), "TrangThai", "a number for a text")
            for at, each in enumerate(received)
            if "bad" in each
        }
        frame = frames["paper"].with_row_index("at")
        for at, each in enumerate(received):
            if "bad" in each:
                keep = ("at", "MaHoSo", "NgayCapNhat") if "key" in each else ("at",)
                frame = frame.with_columns(
                    pl.when(pl.col("at") != at).then(pl.col(name)).alias(name)
                    for name in frame.columns
                    if name not in keep
                )
        frames["paper"] = with_refusals(frame.drop("at"), refused)
        return frames


class BrokenOffSource(ListSource):
    """Its last page cannot be had."""

    def pages(self, window: Window) -> Iterator[Page]:
        yield from super().pages(window)
        raise Malformed("the page after these is no page")


@pytest.fixture
def source() -> UnreadableSource:
    return UnreadableSource()


def test_an_unreadable_record_is_a_case_and_the_others_go_in(exchange: Exchange, source, engine, record) -> None:
    """Once one bad field of one record kept all 145 records of its register out, in every run, and left no case."""
    source.served = [
        [record("A", "20220601080000"), record("B", "20220601080001", bad="x"), record("C", "20220601080002")],
        [record("D", "20220601080003")],
    ]

    run, counts = exchange.sync()

    assert counts["paper"] == Counts(received=4, accepted=3, quarantined=1)
    assert rows(engine, 'select record_key, rules, detail, record from hub."case"') == [
        (None, ["record.unreadable"], "TrangThai: a number for a text", 2)
    ]
    assert rows(engine, "select _key from warehouse.paper order by 1") == [("A",), ("C",), ("D",)]
    assert run.mode == "live"
    assert _counted_again(exchange, engine) == counts


def test_unreadable_records_are_distinguished_by_their_bytes(exchange: Exchange, source, engine, record) -> None:
    """Of two unreadable records nothing is known, and yet they are two; each read again is the same case."""
    page = [record("A", "20220601080000"), *(record("B", "20220601080001", bad=bad) for bad in ("x", "y", "y"))]
    source.served = [page]
    exchange.sync()

    _, counts = exchange.sync(mode="full")

    assert counts["paper"] == Counts(received=4, unchanged=1, duplicate=1, quarantined=2)
    assert rows(engine, 'select seen from hub."case"') == [(2,), (2,)]


def test_what_is_known_of_an_unreadable_record_is_not_taken_for_the_record(lone: Exchange, source, engine, record):
    """Its key and change time alone may be all that an accepted record has: it must not count as unchanged."""
    source.served = [[record("A", "20220601080000")]]
    lone.sync()
    source.served = [[record("A", "20220601080000", bad="x", key="y"), record("B", "20220601080000")]]

    _, counts = lone.sync(mode="full")

    assert counts["paper"] == Counts(received=2, accepted=1, quarantined=1)
    assert rows(engine, 'select record_key, rules from hub."case"') == [("A", ["record.unreadable"])]


def test_whole_pages_before_an_error_come_in(exchange: Exchange, engine: sa.Engine, record) -> None:
    """Once good pages that did not yet fill a batch were dropped with the page that could not be read."""
    broken = BrokenOffSource([[record("A", "20220601080000")], [record("B", "20220601090000")]])
    exchange = replace(exchange, source=broken, validator=replace(exchange.validator, source=broken))

    with pytest.raises(Malformed):
        exchange.sync()

    assert rows(engine, "select _key from warehouse.paper order by 1") == [("A",), ("B",)]
    assert rows(engine, "select position->>'changed_at' from hub.stream") == [("2022-06-01T02:00:00+00:00",)]


def _counted_again(exchange: Exchange, engine: sa.Engine) -> Mapping[str, Counts]:
    with engine.connect() as connection:
        only = connection.execute(sa.text("select id, serial, number from hub.batch")).one()
        batch = Batch(only.id, only.serial, only.number, None, None, None, batches.pages_of(connection, only.id))
    return ReferenceMerge(exchange.contract).apply(staged_again(exchange.validator, batch))
