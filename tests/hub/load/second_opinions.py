"""Streams whose batches the real declared suite sees, and faults planted in one of the engines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import polars as pl
import pytest
import sqlalchemy as sa

from contracts.model import Contract, Effect
from hub.load.exchange import Exchange
from hub.load.second_opinion.daily import SecondOpinion
from hub.load.validation import Validator
from quality import batch_rules, polars_rules, rows, sql_rules
from tests.hub.conftest import CHILD, CONTRACT, PARENT, rule_of

from .observed import rows as seen

NULLS = rule_of(
    "TrangThai.null-share", "null_share", "TrangThai", effect=Effect.HOLD, maximum_percent=50, minimum_rows=4
)
NUMBER = rule_of("SoDinhDanh.pattern", "pattern", "SoDinhDanh", pattern="[0-9]{12}")
SHARED = replace(CONTRACT, datasets=(replace(PARENT, rules=(*PARENT.rules, NUMBER, NULLS)), CHILD))
"""The contract of the tests, with a rule about the batch as a whole, and one that no CHECK of the warehouse repeats."""
RIGHT, WRONG = {"SoDinhDanh": "079090000001"}, {"SoDinhDanh": "79090000001"}
"""A record that keeps the second, and one that breaks it."""
ALONE = replace(SHARED, datasets=SHARED.datasets[:1])
"""The same without children: unchanged records are recognised, and not judged."""


def looked_at(exchange: Exchange, contract: Contract = SHARED, *, share: float = 0.01, **options: object) -> Exchange:
    """The stream with the real declared suite, on the occasions that it has in service."""
    v = exchange.validator
    validator = Validator(v.source, contract, v.engine, v.landing, v.keys, v.lists, share, **options)  # type: ignore[arg-type]
    return replace(exchange, contract=contract, validator=validator)


def daily(exchange: Exchange) -> SecondOpinion:
    """The stream's run of its own."""
    return SecondOpinion(exchange.stream, exchange.validator)


def opinions(engine: sa.Engine) -> list[tuple[object, ...]]:
    """Occasion of each opinion, and whether the engines agreed; oldest first."""
    return seen(engine, "select occasion, disagreements = '{}' from hub.second_opinion order by id")


def doubted(engine: sa.Engine) -> list[object]:
    """Ids of the batches in doubt."""
    query = (
        "select b.id from hub.doubted_batch d join hub.batch b on b.serial = d.batch where d.until is null order by 1"
    )
    return [id_ for (id_,) in seen(engine, query)]


def never(rule: object, fields: object, lists: object) -> pl.Expr:
    return pl.lit(False)


def always(rule: object, fields: object, lists: object) -> pl.Expr:
    return polars_rules.cells.text(fields[0]).is_not_null()  # type: ignore[index]


FAULTS = {
    "row engine accepts": (polars_rules.ROW_ENGINES, "pattern", never),
    "row engine rejects": (polars_rules.ROW_ENGINES, "pattern", always),
    "suite accepts": (sql_rules.SQL_ENGINES, "pattern", lambda *a: "false"),
    "suite rejects": (sql_rules.SQL_ENGINES, "pattern", lambda *a: "true"),
    "row engine passes shares": (batch_rules.BATCH_ENGINES, "null_share", lambda *a: True),
    "row engine holds shares": (batch_rules.BATCH_ENGINES, "null_share", lambda *a: False),
}
"""Fault -> table of an engine, kind of rule, what it does there instead."""


@contextmanager
def planted(fault: str) -> Iterator[None]:
    """A fault in one of the two engines, as a hurried hand could write it."""
    table, kind, wrong = FAULTS[fault]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(table, kind, wrong)  # type: ignore[arg-type]
        patch.setattr("quality.gate_process.is_loaded", lambda name: True)  # both engines here, where the fault is
        rows._compiled.cache_clear()
        try:
            yield
        finally:
            rows._compiled.cache_clear()
