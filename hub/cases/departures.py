"""Records that left their source: noted by a list of keys, and ended as evidence by a person.

A record is never ended because a page lacks it. Whoever knows that records are gone notes them: a person by the owner's
letter, the hub by a listing of all keys (`hub/cases/key_listing.py`). From then on each has the finding
`record.left-source`, and a decision about it is *confirm*. A named person releases the list: the records are no
evidence any more, and their open cases are closed. A record that comes again, in whatever version, has the finding no
longer (`hub/load/findings.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from contracts.model import Dataset
from hub.cases.findings import FindingFilter
from hub.cases.listed_keys import ListedKeys
from hub.cases.selection import NoCaseNamed
from hub.core import actions, tables
from hub.core.actions import HUB, Actor
from hub.core.database import identifier
from hub.core.errors import NotFound
from hub.evidence.doubts import LEFT
from hub.load import repeats
from hub.load.case_owners import owner_of
from hub.load.findings import name_units
from hub.load.warehouse import SEEN


def note(
    connection: sa.Connection, stream: str, dataset: Dataset, keys: Iterable[str], person: Actor, now: datetime
) -> int:
    """Note that the records with these keys left their source; returns how many were not noted before.

    Raises:
        NotFound: a key is that of no current record of the stream; nothing is noted.
    """
    wanted = sorted({key.strip() for key in keys} - {""})
    last = connection.execute(
        sa.select(tables.stream.c.system, tables.stream.c.last_batch)
        .where(tables.stream.c.id == stream)
        .with_for_update()
    ).first()
    held = _held(connection, dataset, last.system, wanted) if last is not None and last.last_batch else 0
    if last is None or held < len(wanted) or not wanted:
        missing = len(wanted) - held
        raise NotFound(
            f"{missing} of {len(wanted)} keys are of no current record of {dataset.name} in {stream}; nothing was noted",
            hint="one key a line, as hub trace takes it; a quarantined record is a case: hub cases list",
        )
    found = connection.scalars(
        sa.text("""
            insert into hub.finding as f (stream, dataset, record_key, rule, batch, found_at)
            select :stream, :dataset, k, :rule, :batch, :now from unnest(cast(:keys as text[])) k
            on conflict (stream, dataset, record_key, rule) do update
               set resolved_at = null, until = null, acknowledged_at = null, found_at = :now, batch = :batch
               where f.resolved_at is not null
            returning id"""),
        {
            "stream": stream,
            "dataset": dataset.name,
            "rule": LEFT,
            "batch": last.last_batch,
            "now": now,
            "keys": wanted,
        },
    ).all()
    for number in found:
        actions.append(connection, actions.FINDINGS, (number,), "left", person, now)
    # Without its received hash, and without answers that came before, a record that comes again is judged, and noticed.
    connection.execute(
        sa.text(
            f"update warehouse.{identifier(dataset.table)} set {SEEN} = null where _system = :system and _key = any(:keys)"
        ),
        {"system": last.system, "keys": wanted},
    )
    repeats.forget(connection, stream)
    name_units(connection, stream, last.system, dataset)
    return len(found)


def release(connection: sa.Connection, filter_: FindingFilter, person: Actor, now: datetime) -> list[int]:
    """End records that left their source as evidence; numbers of the findings that this ended. One act may end a list.

    Raises:
        NoCaseNamed: nothing is selected.
        NotFound: one of the numbers is no finding of a record that left.
    """
    if filter_.is_empty:
        raise NoCaseNamed("No finding is named", hint="give numbers, or --unit, --stream, --month")
    f = tables.finding.c
    query = sa.select(f.id, f.until, f.resolved_at).where(filter_.condition(), f.rule == LEFT).order_by(f.id)
    found = connection.execute(query.with_for_update()).all()
    if missing := sorted(set(filter_.numbers) - {row.id for row in found}):
        raise NotFound(
            f"Finding {', '.join(map(str, missing[:5]))} says of no record that it left",
            hint="hub findings list --rule record.left-source",
        )
    waiting = [row.id for row in found if row.until is None and row.resolved_at is None]
    connection.execute(sa.update(tables.finding).where(f.id.in_(waiting)).values(until=now))
    for number in waiting:
        actions.append(connection, actions.FINDINGS, (number,), "released", person, now)
    _close_cases(connection, waiting, person, now)
    return waiting


def _close_cases(connection: sa.Connection, findings: Sequence[int], person: Actor, now: datetime) -> None:
    """Close the open cases of released records, and of what they own. Seen again, such a case opens again."""
    statement = """
        with ended as (
            update hub."case" c set state = 'closed', closed_seen = c.seen from hub.finding f
            where f.id = any(:findings) and c.stream = f.stream and c.state = 'open' and c.fault is distinct from 'book'
              and (c.dataset = f.dataset and c.record_key = f.record_key or c.record_owner = f.record_key)
            returning c.id)
        insert into hub.act ("case", what, detail, who, why, at)
        select id, 'closed', :rule, :who, :why, :now from ended"""
    values = {"findings": list(findings), "rule": LEFT, "who": person.who, "why": person.why, "now": now}
    connection.execute(sa.text(statement), values)


LISTING = "a listing of all keys at the source lacks it"


def note_listed(keys: ListedKeys, now: datetime) -> int:
    """Note the records that a listing lacks (its table `gone`), each with its unit; returns their number.

    The caller holds the row lock of the stream.
    """
    found = keys.execute(
        f"""
        with noted as (
            insert into hub.finding as f (stream, dataset, record_key, rule, batch, found_at, unit)
            select :stream, :dataset, g.key, :left, h.last_batch, :now, coalesce(o.unit, c.unit)
            from gone g join hub.stream h on h.id = :stream
            left join {{current}} s on s._system = :system and s._key = g.key
            left join lateral ({owner_of(keys.dataset)}) o on s._key is not null
            left join lateral (
                select unit from hub."case" c where c.stream = :stream and c.dataset = :dataset and c.state = 'open'
                and c.record_key = g.key order by id desc limit 1) c on true
            on conflict (stream, dataset, record_key, rule) do update
               set resolved_at = null, until = null, acknowledged_at = null, found_at = excluded.found_at,
                   batch = excluded.batch, unit = excluded.unit, rekeyed = null
               where f.resolved_at is not null
            returning id)
        insert into hub.act (finding, what, who, why, at) select id, 'left', :who, :why, :now from noted""",
        now=now,
        who=HUB,
        why=LISTING,
    ).rowcount
    if found:
        # As of those that a person noted: a record that comes again is judged, and noticed.
        keys.execute(f"""
            update {{current}} w set {SEEN} = null from gone g where w._system = :system and w._key = g.key""")
        repeats.forget(keys.connection, keys.stream)
    return found


def link_rekeyed(keys: ListedKeys) -> int:
    """Name, in the findings of what is gone, the key under which the source has the same entry now; their number.

    The same entry: the same number, book and place of registration, of one listed record alone.
    """
    kind = keys.dataset.evidence
    if kind is None or not (kind.entry and kind.book):
        return 0
    names = (kind.entry, kind.book, keys.dataset.place_field)
    columns = [identifier(keys.dataset.by_name[name].column) for name in names]
    same = " and ".join(f"n.{column} = w.{column}" for column in columns)
    return keys.execute(f"""
        update hub.finding f set rekeyed = p.key from (
            select w._key as gone, min(n._key) as key
            from gone g join {{current}} w on w._system = :system and w._key = g.key
            join {{current}} n on n._system = :system and {same} and n._key <> w._key
            where exists (select from listed l where l.key = n._key)
            group by 1 having count(*) = 1) p
        where f.stream = :stream and f.dataset = :dataset and f.rule = :left and f.record_key = p.gone
          and f.resolved_at is null""").rowcount


def resolve_listed(keys: ListedKeys, now: datetime) -> int:
    """Resolve the findings of records that are listed again as they are here, and of cases that are; their number.

    Another content comes by its own way, and resolves its finding there.
    """
    return keys.execute(
        """
        update hub.finding f set resolved_at = :now from back b
        where f.stream = :stream and f.dataset = :dataset and f.rule = :left and f.record_key = b.key
          and f.resolved_at is null
          and not exists (select from {current} w where w._system = :system and w._key = b.key
                          and w._version is distinct from b.version)""",
        now=now,
    ).rowcount


def _held(connection: sa.Connection, dataset: Dataset, system: str, keys: Sequence[str]) -> int:
    query = sa.text(
        f"select count(*) from warehouse.{identifier(dataset.table)} where _system = :system and _key = any(:keys)"
    )
    return int(connection.scalar(query, {"system": system, "keys": list(keys)}) or 0)
