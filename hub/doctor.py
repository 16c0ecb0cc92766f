"""`hub doctor`: does everything the hub says of itself hold? Recounts from the landed bytes, repairs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from hub import batches
from hub.bootstrap import Hub
from hub.errors import LandingDamaged


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at."""

    check: str
    ok: bool
    detail: str


def examine(hub: Hub, progress: Callable[[int, int], None] = lambda done, of: None) -> Iterator[Diagnosis]:
    """Look at the whole state, most basic things first."""
    yield _none(hub, "ledger: every equation holds", """
        select batch || ' ' || dataset from hub.ledger
        where state = 'applied' and received <> accepted + unchanged + duplicate + outdated + quarantined""")
    yield _none(hub, "chain: each applied batch has one successor at most, and the head is the last", """
        select s.id from hub.stream s where s.last_batch is distinct from
          (select b.id from hub.batch b where b.stream = s.id and b.state = 'applied'
             and not exists (select from hub.batch n where n.previous = b.id and n.state = 'applied' and n.stream = b.stream))""")
    yield _none(hub, "stage: no table without a live or held batch", """
        select tablename from pg_tables t where schemaname = 'stage' and not exists (
          select from hub.batch b where b.state in ('landed', 'staged', 'held') and t.tablename like 'e' || b.epoch || '\\_' || left(b.id, 16) || '\\_%')""")
    yield _none(hub, "ledger: every applied batch has a row for every table", """
        select b.id from hub.batch b where b.state = 'applied' and not exists (select from hub.ledger l where l.batch = b.id)""")
    yield from _rows_of_batches(hub)
    yield from _recount(hub, progress)


def _rows_of_batches(hub: Hub) -> Iterator[Diagnosis]:
    """Accepted, told by the ledger, against rows that carry the batch: current, superseded or removed since."""
    for contract in hub.contracts.values():
        for dataset in contract.datasets:
            if not _exists(hub, dataset.table):
                continue
            yield _none(hub, f"{dataset.name}: accepted rows are all there, once", f"""
                with told as (select b.serial, l.accepted from hub.ledger l join hub.batch b on b.id = l.batch
                              where l.dataset = '{dataset.name}' and l.state = 'applied'),
                     there as (select _batch, count(*) n from (
                                 select _batch from warehouse.{dataset.table}
                                 union all select _batch from history.{dataset.table} where _end <> 'outdated') r group by 1)
                select coalesce(t.serial, h._batch)::text from told t full join there h on h._batch = t.serial
                where coalesce(t.accepted, 0) <> coalesce(h.n, 0)""")


def _recount(hub: Hub, progress: Callable[[int, int], None]) -> Iterator[Diagnosis]:
    """Records in the landed bytes, read and counted again, against the ledger's `received`."""
    with hub.engine.connect() as connection:
        told = connection.execute(sa.text("""
            select b.id, b.stream, jsonb_object_agg(l.dataset, l.received) as received
            from hub.batch b join hub.ledger l on l.batch = b.id group by 1, 2 order by min(b.serial)""")).all()
        wrong, records = [], 0
        for done, (batch, stream, received) in enumerate(told, 1):
            source = hub.source(hub.deployment.stream(stream))
            counted: dict[str, int] = dict.fromkeys(received, 0)
            try:
                for page in batches.pages_of(connection, batch):
                    for name, frame in source.records(hub.landing.read(page.sha256), page.media_type).items():
                        counted[name] += frame.height
                        records += frame.height
            except LandingDamaged as error:
                wrong.append(f"{batch[:12]}: {error.message}")
            if counted != received:
                wrong.append(f"{batch[:12]} of {stream}: landing holds {counted}, the ledger says {received}")
            progress(done, len(told))
    yield Diagnosis("landing: bytes are whole, and hold as many records as the ledger received", not wrong,
                    "; ".join(wrong[:5]) or f"{records:,} records of {len(told)} batches counted again")


def _none(hub: Hub, check: str, query: str) -> Diagnosis:
    with hub.engine.connect() as connection:
        found = connection.execute(sa.text(query.replace("::", "\\:\\:"))).scalars().all()
    return Diagnosis(check, not found, f"{len(found)} break it: {', '.join(map(str, found[:5]))}" if found else "")


def _exists(hub: Hub, table: str) -> bool:
    with hub.engine.connect() as connection:
        return sa.inspect(connection).has_table(table, schema="warehouse")
