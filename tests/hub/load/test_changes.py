"""Unchanged records are not judged, new ones go past the stage, and nothing that anyone can count or read differs by it."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub.load import batches, stream_state
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.operations.reference_merge import ReferenceMerge, staged_again

from .judging import AT, LATER, staging

KEYS = st.one_of(st.sampled_from("ABC"), st.text(st.sampled_from("aẠ,\"'\\\n\r\t|\x1f\x00\x01 ."), max_size=4))
RECORDS = st.tuples(
    KEYS,
    st.sampled_from([AT, LATER, "31.02.2022"]),
    st.sampled_from(["1", "2", "9", ""]),
    st.sampled_from(["1990", "1985-03", "x"]),
)
ROWS = {
    "warehouse.paper": "_key, _version, _hash, _known_from, _row, _disputed, _seen, ngay_cap_nhat, trang_thai, so_dinh_danh, so_dinh_danh_hmac, ngay_sinh",
    "history.paper": "_key, _version, _hash, _row, trang_thai, _end",
    'hub."case"': "record_key, content, rules, record, seen",
    "hub.finding": "record_key, rule",
}


def test_the_same_rows_whichever_way(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Past the stage or through it: every table, every term, every character."""

    def walked(exchange: Exchange, pages: list[list[dict[str, object]]]) -> list[object]:
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    'truncate warehouse.paper, history.paper, hub.finding, hub."case", hub.ledger, hub.batch_page, hub.batch, hub.run, hub.landing, hub.stream cascade'
                )
            )
            stream_state.register(connection, "test.paper", "test", "paper")
        source.served = pages
        _, counts = exchange.sync(mode="full")
        with engine.connect() as connection:
            return [
                counts,
                *(
                    sorted(map(repr, connection.execute(sa.text(f"select {columns} from {table}"))))
                    for table, columns in ROWS.items()
                ),
            ]

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @example([[('a,"\n\\.', AT, "1", "1990"), ("\\.", AT, "", "1990"), ("B", AT, "1", "1990")]])
    @example(
        [
            [
                ("\x00\n", AT, "1", "1990"),
                ("\x1f", AT, "1", "1990"),
                ("B", AT, "1", "1990"),
                ("C", AT, "1", "1990"),
                ("D", AT, "1", "1990"),
            ]
        ]
    )
    @given(
        st.lists(
            st.lists(RECORDS, min_size=1, max_size=6).filter(lambda page: any(r[1].isdigit() for r in page)),
            min_size=1,
            max_size=3,
        )
    )
    def sequence(drawn: list[list[tuple[str, str, str, str]]]) -> None:
        pages = [
            [
                record(key, at, TrangThai=state, SoDinhDanh="079085000001", NgaySinh=born)
                for key, at, state, born in page
            ]
            for page in drawn
        ]
        assert walked(lone, pages) == walked(staging(lone), pages)

    sequence()


FEW = st.tuples(st.sampled_from("ABC"), st.sampled_from([AT, LATER, "31.02.2022"]), st.sampled_from(["1", "2", "9"]))


def test_nothing_that_counts_differs(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Batches of one run overtake each other's records: every term is that of the plain merge, which compares nothing before."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @example([[("A", AT, "1")], [("A", LATER, "2")], [("A", AT, "1")]], 1)
    @given(
        st.lists(
            st.lists(FEW, min_size=1, max_size=3).filter(lambda page: any(r[1].isdigit() for r in page)),
            min_size=1,
            max_size=5,
        ),
        st.integers(0, 4),
    )
    def sequence(drawn: list[list[tuple[str, str, str]]], cut: int) -> None:
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    'truncate warehouse.paper, history.paper, hub.finding, hub."case", hub.ledger, hub.batch_page, hub.batch, hub.run, hub.landing, hub.stream cascade'
                )
            )
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
