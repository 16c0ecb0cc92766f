"""What a contract calls its tables and fields, in the statements that are made of it."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from contracts.model import Contract
from hub.access import row_security
from hub.load import stream_state
from hub.load.exchange import Exchange
from hub.load.warehouse import ensure_all, ensure_tables
from tests.hub.conftest import CONTRACT, PARENT, ListSource, field_of, record

ATTACK = "x')) or true); create table hub.taken (n int); --"
RESERVED = (
    "order",
    "from",
    "to",
    "user",
    "select",
    "table",
    "limit",
    "default",
    "end",
    "check",
    "group",
    "desc",
    "offset",
    "all",
    "when",
)


def test_words_of_sql_may_be_names_of_fields(exchange: Exchange, source: ListSource, engine: sa.Engine) -> None:
    """A wire that calls a field `order` or `from`: its first batch was a syntax error in the merge, and every one after it."""
    fields = (*PARENT.fields, *(field_of(name, name) for name in RESERVED))
    contract = replace(CONTRACT, datasets=(replace(PARENT, name="words", table="words", fields=fields),))
    with engine.begin() as connection:
        ensure_tables(connection, contract)
        stream_state.register(connection, "test.words", "test", "words")
    source.records = lambda body, media_type, given=source.records: {  # type: ignore[method-assign]
        "words": given(body, media_type)["paper"].with_columns(sa_column(name) for name in RESERVED)
    }
    words = replace(
        exchange, stream="test.words", contract=contract, validator=replace(exchange.validator, contract=contract)
    )

    source.served = [[record("1", "20220601080000"), record("2", "20220601080000")]]
    words.sync()
    source.served = [[record("1", "20220601090000", TrangThai="2")]]
    words.sync()

    with engine.connect() as connection:
        assert [("1", "order"), ("2", "order")] == [
            tuple(r) for r in connection.execute(sa.text('select _key, "order" from warehouse.words order by 1'))
        ]
        assert [("1", "from")] == [
            tuple(r) for r in connection.execute(sa.text('select _key, "from" from history.words'))
        ]


def sa_column(name: str):
    import polars as pl

    return pl.lit(name).alias(name)


def test_a_name_that_came_past_the_loader_is_quoted(engine: sa.Engine) -> None:
    """Policies take no bound values: a dataset's name stands in them as a literal, whatever it is made of."""
    parent, child = CONTRACT.datasets
    spoilt: Contract = replace(
        CONTRACT, datasets=(replace(parent, name=ATTACK), replace(child, name=f"{ATTACK}2", parent=ATTACK))
    )
    with engine.begin() as connection:
        ensure_all(connection, {spoilt.name: spoilt})
        assert connection.scalar(sa.text("select to_regclass('hub.taken') is null"))
        assert [] == row_security.drift(connection, row_security.policies({spoilt.name: spoilt}))
        held = connection.scalars(
            sa.text(
                "select pg_get_expr(polqual, polrelid) from pg_policy where polrelid = 'warehouse.paper'\\:\\:regclass"
            )
        ).all()
    assert any(ATTACK.replace("'", "''") in each for each in held)
