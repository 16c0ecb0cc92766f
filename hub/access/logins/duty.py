"""The duties of the hub's processes, the role of each, and the statements by which an administrator makes them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import LiteralString

import psycopg.sql

from hub.access.policy_statements import COPIER, READER


class Duty(StrEnum):
    """What a process does, and so which login it uses."""

    MIGRATING = "migrating"
    LOADING = "loading"
    ANSWERING = "answering"
    GRANTING = "granting"
    AUDITING = "auditing"


ROLES: Mapping[Duty, str] = {
    Duty.LOADING: "hub_loading",
    Duty.ANSWERING: "hub_answering",
    Duty.GRANTING: "hub_granting",
    Duty.AUDITING: "hub_auditing",
}
"""Migrating is the owner's, whatever its name."""

TAKES_ON: Mapping[Duty, tuple[str, ...]] = {Duty.LOADING: (READER, COPIER), Duty.ANSWERING: (READER,)}
"""Roles that a login may set in a transaction (`hub/access/row_security.py`); none inherits their rights (below
PostgreSQL 16 that is said of the login, not of the grant)."""


def to_make(database: str, there: frozenset[str] = frozenset()) -> list[str]:
    """The statements by which a superuser makes the logins that are not `there`. They set no password."""
    statements = []
    for duty, role in ROLES.items():
        if role not in there:
            kind: LiteralString = "nologin" if duty is Duty.AUDITING else "login"
            statements.append(f"create role {role} {kind}")
        statements.append(f"grant connect on database {_quoted(database)} to {role}")
        if TAKES_ON.get(duty):  # its rights are its own: what it takes on, it takes on for a transaction
            statements.append(f"alter role {role} noinherit")
        statements += [f"grant {other} to {role}" for other in TAKES_ON.get(duty, ())]
    return statements


def _quoted(name: str) -> str:
    return psycopg.sql.Identifier(name).as_string()
