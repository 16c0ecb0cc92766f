"""A reading that died is gone on with behind its last merged batch, and never read whole again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from connectors.errors import Unreachable
from connectors.interface import Page, Position, Window
from hub.core.errors import Fenced, StreamBusy
from hub.load import stream_state
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from tests.hub.conftest import ListSource, record

OVERLAP = timedelta(minutes=15)
PAGES = [[record(f"{number}", f"2022060{number}080000", TrangThai="1")] for number in range(1, 7)]
"""Six days, a record each."""


@dataclass
class Flaky(ListSource):
    """Serves what lies in the window, and breaks off behind some pages."""

    left: list[int] = field(default_factory=list)
    """For each reading to come, the pages after which it breaks off; then it holds."""

    def pages(self, window: Window) -> Iterator[Page]:
        left = self.left.pop(0) if self.left else None
        for number, page in enumerate(super().pages(window)):
            assert page.end is not None
            if (window.since is not None and page.end < window.since) or (
                window.until is not None and page.end.changed_at > window.until
            ):
                continue
            if number == left:
                raise Unreachable("the line broke")
            yield page


@pytest.fixture
def source() -> Flaky:
    return Flaky(PAGES)


@pytest.fixture
def daily(exchange: Exchange) -> Exchange:
    """A batch a day."""
    return replace(exchange, batch_records=1)


def day(number: int) -> Position:
    """Where the record of a day stands, the overlap taken off."""
    return Position(datetime(2022, 6, number, 1, tzinfo=UTC) - OVERLAP)


def died(exchange: Exchange, *arguments: object, **named: object) -> None:
    with pytest.raises(Unreachable):
        exchange.sync(*arguments, **named)  # type: ignore[arg-type]


def runs(engine: sa.Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                sa.text("select id, epoch, ended_at is not null from hub.run order by started_at, epoch")
            )
        ]


def test_a_first_reading_goes_on_from_the_position(daily: Exchange, source: Flaky) -> None:
    """What was merged moved the position, batch by batch."""
    source.left = [3]
    died(daily)
    _, counts = daily.sync()

    assert source.asked == [Window(), Window(day(3))]
    assert counts["paper"] == Counts(received=4, accepted=3, unchanged=1)


def test_the_next_try_of_a_request_goes_on_with_its_run(daily: Exchange, source: Flaky, engine: sa.Engine) -> None:
    """A full reading began anew with each try: a register that takes longer than the line holds was never read to its end."""
    daily.sync()
    source.left = [2, 3]
    died(daily, mode="full", request="night")
    died(daily, mode="full", request="night")
    run, counts = daily.sync(mode="full", request="night")

    assert source.asked[1:] == [Window(), Window(day(2)), Window(day(3))]
    assert runs(engine)[1:] == [(run.id, 4, True)]
    assert counts["paper"] == Counts(received=2 + 2 + 4, unchanged=8)  # of all tries: the overlap is received again


def test_days_that_are_read_again_stay_those_days(daily: Exchange, source: Flaky, engine: sa.Engine) -> None:
    window = Window(day(2), datetime(2022, 6, 4, 16, tzinfo=UTC))
    source.left = [3]
    died(daily, window, "window", request="repair")
    _, counts = daily.sync(window, "window", request="repair")

    assert source.asked == [window, replace(window, since=day(3))]
    assert counts["paper"] == Counts(received=4, accepted=3, unchanged=1)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select position from hub.stream")) is None


def test_a_batch_that_the_dead_had_not_merged_is_read_again(daily: Exchange, source: Flaky, engine: sa.Engine) -> None:
    """It was landed and staged, no more: its stage is cleared, its records come once."""
    run, _ = daily.begin(None, "full", "night")
    landed = daily.fetched(run)
    first, _ = next(landed)
    daily.merge(run, first, daily.validator(run, first))
    daily.validator(run, next(landed)[0])
    again, counts = daily.sync(mode="full", request="night")

    assert (again.id, again.epoch) == (run.id, 2)
    assert source.asked == [Window(), Window(day(1))]
    assert counts["paper"] == Counts(received=7, accepted=6, unchanged=1)
    with engine.connect() as connection:
        assert connection.execute(sa.text("select tablename from pg_tables where schemaname = 'stage'")).all() == []
        assert connection.scalar(sa.text("select count(distinct number) from hub.batch where state = 'applied'")) == 7


def test_a_try_that_was_taken_over_can_neither_commit_nor_end_the_run(
    daily: Exchange, source: Flaky, engine: sa.Engine
) -> None:
    """Two tries of one Airflow task, the older asleep: it is the same run, and its epoch is not."""
    slow, _ = daily.begin(None, "full", "night")
    first, _ = next(daily.fetched(slow))
    staged = daily.validator(slow, first)
    newer, _ = daily.begin(None, "full", "night")

    with pytest.raises(Fenced):
        daily.merge(slow, first, staged)
    daily.finish(slow)

    assert runs(engine) == [(newer.id, 2, False)]


def test_what_nobody_named_begins_anew(daily: Exchange, source: Flaky, engine: sa.Engine) -> None:
    """Whoever types --full twice wants everything, twice."""
    source.left = [2]
    died(daily, mode="full")
    daily.sync(mode="full")

    assert source.asked == [Window(), Window()]
    assert len({run for run, *_ in runs(engine)}) == 2


def test_another_request_and_one_that_came_to_its_end_begin_anew(
    daily: Exchange, source: Flaky, engine: sa.Engine
) -> None:
    """A task that somebody clears is asked for once more, whole."""
    source.left = [2]
    died(daily, mode="full", request="night")
    daily.sync(mode="full", request="morning")
    daily.sync(mode="full", request="morning")

    assert source.asked == [Window()] * 3
    assert len({run for run, *_ in runs(engine)}) == 3


def test_the_next_try_does_not_wait_for_one_that_froze(
    daily: Exchange, source: Flaky, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose machine fell off the net kept its session, and with it the stream, for as long as TCP believes in it: two hours."""
    monkeypatch.setattr(stream_state, "PATIENCE_S", 0.2)
    with stream_state.exclusive(engine, daily.stream):
        daily.begin(None, "full", "night")
        with pytest.raises(StreamBusy):
            daily.sync(mode="full", request="morning")
        run, counts = daily.sync(mode="full", request="night")

    assert runs(engine) == [(run.id, 2, True)]
    assert counts["paper"].accepted == 6
