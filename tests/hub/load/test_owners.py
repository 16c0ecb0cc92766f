"""A record that owns others goes the fast ways with all that it owns, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.model import Contract
from hub.load import batches, stream_state
from hub.load.changes import ChangeDetector
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.operations.reference_merge import ReferenceMerge, staged_again

from .judging import AT, LATER, again, same, staging
from .observed import rows, statements

LATEST = "20220601100000"


def test_an_owner_that_comes_twice_older_is_noted_once_with_what_it_owns(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Two older versions of one dossier in a full reading ended it: its child was noted twice in one statement."""
    source.served = [[record("A", LATEST, [("x", "1")])]]
    exchange.sync(mode="full")
    source.served = [[record("A", AT, [], TrangThai="1"), record("A", LATER, [], TrangThai="2")]]

    _, counts = exchange.sync(mode="full")

    assert 2 == counts["paper"].outdated
    noted = rows(engine, "select dataset, record_key from hub.finding where rule = 'record.version-behind' order by 1")
    assert [("paper", "A"), ("paper_part", "A|x")] == noted


def test_what_came_before_is_not_judged_again_with_all_its_children(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """A district's reading of its overlap judged, staged and merged every dossier again."""
    page = [record(f"A{i}", AT, [("x", "1"), ("y", "2")], TrangThai="1") for i in range(5)]
    source.served = [page]
    exchange.sync(mode="full")
    source.served = [
        [*page[:3], record("A3", LATER, [("x", "1")], TrangThai="1"), page[4], record("B", AT, [("z", "1")])]
    ]
    staged = again(exchange)
    with engine.connect() as connection:
        judged = [
            connection.execute(sa.text(f"select _record, _owner, _key from {staged.place(name)} order by 1")).all()
            for name in ("paper", "paper_part")
        ]
    _, counts = exchange.sync(mode="full")

    assert staged.unchanged
    assert staged.unchanged.counts == {"paper": 4, "paper_part": 8}
    assert judged == [[(1, None, "A3"), (2, None, "B")], [(1, 1, "A3|x"), (2, 2, "B|z")]]
    assert counts["paper"] == Counts(received=6, accepted=1, unchanged=5)
    assert counts["paper_part"] == Counts(received=10, accepted=1, unchanged=9, removed=1)


@pytest.mark.parametrize(
    "parts", [[("x", "1")], [("x", "1"), ("y", "2"), ("z", "3")], [("x", "1"), ("y", "7")], [("x", "1"), ("x", "1")]]
)
def test_another_set_of_children_is_a_change(exchange: Exchange, source, record, parts) -> None:
    """One fewer, one more, another value, one twice: under the same version and with the same own fields."""
    source.served = [[record("A", AT, [("x", "1"), ("y", "2")], TrangThai="1")]]
    exchange.sync(mode="full")
    source.served = [[record("A", AT, parts, TrangThai="1")]]

    assert same(again(exchange)) == 0


def test_the_order_of_children_is_no_change(exchange: Exchange, source, record) -> None:
    """They are a set: a source may list them as it likes."""
    source.served = [[record("A", AT, [("x", "1"), ("y", "2")], TrangThai="1")]]
    exchange.sync(mode="full")
    source.served = [[record("A", AT, [("y", "2"), ("x", "1")], TrangThai="1")]]

    assert same(again(exchange)) == 1


@pytest.mark.parametrize("fault", ["no number", "conflict", "twice"])
def test_while_a_child_is_not_there_its_owner_is_judged(exchange: Exchange, source, record, fault: str) -> None:
    """A quarantined child must be counted as such each time it comes, and its case be seen again."""
    good = [("x", "1"), ("y", "2")]
    bad = {"no number": [*good, ("z", "?")], "conflict": [("x", "1"), ("y", "3")], "twice": [*good, ("x", "1")]}[fault]
    source.served = [[record("A", AT, good, TrangThai="1")]]
    exchange.sync(mode="full")
    source.served = [[record("A", AT, bad, TrangThai="1")]]
    _, first = exchange.sync(mode="full")
    source.served = [[record("A", AT, bad, TrangThai="1"), record("B", LATER)]]
    _, second = exchange.sync(mode="full")

    assert first["paper_part"].unchanged < len(bad)
    assert first["paper_part"] == second["paper_part"]


def test_new_records_and_their_children_are_never_staged(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """A district's first load wrote every row twice."""
    source.served = [
        [record("A", AT, [("x", "1"), ("y", "2")], TrangThai="1"), record("B", AT), record("C", AT, [("x", "3")])]
    ]
    with statements(engine) as heard:
        _, counts = exchange.sync(mode="full")

    assert counts == {"paper": Counts(received=3, accepted=3), "paper_part": Counts(received=3, accepted=3)}
    assert not [s for s in heard if "create unlogged" in s]
    written = rows(engine, "select _key, _parent, _row, gia from warehouse.paper_part order by 1")
    assert written == [("A|x", "A", 1, 1), ("A|y", "A", 2, 2), ("C|x", "C", 3, 3)]


def test_a_record_with_a_faulty_child_takes_all_its_children_the_long_way(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """They are one: the child's case, the other children and the owner come from one decision."""
    source.served = [
        [record("A", AT, [("x", "1")]), record("B", AT, [("x", "?"), ("y", "2")]), record("C", AT, [("x", "3")])]
    ]
    direct = again(exchange).direct
    _, counts = exchange.sync(mode="full")

    assert direct
    assert {name: frame["_key"].to_list() for name, frame in direct.rest.items()} == {
        "paper": ["B"],
        "paper_part": ["B|x", "B|y"],
    }
    assert counts["paper_part"] == Counts(received=4, accepted=3, quarantined=1)


def test_a_child_that_could_change_its_owner_keeps_its_contract_from_comparing(exchange: Exchange) -> None:
    """Its owner would pass as unchanged while another record has taken the child."""
    owner, child = exchange.contract.datasets
    fields = tuple(replace(f, key_position=None) if f.name == "MaHoSo" else f for f in child.fields)
    contract: Contract = replace(exchange.contract, datasets=(owner, replace(child, fields=fields)))

    assert ChangeDetector.of(contract, {}, exchange.validator.keys) is None


TABLES = ("warehouse.paper", "history.paper", "warehouse.paper_part", "history.paper_part")
OWNERS = st.tuples(
    st.sampled_from("ABC"),
    st.sampled_from([AT, LATER, LATEST]),
    st.sampled_from(["1", "2", "9"]),
    st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["1", "2", "?"])), max_size=3),
)
READINGS = st.lists(st.lists(st.lists(OWNERS, min_size=1, max_size=3), min_size=1, max_size=3), min_size=1, max_size=4)


def test_no_term_and_no_row_differs(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Readings that overtake and repeat each other's dossiers: the terms of a plain merge, the rows of a staged one."""
    exchange = replace(exchange, batch_records=1)

    def read(way: Exchange, drawn, *, counted: bool) -> list[object]:
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    f'truncate {", ".join(TABLES)}, hub.finding, hub."case", hub.ledger, hub.batch_page, hub.batch,'
                    " hub.run, hub.landing, hub.stream cascade"
                )
            )
            stream_state.register(connection, "test.paper", "test", "paper")
        replica, terms = ReferenceMerge(way.contract), list[object]()
        for pages in drawn:
            source.served = [
                [record(key, at, parts, TrangThai=state) for key, at, state, parts in page] for page in pages
            ]
            run, counts = way.sync(mode="full")
            terms.append(counts)
            if counted:
                with engine.connect() as connection:
                    applied = batches.of_run(connection, run, "applied")
                each = [replica.apply(staged_again(way.validator, batch)) for batch in applied]
                assert counts == {name: sum((one[name] for one in each), Counts()) for name in counts}
        with engine.connect() as connection:
            return [
                terms,
                *(
                    sorted(
                        repr({n: v for n, v in row._mapping.items() if n not in ("_landing", "_batch", "_seen")})
                        for row in connection.execute(sa.text(f"select * from {table}"))
                    )
                    for table in TABLES
                ),
                sorted(map(repr, connection.execute(sa.text('select record_key, rules, seen from hub."case"')))),
            ]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @example(
        [
            [[("A", AT, "1", [("x", "1"), ("y", "1")])]],
            [[("A", LATER, "1", [("x", "1")]), ("B", AT, "1", [("x", "1")])]],
        ]
    )
    @example([[[("A", AT, "1", [("x", "1")])]], [[("A", AT, "1", [("x", "2")])]], [[("A", AT, "1", [("x", "2")])]]])
    @given(READINGS)
    def sequence(drawn) -> None:
        whole = staging(exchange)
        undetected = replace(whole, validator=_comparing_nothing(whole.validator))
        assert read(exchange, drawn, counted=True) == read(undetected, drawn, counted=False)

    sequence()


def _comparing_nothing(validator):
    return type("Undetected", (type(validator),), {"detector": None})(
        **{name: getattr(validator, name) for name in validator.__dataclass_fields__}
    )
