"""Accepted rows as the declared suite reads them: views in the schema `stage`, with every value as text again.

The warehouse has typed columns, the suite reads texts. A view costs no copy; it is dropped after the opinion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa

from contracts.identifiers import shortened
from contracts.model import Contract, Dataset, Effect, Field, Kind
from hub.core.database import identifier, literal
from quality.gate import Staged

Lists: TypeAlias = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Span:
    """The batches of a stream that were merged after one serial and through another."""

    stream: str
    after: int
    through: int


@contextmanager
def accepted_rows(
    engine: sa.Engine,
    contract: Contract,
    span: Span,
    rules: str,
    lists: Lists,
    prefix: str,
) -> Iterator[tuple[list[Staged], int]]:
    """The current rows of a span of batches, by dataset, and their number. `prefix` begins the names of the views.

    Only batches that were judged by `rules`: rows that were accepted by earlier ones may break the present ones. Rows
    under a waiver do break rules, so they are left out.
    """
    names = {dataset.name: shortened(f"{prefix}_{dataset.name}_accepted") for dataset in contract.datasets}
    batches = f"""
        select serial from hub.batch where stream = {literal(span.stream)} and state = 'applied'
        and serial > {span.after} and serial <= {span.through} and rules = {literal(rules)}"""
    with engine.begin() as connection:
        for dataset in contract.datasets:
            connection.execute(_text(f"drop view if exists stage.{identifier(names[dataset.name])}"))
            connection.execute(_text(_view(names[dataset.name], dataset, batches, span.after)))
    try:
        with engine.connect() as connection:
            rows = sum(
                int(connection.scalar(_text(f"select count(*) from stage.{identifier(name)}")) or 0)
                for name in names.values()
            )
        yield [_promised(dataset, names[dataset.name], lists) for dataset in contract.datasets], rows
    finally:
        with engine.begin() as connection:
            for name in names.values():
                connection.execute(_text(f"drop view if exists stage.{identifier(name)}"))


def _promised(dataset: Dataset, view: str, lists: Lists) -> Staged:
    """What the row engine said of accepted rows: none of them breaks a rule that rejects."""
    none = {rule.id: 0 for rule in dataset.row_rules if rule.effect is Effect.QUARANTINE}
    return Staged(dataset, "stage", view, None, none, lists, accepted=True)


def _view(name: str, dataset: Dataset, batches: str, after: int) -> str:
    texts = ", ".join(
        f"{_as_text(field)} as {identifier(field.column)}"
        for field in dataset.fields
        if not field.classification.encrypted
    )
    return f"""
        create view stage.{identifier(name)} as select {texts or "_key"} from warehouse.{identifier(dataset.table)} w
        where w._batch > {after} and w._batch in ({batches})
          and not exists (select from hub.waived_record v where v.batch = w._batch
                          and v.dataset = {literal(dataset.name)} and v.record_key = w._key)"""


def _as_text(field: Field) -> str:
    column = f"w.{identifier(field.column)}"
    if field.kind is Kind.TIMESTAMP:
        return f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00'"""
    return f"cast({column} as text)"


def _text(statement: str) -> sa.TextClause:
    return sa.text(statement.replace(":", "\\:"))
