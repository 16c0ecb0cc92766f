"""Rows that receivers refused become cases of the owning units, and close when a receiver accepts the record.

    signed answer ──lines──> hub.delivery_refusal ──look──> a case for each record and feed

What a record is at its receiver is said by the newest delivery that carried it and that the receiver judged: refused, its
case is open; accepted, its case is closed. An answer is looked at once, so a case is opened and seen exactly once for
each refusal. The service that takes answers may not write cases; looks run with each sending, in the DAGs of feeds, once a
day, and before refusals are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.core import actions
from hub.core.actions import HUB, Actor
from hub.core.database import identifier
from hub.evidence.receiver_reasons import PREFIX, of_rule
from hub.feeds.declared import Feed
from hub.feeds.manifest import delivery_id
from hub.load.case_owners import owner_of
from hub.load.closing import MAY_CLOSE

DUE = timedelta(days=5)
"""Time that a case of a refused row has, as one of a quarantined record has by default."""
NEWEST = """(
    select distinct on (a.feed, a.sequence) a.id, a.feed, a.sequence, a.outcome, a.at from hub.delivery_answer a
    order by a.feed, a.sequence, a.said_at desc, a.id desc)"""
"""SQL: the answer that counts for each delivery: the receiver's newest word."""
_RECORDS = f"""
    create temporary table refused_record on commit drop as
    with touched as (
        select i.system, i.key from hub.delivery_refusal r
        join hub.delivery_item i on i.feed = r.feed and i.sequence = r.sequence and i.number = r.number
        where r.answer = any(:answers)
        union
        select i.system, i.key from hub."case" c join hub.stream s on s.id = c.stream
        join hub.delivery_item i on i.feed = c.feed and i.key = c.record_key and i.system = s.system
        where c.feed = :feed and c.state <> 'closed'
          and i.sequence in (select a.sequence from hub.delivery_answer a where a.id = any(:answers))),
    judged as (
        select distinct on (t.system, t.key) t.system, t.key, i.sequence, i.number, i.batch, n.id as answer
        from touched t
        join hub.delivery_item i on i.feed = :feed and i.key = t.key and i.system = t.system
        join {NEWEST} n on n.feed = :feed and n.sequence = i.sequence and n.outcome = 'accepted'
        order by t.system, t.key, i.sequence desc)
    select j.system, j.key, j.sequence, j.number, r.reason, r.field, coalesce(j.batch, (
               select p.batch from hub.delivery_item p
               where p.feed = :feed and p.key = j.key and p.system = j.system and p.operation = 'put'
                 and p.sequence < j.sequence order by p.sequence desc limit 1)) as batch
    from judged j left join hub.delivery_refusal r on r.answer = j.answer and r.number = j.number"""


@dataclass(frozen=True)
class RefusalRound:
    """What one look did."""

    answers: int = 0
    """Answers that nobody had looked at."""
    opened: int = 0
    """Cases that were opened, or seen again."""
    closed: int = 0

    def plus(self, other: RefusalRound) -> RefusalRound:
        """The sum of both."""
        return RefusalRound(self.answers + other.answers, self.opened + other.opened, self.closed + other.closed)


def look(engine: sa.Engine, feeds: Iterable[Feed], now: datetime) -> RefusalRound:
    """Open and close the cases of what receivers refused since the last look; a transaction for each feed."""
    done = RefusalRound()
    for feed in feeds:
        with engine.begin() as connection:
            done = done.plus(_look(connection, feed, now))
    return done


def _look(connection: sa.Connection, feed: Feed, now: datetime) -> RefusalRound:
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.refusals'), hashtext(:feed))"), _given(feed))
    taken = sa.text("""
        insert into hub.refusal_look (answer, at)
        select a.id, :now from hub.delivery_answer a
        where a.feed = :feed and not exists (select from hub.refusal_look l where l.answer = a.id) returning answer""")
    answers = list(connection.scalars(taken, {"feed": feed.id, "now": now}))
    if not answers:
        return RefusalRound()
    connection.execute(sa.text("drop table if exists refused_record"))
    connection.execute(sa.text(_RECORDS), {"feed": feed.id, "answers": answers})
    if not connection.scalar(sa.text("select exists (select from refused_record)")):
        return RefusalRound(len(answers))
    _wait_for_merges(connection, feed)
    return RefusalRound(len(answers), _open(connection, feed, now), _close(connection, feed, now))


def _wait_for_merges(connection: sa.Connection, feed: Feed) -> None:
    """Locks in the order of all who act on cases: streams first."""
    query = "select id from hub.stream where contract = :contract order by id for share"
    connection.execute(sa.text(query), {"contract": feed.contract.name})


def _open(connection: sa.Connection, feed: Feed, now: datetime) -> int:
    closed_before = set(connection.scalars(sa.text(f"{_OF_RECORDS} and c.state = 'closed'"), _given(feed)))
    rows = connection.execute(
        sa.text(_opening(feed)),
        {
            "feed": feed.id,
            "dataset": feed.dataset.name,
            "owner": feed.file.owner,
            "now": now,
            "due": now + DUE,
            "prefix": PREFIX,
        },
    ).all()
    for row in rows:
        if row.id in closed_before:
            why = Actor(HUB, "its receiver refused the record again")
            actions.append(
                connection, actions.CASES, (row.id, delivery_id(feed.id, row.delivery)), "reopened", why, now
            )
    return len(rows)


def _opening(feed: Feed) -> str:
    """SQL: a case for each refused record, in the version that was refused; one that is refused again is seen again."""
    dataset, table = feed.dataset, identifier(feed.dataset.table)
    units = [*dataset.unit_fields, *([dataset.unit_day] if dataset.unit_day else [])]
    own = dict.fromkeys(identifier(dataset.by_name[name].column) for name in units)
    version = ", ".join(["_key", "_system", "_version", "_landing", "_row", *own])
    of_record = "_key = t.key and _system = t.system and _batch = t.batch"
    return f"""
        insert into hub."case" (stream, dataset, record_key, content, rules, detail, landing, record, owner, opened_at,
                                due_at, first_batch, last_batch, version, unit, unit_since, feed, delivery)
        select b.stream, :dataset, t.key, md5(concat_ws('|', 'refused', cast(:feed as text), t.system, t.key))\\:\\:uuid,
               array[cast(:prefix as text) || t.reason],
               concat_ws(', ', cast(:feed as text) || '-' || lpad(cast(t.sequence as text), 8, '0'), 'line ' || t.number, nullif(t.field, '')),
               s._landing, s._row, coalesce(o.owner, :owner), :now, :due, b.id, b.id, s._version, o.unit, o.unit_since,
               :feed, t.sequence
        from refused_record t
        cross join lateral (
            select {version} from warehouse.{table} where {of_record}
            union all
            select {version} from history.{table} where {of_record} and _end <> 'outdated' limit 1) s
        join hub.batch b on b.serial = t.batch
        left join lateral ({owner_of(dataset).replace(":system", "s._system")}) o on true
        where t.reason is not null
        on conflict (stream, dataset, content) do update set
            rules = excluded.rules, detail = excluded.detail, landing = excluded.landing, record = excluded.record,
            last_batch = excluded.last_batch, version = excluded.version, delivery = excluded.delivery,
            seen = "case".seen + 1, state = 'open', closed_seen = null, due_at = excluded.due_at, reminded_at = null,
            escalated_at = null
        where "case".delivery < excluded.delivery or "case".rules <> excluded.rules
           or "case".state = 'closed' and "case".closed_seen is null
        returning id, delivery"""


_OF_RECORDS = """
    select c.id from hub."case" c join hub.stream s on s.id = c.stream
    join refused_record t on t.system = s.system and t.key = c.record_key where c.feed = :feed"""


def _close(connection: sa.Connection, feed: Feed, now: datetime) -> int:
    closed = connection.execute(
        sa.text(f"""
            update hub."case" c set state = 'closed', closed_seen = null
            from hub.stream s, refused_record t
            where c.feed = :feed and s.id = c.stream and c.state <> 'closed' and {MAY_CLOSE}
              and t.system = s.system and t.key = c.record_key and t.reason is null
            returning c.id, t.sequence"""),
        _given(feed),
    ).all()
    why = Actor(HUB, "its receiver accepted the record")
    for row in closed:
        actions.append(connection, actions.CASES, (row.id, delivery_id(feed.id, row.sequence)), "closed", why, now)
    return len(closed)


def listed(
    connection: sa.Connection, feeds: Sequence[str], *, everything: bool = False, limit: int = 500
) -> list[dict[str, Any]]:
    """Refused lines of feeds, newest delivery first, with reason and case: those whose case is open, or all.

    No value and no key of a record.
    """
    query = sa.text(f"""
        select r.feed, r.sequence as delivery, r.number as line, r.reason, nullif(r.field, '') as field,
               c.id as "case", c.state, c.owner, n.at as answered_at
        from hub.delivery_refusal r join {NEWEST} n on n.id = r.answer
        join hub.delivery_item i on i.feed = r.feed and i.sequence = r.sequence and i.number = r.number
        left join lateral (
            select c.id, c.state, c.owner from hub."case" c join hub.stream s on s.id = c.stream
            where c.feed = r.feed and c.record_key = i.key and s.system = i.system limit 1) c on true
        where r.feed = any(:feeds) and (:everything or c.state is distinct from 'closed')
        order by r.feed, r.sequence desc, r.number limit :limit""")
    given = {"feeds": list(feeds), "everything": everything, "limit": limit}
    rows = [dict(row) for row in connection.execute(query, given).mappings()]
    for row in rows:
        said = of_rule(PREFIX + row["reason"])
        row["vi"], row["en"] = (said.vi, said.en) if said else ("", "")
    return rows


def _given(feed: Feed) -> dict[str, object]:
    """What every statement about a feed is given."""
    return {"feed": feed.id}
