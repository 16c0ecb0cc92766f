"""Where a credential comes from: the text in the file of secrets, or what the text names.

    "password": "..."                     the secret itself
    "password": "env:QUAN_1_PASSWORD"     an environment variable
    "password": "file:/run/secrets/q1"    the first line of a file, as Docker, Kubernetes and Vault write it

Commands and tasks of Airflow resolve alike: both read the same file through the same hub.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from contracts.errors import DeploymentInvalid

ENVIRONMENT, FILE = "env:", "file:"


def resolved(system: str, given: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """The credentials of a system, with what they name read; `folder` is where relative names begin.

    Raises:
        DeploymentInvalid: a variable or file that is named is not there, or is empty. No secret is in the message.
    """
    return {name: _one(f"{name} of {system}", name, value, folder) for name, value in given.items()}


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
    return str(folder / value) if name.endswith("_file") else value
