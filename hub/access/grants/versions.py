"""Versions of the grants: numbered, appended, each with its digest and with who applied it, when and why.

The newest one is in force. `hub grants apply` writes it, with the rows for the policies (`granted.py`), in one
transaction under the lock that every answer holds shared: after its commit no answer goes by an older version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from contracts.local_time import local_day
from hub.access.grants import granted
from hub.access.grants.document import digest_of, from_document, to_document
from hub.access.grants.model import Grants
from hub.access.grants.signatures import ANYBODY, GrantsForged, GrantStatement, GrantsUnsigned, GrantTrust, VersionHead
from hub.access.grants.territory import Territories
from hub.access.logins.ownership import DatabaseBehind
from hub.core import events
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.core.tables import Moment, metadata

grants_version = Table(
    "grants_version",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "digest", Text, nullable=False, comment="SHA-256 of the document, as hub/access/grants/document.py writes it"
    ),
    Column("document", JSONB, nullable=False, comment="grants, laws, purposes and limits"),
    Column("source", Text, nullable=False, comment="the file that it was read from"),
    Column("applied_at", Moment, nullable=False, server_default=text("now()")),
    Column("applied_by", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("login", Text, nullable=False, server_default=text("session_user"), comment="of the database"),
    Column("statement", Text, comment="what was signed, as canonical JSON; null: nobody signed"),
    Column("signature", LargeBinary, comment="Ed25519, by a key of the deployment's grant_signers.yaml"),
    CheckConstraint("number > 0", name="grants_version_number"),
    CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="grants_version_digest"),
    CheckConstraint("applied_by <> '' and because <> '' and source <> ''", name="grants_version_said"),
    CheckConstraint("(statement is null) = (signature is null)", name="grants_version_signed"),
    comment="Versions of the grants; the newest is in force; only ever appended",
)

WAIT_S = 10
"""Longest wait for answers in work; meanwhile new ones wait too."""
FIRST = Actor("hub", "the first start of this database")


Signing = Callable[[VersionHead], GrantStatement | None]


@dataclass(frozen=True)
class Applied:
    """A version, and whether it was written now."""

    number: int
    digest: str
    new: bool


def apply(
    connection: sa.Connection,
    grants: Grants,
    territories: Territories,
    person: Actor,
    source: str = "grants.yaml",
    *,
    trust: GrantTrust = ANYBODY,
    signed: Signing = lambda head: None,
) -> Applied:
    """Put grants in force: a new version, unless the newest is the same and is signed as it must be. The caller commits.

    `signed` gives the statement about the version that is to be written.

    Raises:
        GrantsUnsigned, GrantsForged: the signature lacks, or is wrong; the version in force stays.
        DatabaseUnavailable: an answer in work did not end in time; nothing was changed.
    """
    document = to_document(grants)
    _lock(connection)
    head = next_head(connection, document, source)
    number, newest = _newest(connection)
    is_signed = _newest_is_signed(connection, trust)
    given = None if head.digest == newest and is_signed else signed(head)
    new = head.digest != newest or (not is_signed and (given is not None or trust.demanded))
    if new:
        number, today = head.number, local_day(connection.execute(sa.select(sa.func.now())).scalar_one())
        signer = trust.signer(head, given, today)
        row = {"number": number, "digest": head.digest, "document": document, "source": source}
        if given is not None:
            row |= {"statement": given.content, "signature": given.signature}
        connection.execute(sa.insert(grants_version).values(**row, applied_by=person.who, because=person.why))
        events.emit("grants.applied", {"version": number, "digest": head.digest, "signed_by": signer or "nobody"})
    granted.write(connection, grants, territories)
    return Applied(number, head.digest, new)


def next_head(connection: sa.Connection, document: Mapping[str, Any], source: str) -> VersionHead:
    """What is to be signed of the version that would be written next."""
    number, newest = _newest(connection)
    return VersionHead(number + 1, digest_of(document), newest, source)


def start(
    connection: sa.Connection, read: Callable[[], Grants], territories: Territories, trust: GrantTrust = ANYBODY
) -> None:
    """At the first start of a database: the deployment's grants (`read`) become version 1, unless a signature is demanded.

    Later the version in force stays, whatever the file says by now. Only its rows for the policies follow the lists of
    units. They are compared first, so that a start does not wait for answers.

    Raises:
        GrantsUnsigned: nothing is in force, and a version must be signed.
    """
    if there := in_force(connection):
        _, of_version = there
        if granted.stand(connection, of_version, territories):
            return
        _require_the_right(connection, f"The rows of version {there[0]} of the grants do not follow the lists of units")
        _lock(connection)
        _, of_version = in_force(connection) or there
        granted.write(connection, of_version, territories)
        return
    _require_the_right(connection, "No grants are in force yet")
    _lock(connection)
    if in_force(connection) is None:
        apply(connection, read(), territories, FIRST, trust=trust)


def _require_the_right(connection: sa.Connection, why: str) -> None:
    """Raises DatabaseBehind: this login may not apply grants, as the one of `hub serve` in production."""
    if not connection.scalar(sa.text("select has_table_privilege('hub.grants_version', 'insert')")):
        raise DatabaseBehind(
            f"{why}, and this login may not apply any",
            hint="hub grants apply --deployment, with HUB_GRANTING_URL",
        )


def in_force(connection: sa.Connection) -> tuple[int, Grants] | None:
    """Number and grants of the newest version; None: nothing was ever applied."""
    number, _ = _newest(connection)
    return (number, grants_of(connection, number)) if number else None


def grants_of(connection: sa.Connection, number: int) -> Grants:
    """The grants of a version. Raises NotFound."""
    query = sa.select(grants_version.c.document).where(grants_version.c.number == number)
    document: Mapping[str, Any] | None = connection.scalar(query)
    if document is None:
        raise NotFound(f"No version {number} of the grants", hint="hub grants history lists them")
    return from_document(document)


@dataclass(frozen=True)
class Version:
    """One version, as the history lists it."""

    number: int
    digest: str
    source: str
    applied_at: datetime
    applied_by: str
    because: str
    login: str
    statement: GrantStatement | None
    """What was signed, with its signature."""
    before: str
    """Digest of the version before."""

    def signer(self, trust: GrantTrust) -> str:
        """Who signed it; empty: nobody, and nobody had to. Raises GrantsUnsigned, GrantsForged."""
        head = VersionHead(self.number, self.digest, self.before, self.source)
        return trust.signer(head, self.statement, local_day(self.applied_at))


def history(connection: sa.Connection) -> tuple[Version, ...]:
    """All versions, newest first."""
    v = grants_version.c
    columns = (v.number, v.digest, v.source, v.applied_at, v.applied_by, v.because, v.login, v.statement, v.signature)
    before = sa.func.coalesce(sa.func.lag(v.digest).over(order_by=v.number), "").label("before")
    rows = connection.execute(sa.select(*columns, before).order_by(v.number.desc()))
    return tuple(
        Version(*row[:7], None if row.statement is None else GrantStatement(row.statement, row.signature), row.before)
        for row in rows
    )


def _newest(connection: sa.Connection) -> tuple[int, str]:
    query = sa.select(grants_version.c.number, grants_version.c.digest).order_by(grants_version.c.number.desc())
    row = connection.execute(query.limit(1)).first()
    return (int(row.number), str(row.digest)) if row else (0, "")


def _newest_is_signed(connection: sa.Connection, trust: GrantTrust) -> bool:
    """Whether a signature proves the newest version: one that nothing proves is written anew, although it says the same."""
    try:
        return any(each.signer(trust) for each in history(connection)[:1])
    except (GrantsUnsigned, GrantsForged):
        return False


def _lock(connection: sa.Connection) -> None:
    """Wait until no answer is in work, and keep new ones waiting until the commit."""
    connection.execute(sa.text(f"set local lock_timeout = '{WAIT_S}s'"))
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.grants'))"))
