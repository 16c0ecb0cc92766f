"""Findings after a merge: a record that came again without one has it no longer; a new one gets its unit.

A finding stays with its record until the record comes without it: then the source has repaired what contradicted, or
the rule was wrong and was changed. `hub/cases/findings.py` is what people do with findings.
"""

from __future__ import annotations

import sqlalchemy as sa

from contracts.cross_rules import PREFIX
from contracts.model import Dataset
from hub.load.case_owners import owner_of
from hub.load.staged_rows import StagedRows

STANDS = "coalesce(t.fate, 'new') in ('new', 'changed', 'unchanged')"
"""SQL: the staged row is the current one now."""


def settle(rows: StagedRows) -> None:
    """Resolve, reopen and complete the findings of the records that a merge has just dealt with."""
    if not rows.execute(
        "select exists (select from hub.finding where stream = :stream and dataset = :dataset)"
    ).scalar():
        return
    mine = "f.stream = :stream and f.dataset = :dataset and f.record_key = s._key"
    noted = "f.rule = any (string_to_array(coalesce(s._findings, ''), ','))"
    of_row = f"from {rows.table} s left join {rows.fates} t on t._record = s._record"
    rows.execute(f"""
        update hub.finding f set resolved_at = :now {of_row}
        where {mine} and {STANDS} and f.resolved_at is null and not {noted}
          and not starts_with(f.rule, '{PREFIX}')  -- of two registers: `hub/cross_register/` looks at both""")
    rows.execute(f"""
        update hub.finding f set resolved_at = null, until = null,
               acknowledged_at = case when f.resolved_at is null then f.acknowledged_at end,
               batch = case when f.resolved_at is null then f.batch else :batch end {of_row}
        where {mine} and {STANDS} and (f.resolved_at is not null or f.until is not null) and {noted}""")
    rows.execute(f"""
        update hub.finding f set unit = o.unit, unit_since = o.unit_since from (
            select s._key, o.unit, o.unit_since from {rows.table} s cross join lateral ({owner_of(rows.dataset)}) o
            where s._findings is not null
        ) o where f.stream = :stream and f.dataset = :dataset and f.batch = :batch and f.record_key = o._key
              and f.unit is null and o.unit is not null""")
    rows.execute("""
        update hub.finding f set until = w.until
        from hub.waived_record v join hub.case_waiver w on w.id = v.waiver join hub."case" c on c.id = w."case"
        where v.batch = :serial and v.dataset = :dataset and f.stream = :stream and f.dataset = :dataset
          and f.record_key = v.record_key and f.rule = any (c.rules)""")


def name_units(connection: sa.Connection, stream: str, system: str, dataset: Dataset) -> None:
    """Give findings that were noted outside of a merge the unit of their records, as they are in the warehouse."""
    connection.execute(
        sa.text(f"""
            update hub.finding f set unit = o.unit, unit_since = o.unit_since
            from warehouse.{dataset.table} s cross join lateral ({owner_of(dataset)}) o
            where f.stream = :stream and f.dataset = :dataset and f.unit is null and f.resolved_at is null
              and s._system = :system and s._key = f.record_key and o.unit is not null"""),
        {"stream": stream, "system": system, "dataset": dataset.name},
    )
