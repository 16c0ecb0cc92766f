"""Whether a session is the owner's: only the owner changes tables, policies and rights."""

from __future__ import annotations

import sqlalchemy as sa

from contracts.errors import Permanent


class DatabaseBehind(Permanent):
    """The database lacks something of this version, and the login in use may not add it."""

    exit_code = 78


def owns(connection: sa.Connection) -> bool:
    """Whether this login has the rights of the owner. A database without the schema `hub` is still to be made: yes."""
    query = sa.text("""
        select coalesce((select pg_has_role(n.nspowner, 'usage') from pg_namespace n where n.nspname = 'hub'), true)""")
    return bool(connection.scalar(query))


def require(connection: sa.Connection) -> None:
    """Raises DatabaseBehind: something must be changed, and this login is not the owner's."""
    if not owns(connection):
        who = connection.scalar(sa.text("select current_user"))
        raise DatabaseBehind(
            f"The database is not as this version and its contracts need it, and the login {who} may not change it",
            hint="hub database migrate, with HUB_MIGRATING_URL of its owner",
        )
