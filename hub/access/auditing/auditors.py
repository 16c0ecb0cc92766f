"""Which login may see what in the views `audit.*`: systems and agencies, or the whole city."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, Table, Text, text

from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.core.tables import Moment, metadata

CITY = "*"
"""Scope of who sees everything."""

auditor = Table(
    "auditor",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False, comment="of the database, a member of hub_auditing"),
    Column("scope", Text, nullable=False, comment="a system or an agency; *: the whole city"),
    Column("since", Moment, nullable=False, server_default=text("now()")),
    Column("who", Text, nullable=False, comment="who decided it"),
    Column("why", Text, nullable=False),
    Column("until", Moment, comment="when it ended"),
    Column("ended_by", Text),
    CheckConstraint("login <> '' and scope <> '' and who <> '' and why <> ''", name="auditor_said"),
    Index("auditor_now", "login", "scope", unique=True, postgresql_where=text("until is null")),
    comment="Which login may see which rows of the views audit.*",
)


@dataclass(frozen=True)
class Auditor:
    """A login and one scope."""

    login: str
    scope: str
    since: datetime
    who: str
    why: str
    until: datetime | None
    ended_by: str | None


def admit(connection: sa.Connection, login: str, scope: str, person: Actor) -> None:
    """Let a login see a scope. Raises NotFound: the server has no such login. Twice is once."""
    member = sa.text("select pg_has_role(oid, 'hub_auditing', 'member') from pg_roles where rolname = :login")
    if not connection.scalar(member, {"login": login}):
        raise NotFound(
            f"No login {login} among the members of hub_auditing",
            hint=f"an administrator of the server: create role {login} login in role hub_auditing",
        )
    there = sa.select(auditor.c.id).where(auditor.c.login == login, auditor.c.scope == scope, auditor.c.until.is_(None))
    if connection.scalar(there) is None:
        connection.execute(sa.insert(auditor).values(login=login, scope=scope, who=person.who, why=person.why))


def dismiss(connection: sa.Connection, login: str, scope: str, person: Actor) -> None:
    """End what a login may see. Raises NotFound: it did not see it."""
    ended = connection.execute(
        sa.update(auditor)
        .where(auditor.c.login == login, auditor.c.scope == scope, auditor.c.until.is_(None))
        .values(until=sa.func.now(), ended_by=f"{person.who}: {person.why}")
    )
    if not ended.rowcount:
        raise NotFound(f"{login} does not see {scope}", hint="hub database auditors")


def listed(connection: sa.Connection) -> list[Auditor]:
    """All of them, ended ones too, newest first."""
    a = auditor.c
    query = sa.select(a.login, a.scope, a.since, a.who, a.why, a.until, a.ended_by).order_by(a.id.desc())
    return [Auditor(*row) for row in connection.execute(query)]
