"""Which duty may do what with which table. What is not named here is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.access.logins.duty import Duty

EVERY = ("*",)


@dataclass(frozen=True)
class TableRight:
    """What a login may do with a table."""

    reads: tuple[str, ...] = ()
    """Columns that it may read; `*` is all."""
    inserts: bool = False
    updates: tuple[str, ...] = ()
    deletes: bool = False

    def wanted(self, columns: Iterable[str]) -> set[str]:
        """The rights as PostgreSQL lists them: SELECT for a whole table, `SELECT name` for a column."""
        found = {f"{word} {name}" for word, names in self._named() for name in names if name in set(columns)}
        found |= {word for word, names in self._named() if names == EVERY}
        found |= {word for word, given in (("INSERT", self.inserts), ("DELETE", self.deletes)) if given}
        return found

    def _named(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return ("SELECT", self.reads), ("UPDATE", self.updates)


READS = TableRight(EVERY)
ADDS = TableRight(EVERY, inserts=True)
WORKS = TableRight(EVERY, inserts=True, updates=EVERY, deletes=True)
NONE = TableRight()

LOADING: Mapping[str, TableRight] = {
    "hub.migration": READS,
    "hub.granted": READS,
    "hub.grants_version": READS,
    "hub.client_certificate": READS,
    "hub.client_revocation": READS,
    "hub.auditor": READS,
    "hub.audit": ADDS,
    "hub.audit_review": ADDS,
    "hub.alert_act": ADDS,
    "hub.decision_act": ADDS,
    "hub.receipt": ADDS,
}
"""With every other table it may work: tables that are only ever appended to have a trigger beside."""

ANSWERING: Mapping[str, TableRight] = {
    "hub.migration": READS,
    "hub.dataset": READS,
    "hub.granted": READS,
    "hub.grants_version": READS,
    "hub.stream": TableRight(("id", "system", "contract", "repeats", "polled_at", "paused")),
    "hub.run": TableRight(("id", "stream", "epoch", "mode", "started_at", "ended_at")),
    "hub.decision": TableRight(("id",)),
    "hub.client_certificate": READS,
    "hub.client_revocation": READS,
    "hub.ws_nonce": TableRight(EVERY, inserts=True, updates=EVERY, deletes=True),
    "hub.in_flight": TableRight(EVERY, inserts=True, deletes=True),
    "hub.alert": TableRight(EVERY, inserts=True, updates=("count", "last_at")),
    "hub.receiver_key": READS,
    "hub.delivery": TableRight(EVERY, updates=("state", "acknowledged", "refused", "waiting", "unknown")),
    "hub.sending": ADDS,
    "hub.delivery_answer": ADDS,
    "hub.delivery_refusal": ADDS,
    "hub.delivery_deletion": ADDS,
    "hub.audit": TableRight(
        ("id", "at", "asked_at", "agency", "who", "what", "reference", "subjects", "outcome", "missed"), inserts=True
    ),
}
"""What it does outside of an answer: doors, limits, nonces, alerts, and the inbox of feeds, whose payloads lie sealed in
files. In an answer it is the reader."""

GRANTING: Mapping[str, TableRight] = {
    "hub.migration": READS,
    "hub.dataset": READS,
    "hub.grants_version": ADDS,
    "hub.granted": TableRight(EVERY, inserts=True, updates=EVERY, deletes=True),
    "hub.client_certificate": ADDS,
    "hub.client_revocation": ADDS,
}


def right(duty: Duty, table: str) -> TableRight:
    """What a duty may do with a table (`schema.name`)."""
    if duty is Duty.LOADING:
        return LOADING.get(table, WORKS)
    if duty is Duty.ANSWERING:
        return ANSWERING.get(table, NONE)
    return GRANTING.get(table, NONE) if duty is Duty.GRANTING else NONE
