"""A moment of the log with the digest of the warehouse at that moment, whoever loads meanwhile."""

from __future__ import annotations

import sqlalchemy as sa

from hub.app import Hub
from hub.backup.catalogue import LogMark, MarkedDigest
from hub.core.database import identifier
from hub.operations.digest import digests_in

TABLES = sa.text(
    "select schemaname, tablename from pg_tables where schemaname in ('warehouse', 'history') order by 1, 2"
)


def marked(hub: Hub) -> LogMark:
    """Mark a moment of the log, and compute the digests of the warehouse as it is then.

    The tables are locked against writers for the moment in which the snapshot is taken, so that the log up to here and
    the snapshot hold the same transactions; then writers go on, and the digests are computed from the snapshot.
    """
    with hub.engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        with hub.engine.connect() as moment:
            tables = ", ".join(f"{identifier(schema)}.{identifier(name)}" for schema, name in moment.execute(TABLES))
            moment.rollback()
            if tables:
                moment.execute(sa.text(f"lock table {tables} in share mode"))
            snapshot = moment.scalar(sa.text("select pg_export_snapshot()"))
            lsn, at = moment.execute(
                sa.text("select cast(pg_current_wal_insert_lsn() as text), clock_timestamp()")
            ).one()
            reader.execute(sa.text(f"set transaction snapshot '{snapshot}'"))
            moment.rollback()
        found = digests_in(reader, iter(hub.contracts.values()))
        return LogMark(lsn, at.isoformat(), tuple(MarkedDigest(each.table, each.rows, each.digest) for each in found))
