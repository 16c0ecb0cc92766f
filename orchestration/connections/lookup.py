"""The credentials of a connection of Airflow, from wherever Airflow is set up to find it.

In a task Airflow's supervisor is asked; elsewhere (`hub sync` on a terminal) Airflow's own chain: the secrets backend of
its configuration, the environment, its database.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from contracts.errors import DeploymentInvalid

TYPE = "motlan"
FIELDS = ("client_id", "client_secret", "access_key", "secret_key", "app_name", "partner_code")
"""Names under which dialects ask for credentials, beside `username` and `password`."""
SECRET_FIELDS = ("client_secret", "access_key", "secret_key")
SYSTEM = "system"


def credentials_of(connection_id: str) -> Mapping[str, str]:
    """Name -> secret. Raises DeploymentInvalid: no such connection, or it is of another type."""
    found = _connection(connection_id)
    if found.conn_type != TYPE:
        raise DeploymentInvalid(
            f"The connection {connection_id} of Airflow is of the type {found.conn_type}, not {TYPE}",
            hint=f"make it anew with the type {TYPE}",
        )
    return fields_of(found)


def fields_of(connection: Any) -> dict[str, str]:
    """The credentials that a connection holds; empty fields are none."""
    given = {"username": connection.login, "password": connection.password, **connection.extra_dejson}
    return {name: str(value) for name, value in given.items() if value not in (None, "") and name != SYSTEM}


def _connection(connection_id: str) -> Any:
    from airflow.exceptions import AirflowNotFoundException

    try:
        if _in_a_task():
            from airflow.sdk import Connection as TaskConnection

            return TaskConnection.get(connection_id)
        from airflow.models.connection import Connection

        return Connection.get_connection_from_secrets(connection_id)
    except AirflowNotFoundException:
        raise DeploymentInvalid(
            f"Airflow and its secrets backends have no connection {connection_id}",
            hint=f"Admin, Connections: type {TYPE}; or [secrets] backend in Airflow's configuration",
        ) from None


def _in_a_task() -> bool:
    return hasattr(sys.modules.get("airflow.sdk.execution_time.task_runner"), "SUPERVISOR_COMMS")
