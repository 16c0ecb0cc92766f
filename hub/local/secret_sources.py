"""Where a credential comes from: the text in the file of secrets, or what the text names.

    "password": "..."                     the secret itself
    "password": "env:QUAN_1_PASSWORD"     an environment variable
    "password": "file:/run/secrets/q1"    the first line of a file, as Docker, Kubernetes and Vault write it
    "password": "airflow:one-stop-760"    the field of this name in a connection of Airflow: its own store, its
                                          environment (AIRFLOW_CONN_...), or the secrets backend that it is set up with

Commands and tasks of Airflow resolve alike: both read the same file through the same hub.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from contracts.errors import DeploymentInvalid

ENVIRONMENT, FILE, AIRFLOW = "env:", "file:", "airflow:"
READER = "orchestration.connections.lookup"
"""The module that asks Airflow. It is found by its name, so that nothing of the hub imports Airflow."""


def resolved(system: str, given: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """The credentials of a system, with what they name read; `folder` is where relative names begin.

    Raises:
        DeploymentInvalid: a variable or file that is named is not there, or is empty. No secret is in the message.
    """
    return {name: _one(f"{name} of {system}", name, value, folder) for name, value in given.items()}


def of_airflow(system: str, value: str) -> Mapping[str, str]:
    """All credentials of a connection, `airflow:CONNECTION`.

    Raises:
        DeploymentInvalid: the text names none, or Airflow and its secrets backends have none of this name.
    """
    if not value.startswith(AIRFLOW):
        raise DeploymentInvalid(
            f"The credentials of {system} are neither a JSON object nor a connection", hint='"airflow:CONNECTION"'
        )
    found: Mapping[str, str] = import_module(READER).credentials_of(value.removeprefix(AIRFLOW))
    return found


def _one(what: str, name: str, value: str, folder: Path) -> str:
    if value.startswith(ENVIRONMENT):
        variable = value.removeprefix(ENVIRONMENT)
        found = os.environ.get(variable, "")
        if not found:
            raise DeploymentInvalid(f"The variable {variable}, which is to hold {what}, is not set", hint="set it")
        return found
    if value.startswith(FILE):
        path = folder / value.removeprefix(FILE)
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise DeploymentInvalid(
                f"{path}, which is to hold {what}, cannot be read: {error.strerror}", hint="look at it with ls -l"
            ) from None
        if not lines or not lines[0]:
            raise DeploymentInvalid(f"{path}, which is to hold {what}, is empty", hint="write the secret into it")
        return lines[0]
    if value.startswith(AIRFLOW):
        connection = of_airflow(what, value)
        if not connection.get(name):
            raise DeploymentInvalid(
                f"The connection {value.removeprefix(AIRFLOW)}, which is to hold {what}, has no field of this name",
                hint=f"it has {', '.join(sorted(connection)) or 'none'}",
            )
        return connection[name]
    return str(folder / value) if name.endswith("_file") else value
