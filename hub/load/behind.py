"""A change time that went back: records that a full reading gave older than they are here, with other content.

A full reading is the source's own word. Such a row goes to history only, because a newer one is known; so the record would
differ from its source for good, in silence. When the reading has ended, each that still differs is asked for by its key,
where the dialect can, and taken; otherwise it is a finding for a person.

    record.version-behind    the source gives this record with an older change time than it has here, and other content

A source of deliveries gives earlier versions too, and the newest after them: a record whose current row came from a page
of the same reading does not differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from connectors.interface import SoughtRecord
from contracts.model import Contract, Dataset
from hub.load import findings
from hub.load.stream_state import Run

VERSION_BEHIND = "record.version-behind"


def note(connection: sa.Connection, run: Run, dataset: Dataset, staged: str, fates: Mapping[str, str]) -> None:
    """Note the rows of a merge that are older than the current ones and differ.

    `staged` is their stage table, `fates` the tables of their fates by dataset, all as SQL.
    """
    values = {"run": run.id, "dataset": dataset.name, "system": run.system}
    differing = f"""
        select distinct on (s._key) s._key, s._version, s._hash, s._parent
        from {staged} s join {fates[dataset.name]} f on f._record = s._record
        left join warehouse.{dataset.table} c on c._system = :system and c._key = s._key
        where f.fate = 'outdated' and c._hash is distinct from s._hash order by s._key, s._version desc"""
    if dataset.parent:
        differing = f"""
            ({differing}) union all
            select c._key, null, null, c._parent from warehouse.{dataset.table} c
            where c._system = :system and not exists (select from {staged} s where s._key = c._key)
              and c._parent in (select p._key from {fates[dataset.parent]} p where p.fate = 'outdated')"""
    connection.execute(
        sa.text(f"""
            insert into hub.behind (run, dataset, record_key, version, hash, record_owner)
            select :run, :dataset, d.* from ({differing}) d(_key, _version, _hash, _parent)
            on conflict (run, dataset, record_key) do update set version = excluded.version, hash = excluded.hash"""),
        values,
    )


def differing(connection: sa.Connection, run: Run, contract: Contract) -> Sequence[Any]:
    """What a full reading gave otherwise, and still is otherwise: rows of dataset, record_key, record_owner, version."""
    found: list[Any] = []
    for dataset in contract.datasets:
        query = sa.text(f"""
            select b.dataset, b.record_key, b.record_owner, b.version from hub.behind b
            left join warehouse.{dataset.table} w on w._system = :system and w._key = b.record_key
            where b.run = :run and b.dataset = :dataset and w._hash is distinct from b.hash
              and not exists (select from hub.batch_page p join hub.batch r on r.id = p.batch
                              where r.run = :run and p.landing = w._landing)
            order by b.record_key""")
        found += connection.execute(query, {"system": run.system, "run": run.id, "dataset": dataset.name}).all()
    return found


def wanted(rows: Sequence[Any]) -> list[SoughtRecord]:
    """The records to ask for: those that own others, for these."""
    return list(
        {
            row.record_owner or row.record_key: SoughtRecord(row.record_owner or row.record_key, row.version)
            for row in rows
        }.values()
    )


def settle(connection: sa.Connection, run: Run, contract: Contract, now: datetime) -> int:
    """Make a finding of each record that still differs, and forget what the stream's readings noted. Returns their number."""
    rows = differing(connection, run, contract)
    batch = connection.scalar(
        sa.text("select id from hub.batch where run = :run and state = 'applied' order by number desc limit 1"),
        {"run": run.id},
    )
    if rows and batch:
        connection.execute(
            sa.text("""
                insert into hub.finding (stream, dataset, record_key, rule, batch, found_at)
                values (:stream, :dataset, :key, :rule, :batch, :now)
                on conflict (stream, dataset, record_key, rule) do update
                   set resolved_at = null, acknowledged_at = null where finding.resolved_at is not null"""),
            [
                {
                    "stream": run.stream,
                    "dataset": row.dataset,
                    "key": row.record_key,
                    "rule": VERSION_BEHIND,
                    "batch": batch,
                    "now": now,
                }
                for row in rows
            ],
        )
        for dataset in contract.datasets:
            findings.name_units(connection, run.stream, run.system, dataset)
    connection.execute(
        sa.text("delete from hub.behind where run in (select id from hub.run where stream = :stream)"),
        {"stream": run.stream},
    )
    return len(rows)
