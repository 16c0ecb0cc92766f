"""An answer that came before, whose rows nothing has changed since, is neither parsed nor judged again."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.interface import Window
from hub.load import batches, stream_state
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.operations.reference_merge import ReferenceMerge, staged_again

from .judging import AT, LATER
from .observed import rows, statements


class Reading:
    """Counts the pages that a source is asked to parse."""

    def __init__(self, exchange: Exchange, monkeypatch) -> None:
        self.pages = 0
        source = exchange.validator.source
        parse = source.records

        def counted(body: bytes, media_type: str):
            self.pages += 1
            return parse(body, media_type)

        monkeypatch.setattr(source, "records", counted)

    def during(self, exchange: Exchange, mode: str = "live") -> tuple[int, object]:
        before = self.pages
        _, counts = exchange.sync(mode=mode)
        return self.pages - before, counts


def test_a_poll_that_finds_nothing_new_ends_after_its_question(exchange: Exchange, source, record, monkeypatch) -> None:
    """It took seconds of CPU to parse, judge and stage what was judged a minute ago; its terms are the same ones."""
    source.served = [
        [
            record("A", AT, [("x", "1"), ("y", "no number")], TrangThai="1"),
            record("A", AT, [("x", "1")], TrangThai="1"),
            record("B", AT, TrangThai="9"),
        ]
    ]
    reading = Reading(exchange, monkeypatch)
    first, _ = reading.during(exchange)
    second, counted = reading.during(exchange)
    with statements(exchange.engine) as heard:
        third, repeated = reading.during(exchange)

    assert (first, second, third) == (1, 1, 0)  # a record that comes twice: its first answer is not remembered
    assert counted == repeated
    assert repeated["paper"] == Counts(received=3, unchanged=1, duplicate=1, quarantined=1)
    assert not [s for s in heard if "stage." in s or "create" in s]


def test_what_people_see_of_it_goes_on(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Cases are seen again, the ledger has its row, position and freshness move, the chain of batches goes on."""
    source.served = [[record("A", AT, TrangThai="1"), record("B", AT, [("x", "no number")], TrangThai="9")]]
    for _ in range(4):
        run, _ = exchange.sync()

    assert rows(engine, 'select record_key, seen from hub."case" order by 1') == [("B", 4), ("B|x", 4)]
    assert rows(engine, "select count(*) from hub.ledger where dataset = 'paper' and received = 2") == [(4,)]
    newest = rows(
        engine,
        "select b.run, b.previous is not null, b.verdict is not null from hub.batch b join hub.stream s on s.last_batch = b.id",
    )
    assert newest == [(run.id, True, True)]
    assert rows(engine, 'select count(*) from hub."case" c join hub.stream s on s.last_batch = c.last_batch') == [(2,)]


def test_an_answer_counts_only_until_a_row_changes(lone: Exchange, source, record, monkeypatch) -> None:
    """The same bytes after a change are an older version of the record."""
    old = [[record("A", AT, TrangThai="1")]]
    for source.served in (old, old, [[record("A", LATER, TrangThai="2")]]):
        lone.sync()
    source.served = old
    read, counts = Reading(lone, monkeypatch).during(lone)

    assert (read, counts["paper"]) == (1, Counts(received=1, outdated=1))


def test_a_newer_change_time_of_the_same_content_is_a_change(lone: Exchange, source, record, monkeypatch) -> None:
    """The row's version moves, so the batch before it does not count as the present state."""
    older, newer = ([[record("A", at, TrangThai="1")]] for at in (AT, LATER))
    for source.served in (older, older, newer):
        lone.sync()
    source.served = older
    read, counts = Reading(lone, monkeypatch).during(lone)

    assert (read, counts["paper"]) == (1, Counts(received=1, outdated=1))


def test_another_rule_list_or_file_of_the_deployment_has_it_judged_again(
    lone: Exchange, source, record, monkeypatch
) -> None:
    source.served = [[record("A", AT, TrangThai="1")]]
    reading = Reading(lone, monkeypatch)
    for _ in range(3):
        lone.sync()
    other_list = replace(lone, validator=replace(lone.validator, lists={"units": frozenset({"760"})}))
    other_file = replace(lone, reading=b"another mapping")

    assert [reading.during(each)[0] for each in (lone, other_list, lone, other_file)] == [0, 1, 1, 1]


def test_a_replay_judges_every_batch(lone: Exchange, source, record, monkeypatch) -> None:
    """It is asked for in order to judge again."""
    source.served = [[record("A", AT, TrangThai="1")]]
    for _ in range(3):
        lone.sync()

    reading = Reading(lone, monkeypatch)
    lone.replay(None, None)

    assert reading.pages > 0


def test_what_changes_while_a_repetition_waits_is_judged(lone: Exchange, source, record) -> None:
    """A run's first batch changes the record that its second repeats: the second is an older version by then."""
    old = [[record("A", AT, TrangThai="1")]]
    for source.served in (old, old, [[record("A", LATER, TrangThai="2")], *old]):
        _, counts = lone.sync(mode="full")

    assert counts["paper"] == Counts(received=2, accepted=1, outdated=1)


def test_an_overlap_of_several_batches(lone: Exchange, source, record, monkeypatch) -> None:
    """Each of them is known, though another one of them was the stream's last."""
    source.served = [[record(key, AT, TrangThai="1")] for key in "ABC"]
    reading = Reading(lone, monkeypatch)

    assert [reading.during(lone)[0] for _ in range(3)] == [3, 0, 0]


def test_a_full_reading_parses_only_what_has_changed_since(lone: Exchange, source, record, monkeypatch) -> None:
    """A nightly dump of a register brings millions of records, of which a few have changed.

    Once only an answer after which no row at all had changed was recognised: one changed record, and everything was
    parsed, hashed and looked up again.
    """
    pages = [[record(key, AT, TrangThai="1") for key in keys] for keys in ("AB", "CD", "EF", "GH")]
    source.served = pages
    reading = Reading(lone, monkeypatch)
    reading.during(lone, "full")
    source.served = [*pages[:1], [record("C", AT, TrangThai="1"), record("D", LATER, TrangThai="2")], *pages[2:]]

    read, counts = reading.during(lone, "full")

    assert (read, counts["paper"]) == (1, Counts(received=8, accepted=1, unchanged=7))
    assert reading.during(lone, "full")[0] == 0
    source.served = pages
    read, counts = reading.during(lone, "full")
    assert (read, counts["paper"]) == (1, Counts(received=8, unchanged=7, outdated=1))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_newest_of_two_versions_of_one_content_stays(
    exchange: Exchange, source, engine: sa.Engine, record, order: tuple[int, int]
) -> None:
    """Once any of the two was taken: the file stood at the older time, with the hash of its older answer, while its papers
    had left with the newer one. So the older answer counted as unchanged, papers included, which were not here.
    """
    source.served = [[record("A", AT, [("x", "1"), ("y", "?")], TrangThai="1")]]
    exchange.sync()
    older, newer = record("A", AT, [("x", "1")], TrangThai="1"), record("A", LATER, TrangThai="1")
    source.served = [[(older, newer)[at] for at in order]]
    exchange.sync(mode="full")
    source.served = [[older]]

    _, counts = exchange.sync(mode="full")

    assert rows(engine, "select _version = cast('2022-06-01T02:00Z' as timestamptz) from warehouse.paper") == [(True,)]
    assert counts == {"paper": Counts(received=1, outdated=1), "paper_part": Counts(received=1, outdated=1)}


PAGES = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from("ABC"),
            st.sampled_from([AT, LATER]),
            st.sampled_from(["1", "2", "9"]),
            st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from(["1", "2", "?"])), max_size=2),
        ),
        min_size=1,
        max_size=3,
    ),
    min_size=1,
    max_size=3,
)


def test_every_term_is_that_of_a_plain_merge(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Three answers in any order and repetition: no term of the ledger differs from a merge that remembers nothing."""
    exchange = replace(exchange, batch_records=1)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(PAGES, PAGES, PAGES), st.lists(st.sampled_from(range(3)), min_size=2, max_size=7))
    def sequence(answers, order) -> None:
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    "truncate warehouse.paper, history.paper, warehouse.paper_part, history.paper_part, hub.finding,"
                    ' hub."case", hub.ledger, hub.batch_page, hub.batch, hub.run, hub.landing, hub.stream cascade'
                )
            )
            stream_state.register(connection, "test.paper", "test", "paper")
        replica = ReferenceMerge(exchange.contract)
        for drawn in order:
            source.served = [
                [record(key, at, parts, TrangThai=state) for key, at, state, parts in page] for page in answers[drawn]
            ]
            run, counts = exchange.sync(Window(), "full")
            with engine.connect() as connection:
                applied = batches.of_run(connection, run, "applied")
            terms = [replica.apply(staged_again(exchange.validator, batch)) for batch in applied]
            counted = {name: sum((each[name] for each in terms), Counts()) for name in counts}
            assert counts == counted

    sequence()
