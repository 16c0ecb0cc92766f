"""Runs of streams as rows for a page, and what days brought: one day, a table day by day. Read-only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contracts.local_time import NAME
from hub.core.errors import NotFound

Row = dict[str, Any]

TABLES = """
    select l.dataset, sum(l.received)::bigint as received, sum(l.accepted)::bigint as accepted,
           sum(l.unchanged)::bigint as unchanged, sum(l.duplicate)::bigint as duplicate,
           sum(l.outdated)::bigint as outdated, sum(l.quarantined)::bigint as quarantined,
           sum(l.findings)::bigint as findings
    from hub.batch b join hub.ledger l on l.batch = b.id where b.run = :run and l.state = 'applied'
    group by 1 order by 1"""

LISTED = """
    select r.id, r.stream, r.mode, r.started_at, r.ended_at, r.seconds,
           (select count(*) from hub.batch b where b.run = r.id) as batches,
           (select count(*) from hub.batch b where b.run = r.id and b.state = 'held') as held,
           (select coalesce(sum(l.received), 0)::bigint from hub.batch b join hub.ledger l on l.batch = b.id
            where b.run = r.id and l.state = 'applied') as received,
           (select coalesce(sum(l.quarantined), 0)::bigint from hub.batch b join hub.ledger l on l.batch = b.id
            where b.run = r.id and l.state = 'applied') as quarantined
    from hub.run r join hub.stream s on s.id = r.stream
    where (cast(:stream as text) is null or r.stream = :stream)
      and (cast(:systems as text[]) is null or s.system = any (:systems))
    order by r.started_at desc, r.id limit :limit"""

ONE = """
    select r.id, r.stream, s.system, s.contract, r.mode, r.since, r.until, r.started_at, r.ended_at, r.seconds, r.request, r.begun_by,
           r.epoch
    from hub.run r join hub.stream s on s.id = r.stream where r.id = :run"""

BATCHES = """
    select b.id, b.number, b.epoch, b.state, b.landed_at, b.settled_at, b.gate_seconds, b.contract_version, b.changed,
           b.gate -> 'failed' as failed, b.gate -> 'disagreements' as disagreements,
           (select count(*) from hub.batch_page p where p.batch = b.id) as pages,
           (select coalesce(sum(g.bytes), 0)::bigint from hub.batch_page p join hub.landing g on g.id = p.landing
            where p.batch = b.id) as bytes
    from hub.batch b where b.run = :run order by b.number, b.serial"""

COMPARED = ("received", "accepted", "quarantined", "findings")
"""Terms of the ledger by which two days are compared."""

OF_DAY = """
    select b.stream, l.dataset, sum(l.received)::bigint as received, sum(l.accepted)::bigint as accepted,
           sum(l.quarantined)::bigint as quarantined, sum(l.findings)::bigint as findings
    from hub.batch b join hub.ledger l on l.batch = b.id and l.state = 'applied'
    where b.state = 'applied' and b.settled_at >= :first and b.settled_at < :after group by 1, 2"""

CAME = """
    select timezone(:zone, b.settled_at)::date as day, sum(l.received)::bigint as received,
           sum(l.accepted)::bigint as accepted, sum(l.quarantined)::bigint as quarantined,
           sum(l.findings)::bigint as findings
    from hub.ledger l join hub.batch b on b.id = l.batch join hub.stream s on s.id = b.stream
    where l.dataset = :dataset and l.state = 'applied'
      and (cast(:systems as text[]) is null or s.system = any (:systems))
    group by 1 order by 1 desc limit :limit"""

VERSIONS = """
    select b.contract_version, min(b.landed_at) as first, max(b.landed_at) as last, count(*) as batches
    from hub.batch b join hub.stream s on s.id = b.stream where s.contract = :contract group by 1 order by 2 desc"""

PAGES = """
    select p.batch, p.number, g.sha256, g.media_type, g.bytes, g.records, g.request, g.fetched_at
    from hub.batch b join hub.batch_page p on p.batch = b.id join hub.landing g on g.id = p.landing
    where b.run = :run order by b.number, b.serial, p.number limit :limit"""


def listed(
    connection: sa.Connection, *, stream: str | None = None, systems: Collection[str] | None = None, limit: int = 50
) -> list[Row]:
    """Runs, newest first; of a stream, or of the streams of some systems."""
    chosen = None if systems is None else list(systems)
    return _rows(connection, LISTED, stream=stream, systems=chosen, limit=limit)


AIRFLOW = "airflow"
"""First word of the request of a reading that a run of a DAG asked for; its DAG and its run follow."""


def of_airflow(connection: sa.Connection, dag: str, run: str, *, systems: Collection[str] | None = None) -> list[Row]:
    """The readings that a run of Airflow's asked for, as in `listed`."""
    chosen = None if systems is None else list(systems)
    request = f"{AIRFLOW} {dag} {run}"
    query = LISTED.replace("where (", "where r.request = :request and (", 1)
    return _rows(connection, query, stream=None, systems=chosen, limit=100, request=request)


def airflow_of(request: str | None) -> tuple[str, str] | None:
    """DAG and run of Airflow's that asked for a reading; None: nobody of Airflow did."""
    words = (request or "").split(" ", 2)
    return (words[1], words[2]) if len(words) == 3 and words[0] == AIRFLOW else None


def one(connection: sa.Connection, run: str, *, pages: int = 200) -> Row:
    """A run: its batches, the equation of each table, and at most so many of its landed pages. Raises NotFound.

    `tries`: how often it was begun; a run that died is taken up by the next one under a higher epoch.
    """
    found = _rows(connection, ONE, run=run)
    if not found:
        raise NotFound("No such run", hint="follow a link of the list of runs")
    row = found[0]
    row["batches"] = _rows(connection, BATCHES, run=run)
    row["tables"] = _rows(connection, TABLES, run=run)
    row["pages"] = _rows(connection, PAGES, run=run, limit=pages)
    row["bytes"] = sum(each["bytes"] for each in row["batches"])
    row["tries"] = max(1, len({each["epoch"] for each in row["batches"]}))
    return row


def of_day(connection: sa.Connection, day: date, zone: ZoneInfo) -> dict[tuple[str, str], Row]:
    """What a local day brought, by stream and table."""
    first = datetime.combine(day, time(), zone)
    rows = _rows(connection, OF_DAY, first=first, after=first + timedelta(days=1))
    return {(row["stream"], row["dataset"]): row for row in rows}


def came(
    connection: sa.Connection, dataset: str, *, systems: Collection[str] | None = None, days: int = 14
) -> list[Row]:
    """What came into a table, the newest local day first."""
    chosen = None if systems is None else list(systems)
    return _rows(connection, CAME, dataset=dataset, systems=chosen, zone=NAME, limit=days)


def versions(connection: sa.Connection, contract: str) -> list[Row]:
    """Versions of a contract under which batches came, newest first."""
    return _rows(connection, VERSIONS, contract=contract)


def _rows(connection: sa.Connection, query: str, **values: object) -> list[Row]:
    return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]
