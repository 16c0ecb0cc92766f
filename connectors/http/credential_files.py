"""Files that a system's credentials name. They are found here, and read elsewhere."""

from __future__ import annotations

from pathlib import Path

from contracts.errors import DeploymentInvalid

from ..credentials import secret
from ..interface import System

RENEW_DAYS = 21
"""A certificate that expires within so many days fails `hub systems check`: renewal takes an office that long."""


def file_of(system: System, name: str) -> Path:
    """The file that a credential names; a relative name is below the system's folder.

    Raises:
        DeploymentInvalid: no such credential, or no such file.
    """
    path = system.folder / secret(system, name)
    if not path.is_file():
        raise DeploymentInvalid(f"{system.id}: the credential {name} names a file that is not there: {path}")
    return path


def client_certificate(system: System) -> tuple[str, str] | None:
    """Files of our TLS client certificate and its key; None if the system's credentials name none.

    Raises:
        DeploymentInvalid: only one of the two is named, or a file is not there.
    """
    names = ("client_certificate_file", "client_key_file")
    if not any(name in system.credentials for name in names):
        return None
    certificate, key = (file_of(system, name) for name in names)
    return str(certificate), str(key)
