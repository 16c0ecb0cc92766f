"""The signed statement of a comparison, as of a moment: counts by register, and hashes of the lists of keys.

It names no person, no record and no value. `openssl pkeyutl -verify` checks it as a manifest, and so does
`kit/digests.py statement`. The keys that differ stay with the hub.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.feeds.manifest import canonical
from hub.feeds.signing import FeedSigner
from hub.reconciliation.comparing import Comparison, Name
from hub.reconciliation.tables import reconciliation

FORMAT = "motlan-reconciliation/1"


@dataclass(frozen=True)
class Reconciled:
    """A comparison with what is known of it."""

    name: str
    """Stream or feed."""
    side: str
    """source, or receiver."""
    as_of: datetime
    comparison: Comparison
    in_cases: int = 0
    """Differences that wait as open cases."""
    travelled: int = 0
    """Bytes that came from the other party, and questions to it."""
    more: tuple[tuple[str, object], ...] = ()
    """What else is known: the delivery up to which a receiver was compared."""

    @property
    def equal(self) -> bool:
        """Whether nothing differs that is not an open case."""
        found = self.comparison
        return len(found.only_here) + len(found.only_there) + len(found.otherwise) == self.in_cases

    def row(self) -> dict[str, Any]:
        """One line of a table: counts."""
        found = self.comparison
        return {
            "name": self.name,
            "side": self.side,
            "here": found.rows_here,
            "there": found.rows_there,
            "only here": len(found.only_here),
            "only there": len(found.only_there),
            "otherwise": len(found.otherwise),
            "in cases": self.in_cases,
            "rounds": found.rounds,
            "bytes": self.travelled,
            "equal": self.equal,
        }


@dataclass(frozen=True)
class Statement:
    """A statement with its signature."""

    content: bytes
    signature: bytes


def sign(found: Reconciled, sender: str, signer: FeedSigner) -> Statement:
    """The statement of a comparison."""
    comparison = found.comparison
    content = canonical(
        {
            "format": FORMAT,
            "name": found.name,
            "side": found.side,
            "sender": sender,
            "as_of": found.as_of.isoformat(timespec="seconds"),
            "equal": found.equal,
            "rows": {"here": comparison.rows_here, "there": comparison.rows_there},
            "in_cases": found.in_cases,
            "only_here": _said(comparison.only_here),
            "only_there": _said(comparison.only_there),
            "otherwise": _said(comparison.otherwise),
            **dict(found.more),
            "signer": signer.id,
        }
    )
    return Statement(content, signer.sign(content))


def keep(connection: sa.Connection, found: Reconciled, statement: Statement, who: str) -> int:
    """Keep a statement; returns its number."""
    comparison = found.comparison
    row = sa.insert(reconciliation).values(
        name=found.name,
        side=found.side,
        as_of=found.as_of,
        rows_here=comparison.rows_here,
        rows_there=comparison.rows_there,
        only_here=len(comparison.only_here),
        only_there=len(comparison.only_there),
        otherwise=len(comparison.otherwise),
        in_cases=found.in_cases,
        equal=found.equal,
        statement=statement.content,
        signature=statement.signature,
        who=who,
    )
    number = connection.scalar(row.returning(reconciliation.c.id))
    assert number is not None
    return int(number)


def kept(connection: sa.Connection, limit: int = 50) -> list[dict[str, Any]]:
    """Statements, newest first."""
    r = reconciliation.c
    names = ("id", "name", "side", "as_of", "rows_here", "rows_there", "only_here", "only_there", "otherwise")
    query = sa.select(*(r[name] for name in names), r.in_cases, r.equal, r.who).order_by(r.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def _said(names: Sequence[Name]) -> dict[str, object]:
    """Counts by register, and one hash over the list: whoever holds the list can show that it is this one."""
    lines = "".join(json.dumps(name, ensure_ascii=False) + "\n" for name in names)
    registers = Counter(register for register, _, _ in names)
    return {
        "count": len(names),
        "registers": dict(registers),
        "list_sha256": hashlib.sha256(lines.encode()).hexdigest(),
    }
