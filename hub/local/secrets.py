"""Passwords of database roles and credentials of outside systems: read, or created on first use on this machine."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contracts.errors import DeploymentInvalid
from hub.core.deployment import Deployment
from hub.core.settings import Settings
from hub.core.state_files import read_json
from hub.local.private_files import write_private
from hub.local.scenario import Scenario, embedded_server

STORE = "digitised_store"
"""Database, and its owner, of the twin of the digitised store."""


def is_twin(address: str) -> bool:
    """Whether a system's address is of this machine's twins or files: its clock is the scenario's."""
    return address.startswith(("{twins}", "{twins_files}", "{twins_store}", "{data}", "{reference}"))


def database_password(scenario: Scenario, role: str) -> str:
    """The password of a database role, created on first use."""
    path = scenario.folder / "database.json"
    # The server's superuser sets the passwords at each start: a file without any is filled anew.
    known = read_json(path, empty={}, hint="remove it: the passwords are made anew") if path.exists() else {}
    if role not in known:
        known[role] = secrets.token_urlsafe(24)
        write_private(path, json.dumps(known))
    return str(known[role])


def read_secrets(path: Path, deployment: Deployment) -> Mapping[str, Mapping[str, Any]]:
    """Credentials by system. Random ones are created for twins on this machine only (`{twins}` in the address)."""
    known: dict[str, dict[str, Any]] = {}
    if path.exists():
        known = read_json(path, empty={}, hint="put it back from its copy; those of twins alone are made anew")
    names = (
        "client_id",
        "client_secret",
        "access_key",
        "secret_key",
        "app_name",
        "partner_code",
        "username",
        "password",
    )
    systems = deployment.described.values()  # of every day: one that begins at midnight is asked without a restart
    missing = [s for s in systems if is_twin(s.address) and s.credentials_of not in known]
    if missing:
        known |= {s.credentials_of: {name: secrets.token_hex(12) for name in names} for s in missing}
        for system in missing:
            if "x509" in system.options.get("headers", ()):
                from hub.local.local_keys import signing_files  # X.509 is slow to import, and needed once

                known[system.credentials_of] |= signing_files(path.parent / "certificates", system.credentials_of)
        write_private(path, json.dumps(known))
    return known


def store_address(settings: Settings) -> str:
    """URL of the database of the digitised store's twin, without a login.

    Raises:
        DeploymentInvalid: no setting names it, and there is no embedded server.
    """
    if settings.store_url is not None:
        url = sa.make_url(settings.store_url.get_secret_value())
        return sa.URL.create(url.drivername, None, None, url.host, url.port, url.database, url.query).render_as_string()
    if settings.database_url is not None:
        raise DeploymentInvalid(
            "No database is named for the twin of the digitised store",
            hint="HUB_STORE_URL: an empty database with its owner's login",
        )
    return f"postgresql://127.0.0.1:{settings.database_port}/{STORE}"


def store_owner(settings: Settings, scenario: Scenario, readers: Mapping[str, str]) -> Path | None:
    """File with the owner's URL of the database that the twin of the digitised store fills; None if there is none.

    The embedded server must be running; `readers` (login -> password) are created on it. On another server, its
    administrator creates them.
    """
    if settings.store_url is not None:
        url = settings.store_url.get_secret_value()
    elif settings.database_url is None:
        url = embedded_server(settings, scenario).ensure(
            STORE, STORE, database_password(scenario, STORE), readers=readers
        )
    else:
        return None
    path = scenario.folder / "store.url"
    write_private(path, url)
    return path
