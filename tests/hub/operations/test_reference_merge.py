"""The merge in SQL against the merge in plain Python: two tellings of one thing, on sequences nobody thought of."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.load import batches, stream_state
from hub.load.exchange import Exchange
from hub.operations.reference_merge import ReferenceMerge, staged_again

TIMES = st.sampled_from([f"202206010{h}0000" for h in range(4)] + ["31.02.2022"])
PARTS = st.lists(st.tuples(st.sampled_from(["x", "y", ""]), st.sampled_from(["1", "2", "hai"])), max_size=3)


@st.composite
def records(draw, make) -> dict[str, object]:
    return make(
        draw(st.sampled_from(["A", "B", ""])),
        draw(TIMES),
        draw(PARTS),
        TrangThai=draw(st.sampled_from(["1", "2", "9"])),
        SoDinhDanh=draw(st.sampled_from(["079085000001", "079199000001"])),
        NgaySinh="1985",
    )


def test_sql_and_python_say_the_same(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Whatever is received in whatever order, every term of every equation agrees, and so do the current rows."""

    def good(page: list[dict[str, object]]) -> bool:
        return any(str(r["NgayCapNhat"]).isdigit() for r in page)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.lists(records(record), min_size=1, max_size=5).filter(good), min_size=1, max_size=3),
        st.lists(st.booleans(), min_size=3, max_size=3),
    )
    def sequence(pages: list[list[dict[str, object]]], asked_again: list[bool]) -> None:
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    'truncate warehouse.paper, warehouse.paper_part, history.paper, history.paper_part, hub.behind, hub.finding, hub."case", hub.ledger,'
                    " hub.batch_page, hub.batch, hub.run, hub.landing, hub.stream cascade"
                )
            )
            stream_state.register(connection, "test.paper", "test", "paper")
        replica = ReferenceMerge(exchange.contract)
        for page, again in zip(pages, asked_again, strict=False):
            source.served = [page]
            run, counts = exchange.walk(None, "again" if again else "full", exchange.fetched)
            with engine.connect() as connection:
                [batch] = batches.of_run(connection, run, "applied")
            counted = replica.apply(staged_again(exchange.validator, batch), again=again)
            assert {name: vars(c) for name, c in counted.items()} == {name: vars(c) for name, c in counts.items()}
        for dataset in exchange.contract.datasets:
            with engine.connect() as connection:
                stored = connection.execute(
                    sa.text(f"select _key, encode(_hash, 'hex') from warehouse.{dataset.table}".replace("::", "\\:\\:"))
                ).all()
            assert {k: h.replace("-", "") for k, h in stored} == {
                k: held.hash for k, held in replica.current[dataset.name].items()
            }

    sequence()
