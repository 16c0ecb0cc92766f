"""Numbers that are good once, over all processes and restarts: nonces of the Ministry's messages (WS-Security), and
numbers of the proofs that agencies sign behind the state's bus.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import BYTEA, insert

from hub.access import alerts
from hub.core.tables import Moment, metadata

ws_nonce = Table(
    "ws_nonce",
    metadata,
    Column("username", Text, primary_key=True),
    Column("nonce", BYTEA, primary_key=True, comment="SHA-256 of the nonce"),
    Column("created_at", Moment, nullable=False, comment="when the message says that it was made"),
    Index("ws_nonce_created", "created_at"),
    comment="Nonces of WS-Security messages that were taken; swept when a message of their age is refused anyway",
)


def first_use(
    engine: sa.Engine, agency: str, username: str, nonce: bytes, created: datetime, *, now: datetime, kept: timedelta
) -> bool:
    """Take a nonce; whether it is used for the first time. Of two concurrent uses only one is the first.

    A second use is an alert about the agency.
    `kept`: how long after its creation a nonce is remembered; longer than a message is fresh, by as much as the clocks
    of two processes may differ. Committed before the answer. Raises DatabaseUnavailable: the message must not be
    accepted.
    """
    values = {"username": username, "nonce": hashlib.sha256(nonce).digest(), "created_at": created}
    with engine.begin() as connection:
        taken = connection.scalar(insert(ws_nonce).values(values).on_conflict_do_nothing().returning(sa.literal(1)))
        # Rows that another sweep holds are left to it: two deletes in different orders would wait for each other.
        connection.execute(
            sa.text("""
            delete from hub.ws_nonce where (username, nonce) in (
                select username, nonce from hub.ws_nonce where created_at < :before limit 1000 for update skip locked)"""),
            {"before": now - kept},
        )
        if taken is None:
            alerts.note(connection, "replay", agency)
    return taken is not None
