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
from sqlalchemy import BigInteger, CheckConstraint, Column, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from hub.access.grants import granted
from hub.access.grants.document import digest_of, from_document, to_document
from hub.access.grants.model import Grants
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
    CheckConstraint("number > 0", name="grants_version_number"),
    CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="grants_version_digest"),
    CheckConstraint("applied_by <> '' and because <> '' and source <> ''", name="grants_version_said"),
    comment="Versions of the grants; the newest is in force; only ever appended",
)

WAIT_S = 10
"""Longest wait for answers in work; meanwhile new ones wait too."""
FIRST = Actor("hub", "the first start of this database")


@dataclass(frozen=True)
class Applied:
    """A version, and whether it was written now."""

    number: int
    digest: str
    new: bool


def apply(
    connection: sa.Connection, grants: Grants, territories: Territories, person: Actor, source: str = "grants.yaml"
) -> Applied:
    """Put grants in force: a new version, unless the newest is the same. The caller commits.

    Raises:
        DatabaseUnavailable: an answer in work did not end in time; nothing was changed.
    """
    document = to_document(grants)
    digest = digest_of(document)
    _lock(connection)
    number, newest = _newest(connection)
    new = digest != newest
    if new:
        number += 1
        row = {"number": number, "digest": digest, "document": document, "source": source}
        connection.execute(sa.insert(grants_version).values(**row, applied_by=person.who, because=person.why))
        events.emit("grants.applied", {"version": number, "digest": digest})
    granted.write(connection, grants, territories)
    return Applied(number, digest, new)


def start(connection: sa.Connection, read: Callable[[], Grants], territories: Territories) -> None:
    """At the first start of a database: the deployment's grants (`read`) become version 1.

    Later the version in force stays, whatever the file says by now. Only its rows for the policies follow the lists of
    units. They are compared first, so that a start does not wait for answers.
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
        apply(connection, read(), territories, FIRST)


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


def history(connection: sa.Connection) -> tuple[Version, ...]:
    """All versions, newest first."""
    v = grants_version.c
    columns = (v.number, v.digest, v.source, v.applied_at, v.applied_by, v.because, v.login)
    return tuple(Version(*row) for row in connection.execute(sa.select(*columns).order_by(v.number.desc())))


def _newest(connection: sa.Connection) -> tuple[int, str]:
    query = sa.select(grants_version.c.number, grants_version.c.digest).order_by(grants_version.c.number.desc())
    row = connection.execute(query.limit(1)).first()
    return (int(row.number), str(row.digest)) if row else (0, "")


def _lock(connection: sa.Connection) -> None:
    """Wait until no answer is in work, and keep new ones waiting until the commit."""
    connection.execute(sa.text(f"set local lock_timeout = '{WAIT_S}s'"))
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.grants'))"))
