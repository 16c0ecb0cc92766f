"""A digest of each warehouse table, so that two warehouses can be compared without moving a row.

Two hubs with the same records under the same key have the same digests, whatever the order, the batches and the
retries of loading. Digests leave out the provenance of a record (when, in which batch and from which page it came)
and the encrypted columns, whose bytes differ each time. `_hash`, the keyed fingerprint of the whole content, covers
the encrypted columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.load.warehouse import SEEN, current_table, has_table, history_table

PROVENANCE = frozenset({"_known_from", "_known_to", "_batch", "_landing", "_row", SEEN})
"""Columns about how a record came, not about its content."""

AT_ONCE = 10_000
"""Rows fetched at once: memory stays the same for any table."""


@dataclass(frozen=True)
class TableDigest:
    """Number of rows and digest of a table."""

    table: str
    """`warehouse.birth`, `history.birth` ..."""
    rows: int
    digest: str
    """SHA-256, in hex, over the SHA-256 of each row, in the byte order of the keys."""


def digests(engine: sa.Engine, contracts: Iterator[Contract], *, system: str | None = None) -> Iterator[TableDigest]:
    """
    The digest of each dataset table of these contracts, current rows before superseded ones.

    `system` restricts it to the rows of a system and leaves its name out: two routes to the same records have
    equal digests. All digests come from one snapshot of the database. A missing table counts as empty.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        yield from digests_in(connection, contracts, system=system)


def digests_in(
    connection: sa.Connection, contracts: Iterator[Contract], *, system: str | None = None
) -> Iterator[TableDigest]:
    """The same of what a transaction sees."""
    for contract in contracts:
        for dataset in contract.datasets:
            for table in (current_table(dataset), history_table(dataset)):
                yield _digest(connection, dataset, table, system)


def _digest(connection: sa.Connection, dataset: Dataset, table: sa.Table, system: str | None) -> TableDigest:
    name = f"{table.schema}.{table.name}"
    whole, rows = hashlib.sha256(), 0
    if has_table(connection, table.name, table.schema or "warehouse"):
        encrypted = {f.column for f in dataset.fields if f.classification.encrypted}
        left_out = {"_system"} if system is not None else set()
        columns = [c for c in table.columns if c.name not in PROVENANCE | encrypted | left_out]
        # PostgreSQL's own text of a row distinguishes null, the empty string and commas.
        text = sa.cast(sa.func.row(*columns), sa.Text)
        one = sa.func.sha256(sa.func.convert_to(text, "UTF8"))
        query = sa.select(one).order_by(*(c for c in table.primary_key.columns))
        if system is not None:
            query = query.where(table.c["_system"] == system)
        for (row,) in connection.execution_options(yield_per=AT_ONCE).execute(query):
            whole.update(row)
            rows += 1
    return TableDigest(name, rows, whole.hexdigest())
