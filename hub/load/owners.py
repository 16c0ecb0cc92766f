"""Owners whose children are not all in the warehouse as they came: their rows have no received hash (`_seen`).

Such an owner is validated each time it comes, so that a quarantined child is counted and its case seen again. What the
rules find is known before the stage (`unsettled`), what only the merge finds out is undone there (`forget`).
"""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from contracts.model import Contract
from hub.load.changes import Frames
from hub.load.warehouse import SEEN


def unsettled(contract: Contract, staged: Frames) -> Frames:
    """Staged frames, in which an owner has no `_seen` while a child of it breaks a rule or comes twice."""
    owner, *children = contract.datasets
    for child in children:
        frame = staged[child.name]
        faulty = frame.filter(pl.col("_broken").is_not_null() | ~pl.col("_key").is_unique())["_owner"].drop_nulls()
        if faulty.len():
            left = ~pl.col("_record").is_in(faulty.unique().implode())
            owners = staged[owner.name].with_columns(pl.when(left).then(pl.col(SEEN)).alias(SEEN))
            staged = {**staged, owner.name: owners}
    return staged


def forget(connection: sa.Connection, owners: str, staged_owners: str, fates: str, staged: str, system: str) -> None:
    """Remove the hash of owners with a child that the merge did not accept.

    All names are SQL: the warehouse table of the owners, their stage table, the fates of the children, their stage
    table.
    """
    connection.execute(
        sa.text(f"""
            update {owners} w set {SEEN} = null
            from {fates} f join {staged} s on s._record = f._record join {staged_owners} o on o._record = s._owner
            where f.fate in ('quarantined', 'outdated', 'duplicate')
              and w._system = :system and w._key = o._key and w.{SEEN} = o.{SEEN}"""),
        {"system": system},
    )
