"""The address of a database: its URL with the login, and how its driver connects."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import sqlalchemy as sa

from contracts.errors import DeploymentInvalid

from .. import options
from ..credentials import secret
from ..http.body import CallLimits
from ..interface import System


def address(system: System) -> sa.URL:
    """The database's URL with the system's login in it.

    Raises:
        DeploymentInvalid: no such URL, a login in it, or a database file that is not there.
    """
    try:
        url = sa.make_url(system.address)
    except sa.exc.ArgumentError:
        raise DeploymentInvalid(
            f"{system.id}: the address is no database URL", hint="engine://host:port/database, without a login"
        ) from None
    if url.username or url.password:
        raise DeploymentInvalid(f"{system.id}: the address holds a login", hint="credentials stand in the secrets file")
    if url.get_backend_name() == "sqlite":
        if not url.database or not Path(url.database).is_file():
            raise DeploymentInvalid(f"{system.id}: the address names a database file that is not there")
        return url.set(database=f"file:{url.database}", query={"mode": "ro", "uri": "true"})
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url.set(username=secret(system, "username"), password=secret(system, "password"))


def driver_arguments(system: System, url: sa.URL, limits: CallLimits) -> dict[str, object]:
    """Arguments for the driver: a PostgreSQL server over a network must prove its identity by its certificate."""
    if url.get_backend_name() != "postgresql":
        return {}
    given: dict[str, object] = {
        "connect_timeout": max(2, int(limits.connect_s)),
        "application_name": "motlan (reads only)",
    }
    if (
        not on_this_machine(url.host) and "sslmode" not in url.query
    ):  # a weaker mode is a decision, written in the address; the check reports it
        given |= {"sslmode": "verify-full", "sslrootcert": options.ca_file(system) or "system"}
    return given


def on_this_machine(host: str | None) -> bool:
    """Whether the host is this machine itself."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
