"""What a reply makes of a submitted record, in one transaction; a refusal is a case of the unit whose record it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from connectors.outgoing.records import RecordHeld, RecordReply
from hub.core import actions
from hub.core.actions import HUB, Actor
from hub.core.database import identifier
from hub.feeds.declared import Feed
from hub.load.case_owners import owner_of
from hub.submitting.contents import Submitted
from hub.submitting.tables import submitted_record

REFUSED = "record.refused-by-receiver"
"""The rule of such a case."""
DUE = timedelta(days=10)
STATE = {
    RecordHeld.ACCEPTED: "acknowledged",
    RecordHeld.TAKEN: "taken",
    RecordHeld.REFUSED: "refused",
    RecordHeld.NOTHING: "waiting",
    RecordHeld.OTHER: "waiting",
}
_T = submitted_record.c


def begin(connection: sa.Connection, feed: Feed, system: str, chunk: Sequence[Submitted], now: datetime) -> None:
    """From the commit of this on, whether these records came is unknown."""
    rows = [
        {
            "f": feed.id,
            "s": system,
            "k": each.key,
            "digest": each.record.digest,
            "mine": each.batch,
            "source": each.source_state,
            "as_submitted": each.submitted_state,
        }
        for each in chunk
    ]
    statement = (
        sa.update(submitted_record)
        .where(_T.feed == sa.bindparam("f"), _T.system == sa.bindparam("s"), _T.key == sa.bindparam("k"))
        .values(
            state="unknown",
            submitted=sa.bindparam("digest"),
            batch=sa.bindparam("mine"),
            source_state=sa.bindparam("source"),
            submitted_state=sa.bindparam("as_submitted"),
            tries=_T.tries + 1,
            submitted_at=now,
        )
    )
    connection.execute(statement, rows)


def settle(
    connection: sa.Connection, feed: Feed, system: str, submitted: Submitted, reply: RecordReply, now: datetime
) -> str:
    """Note what the receiver said of a record. Returns its state."""
    state, digest = STATE[reply.held], submitted.record.digest
    values: dict[str, object] = {"state": state, "reasons": list(reply.reasons) if state == "refused" else []}
    if reply.state:
        values["their_state"] = reply.state
    if state in ("acknowledged", "taken"):
        values |= {"submitted": digest, "held": digest}
    if reply.held is RecordHeld.NOTHING:
        values["held"] = None
    elif reply.held is RecordHeld.OTHER:
        values["held"] = "other"
    if state != "waiting":
        values["settled_at"] = now
    mine = (_T.feed == feed.id, _T.system == system, _T.key == submitted.key)
    connection.execute(sa.update(submitted_record).where(*mine).values(**values))
    if state == "refused":
        _open_case(connection, feed, system, submitted, reply, now)
    elif state == "acknowledged":
        _close_cases(connection, feed, system, submitted, now)
    return state


def asked(connection: sa.Connection, feed: Feed, system: str, key: str, now: datetime) -> None:
    """Note that the receiver is asked about a record."""
    mine = (_T.feed == feed.id, _T.system == system, _T.key == key)
    connection.execute(sa.update(submitted_record).where(*mine).values(asked_at=now))


def _open_case(
    connection: sa.Connection, feed: Feed, system: str, submitted: Submitted, reply: RecordReply, now: datetime
) -> None:
    dataset = feed.dataset
    connection.execute(
        sa.text(f"""
            insert into hub."case" (stream, dataset, record_key, content, rules, detail, landing, record, owner, opened_at,
                                    due_at, first_batch, last_batch, version, unit, unit_since, feed, delivery)
            select h.id, :dataset, s._key, md5(concat_ws('|', cast(:feed as text), s._key, cast(:digest as text)))::uuid, array[cast(:rule as text)],
                   cast(:detail as text), s._landing, s._row, coalesce(o.owner, :owner), :now, :due, b.id, b.id,
                   s._version, o.unit, o.unit_since, :feed, 0
            from warehouse.{identifier(dataset.table)} s
            join hub.stream h on h.system = s._system and h.contract = :contract
            join hub.batch b on b.serial = s._batch
            left join lateral ({owner_of(dataset)}) o on true
            where s._system = :system and s._key = :key
            on conflict (stream, dataset, content) do update set
                seen = "case".seen + 1, detail = excluded.detail, state = 'open', due_at = excluded.due_at"""),
        {
            "dataset": dataset.name,
            "feed": feed.id,
            "digest": submitted.record.digest,
            "rule": REFUSED,
            "detail": f"{feed.id}: {', '.join(reply.reasons)}",
            "owner": feed.file.owner,
            "now": now,
            "due": now + DUE,
            "contract": feed.contract.name,
            "system": system,
            "key": submitted.of,
        },
    )


def _close_cases(connection: sa.Connection, feed: Feed, system: str, submitted: Submitted, now: datetime) -> None:
    """Close what this receiver refused of the record before."""
    closed = connection.scalars(
        sa.text("""
            update hub."case" c set state = 'closed', closed_seen = c.seen from hub.stream h
            where h.system = :system and h.contract = :contract and c.stream = h.id and c.dataset = :dataset
              and c.record_key = :key and c.state = 'open' and c.rules = array[cast(:rule as text)] and c.feed = :feed
            returning c.id"""),
        {
            "system": system,
            "contract": feed.contract.name,
            "dataset": feed.dataset.name,
            "key": submitted.of,
            "rule": REFUSED,
            "feed": feed.id,
        },
    ).all()
    for number in closed:
        actions.append(connection, actions.CASES, (number, feed.id), "closed", Actor(HUB, "the receiver took it"), now)
