"""Whose data an agency, or one token, got within a span, and which fields: from the audit log, so nothing is guessed.

Law 91/2025/QH15 Art. 23.1 gives 72 hours to notify. A person is named by the records that the city holds about them;
one whom no record names stands as an unknown number.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from contracts.model import Contract
from hub.access.tokens import LEEWAY, TokenRefused, Tokens
from hub.rights.holdings import of_subjects

_ROWS = """
    select a.subjects, a.fields, a.reference from hub.audit a
    where a.outcome = 'answered' and a.agency = :agency and a.asked_at >= :since and a.asked_at < :until
    order by a.id"""
_BY_OFFICER = """
    select a.subjects, a.fields, a.reference from hub.audit a
    where a.outcome = 'answered' and a.agency = :agency and a.who = :officer and a.purpose = :purpose
      and a.at >= :since and a.at < :until
    order by a.id"""


@dataclass(frozen=True)
class BreachSpan:
    """What is looked at: an agency within a span of the deployment's clock, or one token within its life."""

    agency: str
    since: datetime
    until: datetime
    officer: str = ""
    purpose: str = ""

    @property
    def of_token(self) -> bool:
        """Whether it is one token's."""
        return bool(self.officer)


@dataclass(frozen=True)
class AffectedPerson:
    """Somebody whose data were disclosed."""

    mark: str
    """The beginning of the keyed HMAC of the number, to tell persons apart."""
    records: tuple[str, ...]
    """Records of the city that name the person; empty: none does."""
    fields: tuple[str, ...]
    answers: int


@dataclass(frozen=True)
class Breach:
    """The extent of a breach."""

    span: BreachSpan
    persons: tuple[AffectedPerson, ...]
    answers: int
    fields: tuple[str, ...]
    nobody: int
    """Answers in which no number was asked about: by a name, a book's entry, or a dossier."""


def span_of_token(token: str, tokens: Tokens) -> BreachSpan:
    """Whose token it is and how long it held; its signature must be ours.

    Raises:
        TokenRefused: it is no token of this hub.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        first, last = (datetime.fromtimestamp(int(claims[name]), UTC) for name in ("iat", "exp"))
    except (IndexError, KeyError, TypeError, ValueError):
        raise TokenRefused("What was given is no token") from None
    known = tokens.check(token, first)
    return BreachSpan(known.agency, first, last + LEEWAY, known.officer, known.purpose)


def breach(connection: sa.Connection, contracts: Mapping[str, Contract], span: BreachSpan) -> Breach:
    """Everything that was told within a span."""
    given = {"agency": span.agency, "since": span.since, "until": span.until}
    if span.of_token:
        given |= {"officer": span.officer, "purpose": span.purpose}
    rows = connection.execute(sa.text(_BY_OFFICER if span.of_token else _ROWS), given).all()
    disclosed, answers = defaultdict[bytes, set[str]](set), defaultdict[bytes, int](int)
    for row in rows:
        for subject in map(bytes, row.subjects):
            disclosed[subject].update(row.fields)
            answers[subject] += 1
    records = defaultdict[bytes, list[str]](list)
    for holding in of_subjects(connection, contracts, sorted(disclosed)) if disclosed else ():
        records[holding.subject].append(holding.record)
    persons = tuple(
        AffectedPerson(s.hex()[:12], tuple(records[s]), tuple(sorted(disclosed[s])), answers[s])
        for s in sorted(disclosed)
    )
    every = tuple(sorted({field for row in rows for field in row.fields}))
    return Breach(span, persons, len(rows), every, sum(not row.subjects for row in rows))
