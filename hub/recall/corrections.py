"""Records that have another version than before, or were ended as gone, as a temporary table `correction`.

Batches that nobody looked at say what may have changed: each is looked at once, in whatever order batches commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.core.crypto import Keys
from hub.core.database import identifier
from hub.evidence.doubts import LEFT
from hub.load.warehouse import has_table

AT_ONCE = 10_000
"""Records whose marks are written at once."""
_TABLE = """
    create temporary table correction (
        dataset text, contract text, system text collate "C", key text collate "C", why text, since timestamptz,
        old timestamptz, batch bigint, mark bytea) on commit drop"""
_LEFT = """
    insert into correction (dataset, contract, system, key, why, since, old)
    select f.dataset, :contract, h.system, f.record_key, 'left', f.until, 'infinity'
    from hub.finding f join hub.stream h on h.id = f.stream
    where f.dataset = :dataset and f.rule = :left and f.until is not null and f.resolved_at is null
      and not exists (select from hub.recall r where r.dataset = f.dataset and r.system = h.system
                        and r.record_key = f.record_key and r.why = 'left' and r.since = f.until)"""


def find(connection: sa.Connection, contracts: Mapping[str, Contract], keys: Keys, batches: Iterable[int]) -> int:
    """Fill the table `correction` from these batches and from what people ended; returns the number of records.

    `old` is the newest version that is not true any more; `mark` the keyed hash by which audit rows name a record.
    """
    connection.execute(sa.text(_TABLE))
    serials = list(batches)
    for contract in contracts.values():
        main = contract.datasets[0]
        if main.version_field and has_table(connection, main.table):
            given = {"dataset": main.name, "contract": contract.name}
            connection.execute(sa.text(_changed(main)), {**given, "batches": serials})
            connection.execute(sa.text(_LEFT), {**given, "left": LEFT})
    return _mark(connection, keys)


def waiting(connection: sa.Connection) -> list[int]:
    """Applied batches in which nobody looked for corrections; they are noted as looked at, with this transaction."""
    query = sa.text("""
        insert into hub.recall_batch (batch)
        select serial from hub.batch b where state = 'applied' and changed is not false
           and not exists (select from hub.recall_batch r where r.batch = b.serial)
        on conflict do nothing returning batch""")
    return list(connection.scalars(query))


def record_mark(keys: Keys, dataset: str, system: str, key: str) -> bytes:
    """The keyed hash of a record's name: audit rows keep it, and nobody reads the record from it."""
    return bytes.fromhex(keys.lookup(f"{dataset}/{system}/{key}"))


def _changed(dataset: Dataset) -> str:
    """SQL: records of the batches that had an older version. What came new corrects nothing.

    The change time of a record moves on while its content stays: `old` is the last one of the content before.
    """
    table = identifier(dataset.table)
    return f"""
        insert into correction (dataset, contract, system, key, why, since, old, batch)
        select :dataset, :contract, w._system, w._key, 'corrected', w._version, before.old, w._batch
        from hub.batch b join warehouse.{table} w on w._batch = b.serial
         and (b.least_key is null or w._key between b.least_key and b.greatest_key)
        cross join lateral (
            select max(h._version) as old from history.{table} h
            where h._key = w._key and h._system = w._system and h._end = 'superseded') before
        where b.serial = any(:batches) and before.old is not null"""


def _mark(connection: sa.Connection, keys: Keys) -> int:
    names = connection.execute(sa.text("select ctid::text, dataset, system, key from correction")).all()
    update = sa.text("""
        update correction c set mark = m.mark
        from unnest(cast(:places as text[]), cast(:marks as bytea[])) m (place, mark) where c.ctid = m.place::tid""")
    for start in range(0, len(names), AT_ONCE):
        part = names[start : start + AT_ONCE]
        marks = [record_mark(keys, dataset, system, key) for _, dataset, system, key in part]
        connection.execute(update, {"places": [place for place, *_ in part], "marks": marks})
    return len(names)
