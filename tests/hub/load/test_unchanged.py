"""Records that came before exactly so are not judged again, and nothing that anyone can count differs by it."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.interface import Window
from hub.load import batches, stream_state
from hub.load.exchange import Exchange
from hub.load.merge import Counts
from hub.load.validation import Staged, Validator
from hub.operations.reconcile import ReferenceMerge, staged_again

AT = "20220601080000"
LATER = "20220601090000"


def again(exchange: Exchange) -> Staged:
    """Judge the next reading's only batch, without merging it."""
    run = exchange._begin(Window(), "full")
    [(batch, bodies)] = exchange._landed(run)
    judge = exchange.validator
    return judge.gate(run, batch, judge.stage(run, batch, judge.validate(run, batch, judge.read(batch, bodies))))


def test_what_came_before_is_not_judged_again(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Of a page read again, only the changed, the new and the quarantined record go through the rules; the equation holds."""
    page = [record(f"A{i}", AT, TrangThai="1") for i in range(10)] + [record("bad", AT, TrangThai="9")]
    source.served = [page]
    lone.sync(mode="full")
    source.served = [[page[0] | {"NgayCapNhat": LATER, "TrangThai": "2"}, *page[1:], record("B", AT, TrangThai="1")]]

    staged = again(lone)
    with engine.connect() as connection:
        judged = connection.execute(sa.text(f'select _key from stage."{staged.tables["paper"]}" order by 1')).scalars().all()
    _, counts = lone.sync(mode="full")

    assert staged.same == {"paper": 9}
    assert judged == ["A0", "B", "bad"]
    assert counts["paper"] == Counts(received=12, accepted=2, unchanged=9, quarantined=1)


def test_stage_holds_nothing_afterwards(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """The slim tables of recognised records go with the stage."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    lone.sync(mode="full")

    with engine.connect() as connection:
        assert [] == connection.execute(sa.text("select tablename from pg_tables where schemaname = 'stage'")).scalars().all()


def test_another_rule_or_list_makes_strangers_of_all(lone: Exchange, source, record) -> None:
    """When the verdict might be another one today, every record is judged again, once."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    changed = replace(lone, validator=replace(lone.validator, lists={"units": frozenset({"760"})}))

    assert again(lone).same == {"paper": 1}
    assert again(changed).same == {}
    changed.sync(mode="full")
    assert again(changed).same == {"paper": 1}


def test_a_replay_and_the_declared_suite_judge_all(lone: Exchange, source, record) -> None:
    """Where somebody asked for a judgement, or the suite counts along, no record is passed over."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    run = lone._begin(None, "replay")
    [(batch, _)] = lone._landed_before(run, None, None)
    assert lone.validator(run, batch).same == {}

    due = Validator._due
    run = lone._begin(None, "full")
    [(batch, _)] = lone._landed(run)
    assert due(lone.validator, batch)
    assert type("Gated", (type(lone.validator),), {"_due": due, "_gate": lambda *a: None})(**vars_of(lone.validator))(run, batch).same == {}


def test_a_key_that_the_database_cannot_hold_stops_nothing(lone: Exchange, source, record) -> None:
    """U+0000 in a key, in the first reading and in the next."""
    source.served = [[record("A\0", AT, TrangThai="1"), record("B", AT, TrangThai="1")]]

    assert lone.sync(mode="full")[1]["paper"] == Counts(received=2, accepted=2)
    assert lone.sync(mode="full")[1]["paper"] == Counts(received=2, unchanged=2)


def test_records_with_children_are_always_judged(exchange: Exchange, source, record) -> None:
    """A child belongs to its owner's version: such a contract recognises nothing."""
    source.served = [[record("A", AT, [("x", "1")], TrangThai="1")]]
    exchange.sync(mode="full")

    assert exchange.validator.eye is None
    assert again(exchange).same == {}


RECORDS = st.tuples(st.sampled_from("ABC"), st.sampled_from([AT, LATER, "31.02.2022"]), st.sampled_from(["1", "2", "9"]))


def test_nothing_that_counts_differs(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Batches of one run overtake each other's records: every term is that of the plain merge, which recognises nothing."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @example([[("A", AT, "1")], [("A", LATER, "2")], [("A", AT, "1")]], 1)
    @given(st.lists(st.lists(RECORDS, min_size=1, max_size=3).filter(lambda page: any(r[1].isdigit() for r in page)), min_size=1, max_size=5), st.integers(0, 4))
    def sequence(drawn: list[list[tuple[str, str, str]]], cut: int) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text(
                'truncate warehouse.paper, history.paper, hub.finding, hub."case", hub.ledger, hub.batch_page, hub.batch, hub.run, hub.landing, hub.stream cascade'
            ))
            stream_state.register(connection, "test.paper", "test", "paper")
        replica = ReferenceMerge(lone.contract)
        pages = [[record(key, at, TrangThai=state) for key, at, state in page] for page in drawn]
        for served in filter(None, (pages[:cut], pages[cut:])):
            source.served = served
            run, counts = lone.sync(mode="full")
            with engine.connect() as connection:
                applied = batches.of_run(connection, run, "applied")
            counted = sum((replica.apply(staged_again(lone.validator, batch))["paper"] for batch in applied), Counts())
            assert vars(counts["paper"]) == vars(counted)

    sequence()


def vars_of(judge: Validator) -> dict[str, object]:
    """The declared attributes of a judge."""
    return {name: getattr(judge, name) for name in judge.__dataclass_fields__}
