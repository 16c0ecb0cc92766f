"""Records that come in although they break a rule, because two people signed for them until a day.

Signing is `hub/cases/waivers.py`. Here: before a merge the broken rules of such a record become findings, which every
answer carries. Each record taken so is noted beside its batch, so that a recount judges the batch as it was judged. The
record leaves no received hash (`_seen`): it is judged each time it comes, so that the waiver's end is noticed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import BYTEA

from contracts.model import Dataset, Effect, Rule
from hub.core.tables import Moment, metadata
from hub.load.staged_rows import StagedRows
from hub.load.warehouse import SEEN

if TYPE_CHECKING:
    import polars as pl

case_waiver = Table(
    "case_waiver",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("case", BigInteger, ForeignKey("hub.case.id"), nullable=False),
    Column("until", Moment, nullable=False, comment="the record is no evidence any more from then on"),
    Column("proposed_at", Moment, nullable=False),
    Column("signed_at", Moment, comment="when the second of two different people signed; null: not in force"),
    Column("ended_at", Moment, comment="when its end was noted"),
    comment="Two people answer for a record although it breaks rules, until a day",
)
Index("case_waiver_one", case_waiver.c.case, unique=True, postgresql_where=case_waiver.c.ended_at.is_(None))

waived_record = Table(
    "waived_record",
    metadata,
    Column("batch", BigInteger, ForeignKey("hub.batch.serial"), primary_key=True, comment="hub.batch.serial"),
    Column("dataset", Text, primary_key=True),
    Column("record_key", Text, primary_key=True),
    Column("hash", BYTEA, primary_key=True, comment="fingerprint of its content, as in the warehouse"),
    Column("waiver", BigInteger, ForeignKey("hub.case_waiver.id"), nullable=False),
    comment="Records that a batch took although they break rules, each with its waiver: a recount needs it",
)

KEPT_BY_THE_WAREHOUSE = frozenset(
    {"required", "code", "max_length", "integer", "decimal", "timestamp", "partial_date", "avoids"}
)
"""Kinds of rules without which a value has no place in the warehouse: its columns have types and checks."""


def waivable(dataset: Dataset, rule: str) -> bool:
    """Whether people may answer for a record that breaks a rule.

    Not for a rule of the hub's own (no key, unreadable, two contents of one version), nor for one that the tables of
    the warehouse rely on.
    """
    known: Rule | None = next((each for each in dataset.row_rules if each.id == rule), None)
    return known is not None and known.effect is Effect.QUARANTINE and known.kind not in KEPT_BY_THE_WAREHOUSE


def take(rows: StagedRows) -> int:
    """Turn the broken rules of the staged rows that a waiver covers into findings; returns how many rows.

    A waiver covers the content and the rules of its case, nothing more.
    """
    in_force = "w.signed_at is not null and w.ended_at is null and w.until > :now"
    of_this = """c.stream = :stream and c.dataset = :dataset"""
    if not rows.execute(f"""
        select exists (select from hub.case_waiver w join hub."case" c on c.id = w."case" where {of_this} and {in_force})
        """).scalar():
        return 0
    taken = rows.execute(f"""
        with covered as (
            select s._record, s._key, s._hash, w.id as waiver
            from {rows.table} s
            join hub."case" c on {of_this} and c.content = md5(concat_ws('|', s._key, s._version, s._hash))::uuid
                             and string_to_array(s._broken, ',') <@ c.rules
            join hub.case_waiver w on w."case" = c.id and {in_force}
            where s._broken is not null
        ), noted as (
            insert into hub.waived_record (batch, dataset, record_key, hash, waiver)
            select :serial, :dataset, _key, _hash, waiver from covered on conflict do nothing
        )
        update {rows.table} s set _findings = concat_ws(',', s._findings, s._broken), _broken = null, {SEEN} = null
        from covered where covered._record = s._record""")
    return int(taken.rowcount)


def end(connection: sa.Connection, cases: Sequence[int], now: datetime, *, unsigned_only: bool = False) -> None:
    """End what was signed for cases. Nobody answers for their records from now on: they are no evidence any more."""
    given = {"cases": list(cases), "now": now}
    if not unsigned_only:
        connection.execute(
            sa.text("""
                update hub.finding f set until = :now from hub."case" c
                where c.id = any (:cases) and f.stream = c.stream and f.dataset = c.dataset and f.record_key = c.record_key
                  and f.rule = any (c.rules) and f.until > :now and f.resolved_at is null
                  and exists (select from hub.case_waiver w where w."case" = c.id and w.ended_at is null)"""),
            given,
        )
    which = "and signed_at is null" if unsigned_only else ""
    connection.execute(
        sa.text(f'update hub.case_waiver set ended_at = :now where "case" = any (:cases) and ended_at is null {which}'),
        given,
    )


def taken_again(
    connection: sa.Connection, serial: int, staged: Mapping[str, pl.DataFrame]
) -> Mapping[str, pl.DataFrame]:
    """Staged frames of an earlier batch, with the rows that it took under a waiver as it took them."""
    import polars as pl  # a list of cases needs the tables of this module, and no frame

    v = waived_record.c
    noted = connection.execute(sa.select(v.dataset, v.record_key, v.hash).where(v.batch == serial)).all()
    if not noted:
        return staged
    covered = pl.DataFrame(
        [(name, key, bytes(digest).hex()) for name, key, digest in noted],
        schema={"dataset": pl.String, "_key": pl.String, "_hash": pl.String},
        orient="row",
    )
    return {
        name: _without(frame, covered.filter(pl.col("dataset") == name).drop("dataset"))
        for name, frame in staged.items()
    }


def _without(frame: pl.DataFrame, covered: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    marked = frame.join(
        covered.with_columns(covered=pl.lit(True)), on=["_key", "_hash"], how="left", maintain_order="left"
    )
    is_covered = pl.col("covered").fill_null(False) & pl.col("_broken").is_not_null()
    return marked.with_columns(
        pl.when(is_covered)
        .then(pl.concat_str(["_findings", "_broken"], separator=",", ignore_nulls=True))
        .otherwise(pl.col("_findings"))
        .alias("_findings"),
        pl.when(~is_covered).then(pl.col("_broken")).alias("_broken"),
    ).drop("covered")
