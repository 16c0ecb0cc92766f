"""What an answer makes of a delivery: its state and its counts, in one transaction with the answer itself.

The equation (released = acknowledged + refused + waiting + unknown) and the counts of each state are CHECKs.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from connectors.outgoing.sink import ReceiverHolds, SinkReply
from hub.feeds import approvals, releases
from hub.sending import answers, expiry
from hub.sending.answers import Answer, Expected
from hub.sending.tables import delivery_answer, delivery_refusal, sending

OPEN = ("released", "sent", "unknown")
"""States in which a delivery is not settled."""


def log(connection: sa.Connection, row: sa.Row[Any], what: str, system: str, now: datetime, detail: str = "") -> None:
    """A line of the log of sendings."""
    values = {"feed": row.feed, "sequence": row.sequence, "what": what, "system": system, "detail": detail, "at": now}
    connection.execute(sa.insert(sending).values(values))


def expected_of(row: sa.Row[Any]) -> Expected:
    """What an answer about a delivery must name."""
    manifest = json.loads(bytes(row.manifest))
    items, columns = row.put + row.deleted, frozenset(row.columns)
    return Expected(manifest["id"], row.receiver, row.digest, manifest["payload"]["sha256"], items, columns)


def begin(connection: sa.Connection, row: sa.Row[Any], system: str, now: datetime) -> None:
    """From the commit of this on, whether a delivery came is unknown."""
    releases.set_(connection, row, state="unknown", waiting=0, unknown=row.released)
    log(connection, row, "begun", system, now)


def settle(connection: sa.Connection, feed: str, sequence: int, reply: SinkReply, system: str, now: datetime) -> str:
    """Note a reply, and what it makes of the delivery. Returns its state.

    Raises:
        AnswerUnfit: the reply is not the receiver's word about this delivery; nothing is written.
    """
    row = releases.row_of(connection, feed, sequence, lock=True)
    if reply.held is ReceiverHolds.ANSWERED:
        keys = approvals.signing_keys(connection, row.receiver)
        return take(connection, row, answers.read(reply.answer, expected_of(row), keys), system, now)
    log(connection, row, reply.held.value, system, now)
    if row.state not in ("unknown", "sent"):
        return str(row.state)  # settled by what was signed: an unsigned word changes nothing
    state = "sent" if reply.held is ReceiverHolds.TAKEN else "released"
    releases.set_(connection, row, state=state, waiting=row.released, unknown=0)
    return state


def take(connection: sa.Connection, row: sa.Row[Any], answer: Answer, system: str, now: datetime) -> str:
    """Keep a checked answer, and set the delivery's state by it. Returns the state.

    An answer that is older than the one that counts is kept and changes nothing: the newest word of a receiver counts.
    """
    if answer.outcome == "deleted":
        expiry.keep_receivers(connection, row, answer, now)
        log(connection, row, "answered", system, now, "deleted")
        return str(row.state)
    r = delivery_answer.c
    last = connection.scalar(sa.select(sa.func.max(r.said_at)).where(r.feed == row.feed, r.sequence == row.sequence))
    refused = row.released if answer.outcome == "refused" else len(answer.refused)
    kept = connection.scalar(
        insert(delivery_answer)
        .values(
            feed=row.feed,
            sequence=row.sequence,
            outcome=answer.outcome,
            refused=refused,
            said_at=answer.at,
            key=answer.key,
            body=answer.body,
            digest=answer.digest,
            at=now,
        )
        .on_conflict_do_nothing()
        .returning(r.id)
    )
    if kept is not None and answer.refused:
        lines = [
            {
                "answer": kept,
                "number": line,
                "feed": row.feed,
                "sequence": row.sequence,
                "reason": said.reason,
                "field": said.field,
            }
            for line, said in answer.refused.items()
        ]
        connection.execute(sa.insert(delivery_refusal), lines)
    log(connection, row, "answered", system, now, f"{answer.outcome} {answer.reason}".strip())
    if row.state not in ("unknown", "sent") and last is not None and answer.at < last:
        return str(row.state)
    if answer.outcome == "lost":
        counts = {"state": "released", "waiting": row.released, "acknowledged": 0, "refused": 0, "unknown": 0}
    else:
        counts = {
            "state": "refused" if answer.outcome == "refused" else "acknowledged",
            "acknowledged": row.released - refused,
            "refused": refused,
            "waiting": 0,
            "unknown": 0,
        }
    releases.set_(connection, row, **counts)
    return str(counts["state"])
