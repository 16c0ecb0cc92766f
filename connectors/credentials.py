"""Credentials that a deployment gives for a system."""

from __future__ import annotations

from .errors import CredentialMissing
from .interface import System


def secret(system: System, name: str) -> str:
    """One credential of a system.

    Raises:
        CredentialMissing: the deployment does not give it.
    """
    if value := system.credentials.get(name):
        return value
    known = ", ".join(sorted(system.credentials)) or "none"
    raise CredentialMissing(f"{system.id}: the credential {name} is missing (given: {known})")
