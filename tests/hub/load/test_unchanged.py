"""Records that came before unchanged are neither judged nor staged again."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from hub.load.counts import Counts
from hub.load.exchange import Exchange

from .judging import AT, LATER, again, due, same
from .observed import statements


def test_what_came_before_is_not_judged_again(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Of a page read again, only the changed, the new and the quarantined record go through the rules; the equation holds."""
    page = [record(f"A{i}", AT, TrangThai="1") for i in range(10)] + [record("bad", AT, TrangThai="9")]
    source.served = [page]
    lone.sync(mode="full")
    source.served = [[page[0] | {"NgayCapNhat": LATER, "TrangThai": "2"}, *page[1:], record("B", AT, TrangThai="1")]]

    staged = again(lone)
    with engine.connect() as connection:
        judged = (
            connection.execute(sa.text(f'select _key from stage."{staged.tables["paper"]}" order by 1')).scalars().all()
        )
    _, counts = lone.sync(mode="full")

    assert staged.unchanged
    assert staged.unchanged.count == 9
    assert judged == ["A0", "B", "bad"]
    assert counts["paper"] == Counts(received=12, accepted=2, unchanged=9, quarantined=1)


def test_a_reading_that_brings_nothing_new_stages_nothing(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """A nightly reading made and dropped a table for each of its batches, for no row."""
    source.served = [[record("A", AT, TrangThai="1")], [record("B", AT, TrangThai="1")]]
    lone.sync(mode="full")
    with statements(engine) as heard:
        _, counts = lone.sync(mode="full")

    assert counts["paper"] == Counts(received=2, unchanged=2)
    assert not [s for s in heard if s.startswith("create")]


def test_stage_holds_nothing_afterwards(lone: Exchange, source, engine: sa.Engine, record) -> None:
    source.served = [[record("A", AT, TrangThai="1"), record("B", AT, TrangThai="9")]]
    lone.sync(mode="full")
    lone.sync(mode="full")

    with engine.connect() as connection:
        assert (
            []
            == connection.execute(sa.text("select tablename from pg_tables where schemaname = 'stage'")).scalars().all()
        )


def test_another_rule_or_list_makes_all_records_be_judged_again(lone: Exchange, source, record) -> None:
    """When the verdict might be another one today, every record is judged again, once."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    changed = replace(lone, validator=replace(lone.validator, lists={"units": frozenset({"760"})}))

    assert same(again(lone)) == 1
    assert same(again(changed)) == 0
    changed.sync(mode="full")
    assert same(again(changed)) == 1


def test_a_replay_and_the_declared_suite_judge_all(lone: Exchange, source, record) -> None:
    """Where somebody asked for a judgement, or the suite counts along, no record is passed over."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    run, _ = lone.begin(None, "replay", None)
    [(batch, _)] = lone.landed_before(run, None, None)
    assert same(lone.validator(run, batch)) == 0

    source.served = [[*source.served[0], record("B", AT, TrangThai="1")]]
    assert same(again(replace(lone, validator=due(lone.validator)))) == 0


def test_a_replay_into_an_empty_warehouse_goes_past_the_stage(
    lone: Exchange, source, engine: sa.Engine, record
) -> None:
    """A warehouse that was lost is loaded again from the landing as fast as from the source."""
    source.served = [[record("A", AT), record("B", AT), record("C", AT, TrangThai="9")]]
    lone.sync(mode="full")
    with engine.begin() as connection:
        connection.execute(sa.text("truncate warehouse.paper"))
    with statements(engine) as heard:
        _, counts = lone.replay(None, None)

    assert counts["paper"] == Counts(received=3, accepted=2, quarantined=1)
    assert not [s for s in heard if "create unlogged" in s]


def test_a_key_that_cannot_be_asked_for_stops_nothing(lone: Exchange, source, record) -> None:
    """U+0000, the separator and nothing at all in a key, in the first reading and in the next."""
    source.served = [[record(key, AT, TrangThai="1") for key in ("A\0", "B\x1fC", "B")]]

    assert lone.sync(mode="full")[1]["paper"] == Counts(received=3, accepted=3)
    assert lone.sync(mode="full")[1]["paper"] == Counts(received=3, unchanged=3)


def test_the_declared_suite_does_not_look_at_a_batch_in_which_nothing_has_changed(
    lone: Exchange, source, record
) -> None:
    """It has seen every record of it; a stage of all of them was built for it at each poll."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    staged = again(replace(lone, validator=due(lone.validator)))

    assert same(staged) == 1
    assert staged.direct


def test_what_changed_meanwhile_is_judged_in_full(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """A batch that is unchanged when it is looked at, and behind one that changes its record: nothing is counted on trust."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    run, _ = lone.begin(None, "full", None)
    source.served = [[record("A", LATER, TrangThai="2")], [record("A", AT, TrangThai="1")]]
    first, second = [(batch, lone.validator(run, batch)) for batch, _ in lone.fetched(run)]
    assert second[1].unchanged
    assert second[1].unchanged.count == 1

    assert lone.merge(run, *first)["paper"] == Counts(received=1, accepted=1)
    assert lone.merge(run, *second)["paper"] == Counts(received=1, outdated=1)
