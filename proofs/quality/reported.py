"""The hub's verdicts: every broken rule of every case and every finding, read from its own tables."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl
import sqlalchemy as sa

from contracts.cross_rules import load_cross_rules
from contracts.model import Contract
from hub.app import Hub
from proofs.quality.marks import ALARMS, RECORD

_UNIT_DAY = re.compile(r"(?<=\d)@\d{4}-\d{2}-\d{2}(?=\|)")
"""The reader dates the unit in the key of a book's entry; the contractor does not."""


def alarms(hub: Hub) -> pl.DataFrame:
    """Cases and findings, one row for each rule and record; columns ALARMS."""
    rules = _rules(hub.contracts)
    with hub.engine.connect() as connection:
        cases = connection.execute(
            sa.text(
                "select stream, dataset, record_key, rule, 'quarantine' from hub.\"case\", unnest(rules) as r(rule)"
            )
        ).all()
        findings = connection.execute(
            sa.text("select stream, dataset, record_key, rule, 'finding' from hub.finding")
        ).all()
    rows = []
    for stream, dataset, key, rule, effect in {tuple(row) for row in (*cases, *findings)}:
        kind, fields = rules.get((dataset, rule), (rule, ()))
        rows.append(
            (stream.rpartition(".")[0], dataset, _UNIT_DAY.sub("", key or ""), rule, kind, effect, list(fields))
        )
    return pl.DataFrame(rows, schema=ALARMS, orient="row").sort(*RECORD, "rule")


def stored(hub: Hub, wanted: pl.DataFrame) -> pl.DataFrame:
    """Those of the wanted records {RECORD} that stand in the warehouse."""
    tables = {d.name: d.table for c in hub.contracts.values() for d in c.datasets}
    found = []
    with hub.engine.connect() as connection:
        for name in wanted["dataset"].unique(maintain_order=True):
            ids = wanted.filter(pl.col("dataset") == name)["record_id"].to_list()
            key = r"regexp_replace(_key, '@\d{4}-\d{2}-\d{2}\|', '|')" if name in COPIED else "_key"
            query = sa.text(
                f"select _system, {key} from warehouse.{tables[name]} where {key} = any(:ids)".replace(":0", "\\:0")
            )
            found += [(system, name, record) for system, record in connection.execute(query, {"ids": ids})]
    return pl.DataFrame(found, schema=dict.fromkeys(RECORD, pl.String), orient="row")


def again(hub: Hub) -> pl.DataFrame:
    """{system, dataset, counted}: records that came again as they were. On a first reading a page's edge may part two alike: the second is unchanged."""
    with hub.engine.connect() as connection:
        rows = connection.execute(
            sa.text("""
            select s.system, l.dataset, cast(sum(l.duplicate + l.unchanged) as bigint)
            from hub.ledger l join hub.batch b on b.id = l.batch join hub.stream s on s.id = b.stream group by 1, 2""")
        ).all()
    return pl.DataFrame(
        [tuple(r) for r in rows], schema={"system": pl.String, "dataset": pl.String, "counted": pl.Int64}, orient="row"
    )


def received(hub: Hub) -> int:
    """Records of all tables that the ledger accounts for."""
    with hub.engine.connect() as connection:
        return int(
            connection.scalar(sa.text("select coalesce(sum(received), 0) from hub.ledger where state = 'applied'")) or 0
        )


def compared(hub: Hub) -> tuple[int, int]:
    """Batches, and those of them on which both engines counted every rule alike (a batch on which they differ is held)."""
    with hub.engine.connect() as connection:
        row = connection.execute(
            sa.text("""
            select count(*), count(*) filter (where gate is not null and jsonb_array_length(cast(gate as jsonb) -> 'disagreements') = 0)
            from hub.batch where state = 'applied'""")
        ).one()
    return int(row[0]), int(row[1])


COPIED = ("birth", "death", "marriage", "recognition")


def _rules(contracts: Mapping[str, Contract]) -> Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]:
    """(dataset, rule id) -> kind and fields."""
    known = {(d.name, r.id): (r.kind, r.fields) for c in contracts.values() for d in c.datasets for r in d.row_rules}
    across = {(rule.file.dataset, rule.id): (rule.id, rule.fields) for rule in load_cross_rules(contracts)}
    return {**known, **across}
