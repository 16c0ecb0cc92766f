"""The certificate of the API's own door, when the deployment brings none, and where the door's files are kept."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from hub.access.clients.authority import Authority, pem
from hub.access.tokens import machine_now
from hub.core.state_files import write_whole

RENEWED_BEFORE = timedelta(days=30)
ANY = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
LOCAL = ("localhost", "127.0.0.1")
MOST_PATH = 76
"""Bytes of the path of a folder in which sockets can stand: HAProxy takes 97 for the whole."""


def folder_of(scenario: Path) -> Path:
    """Folder of the door's files and sockets (mode 0700).

    A Unix socket's path is short: below a deep folder the sockets lie in the system's folder for such things.
    """
    folder = scenario / "door"
    if len(str(folder).encode()) > MOST_PATH:
        folder = Path(tempfile.gettempdir()) / f"door-{hashlib.sha256(str(scenario).encode()).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def authority_file(scenario: Path) -> Path:
    """The authority's certificate without its key: what clients trust, and what HAProxy asks certificates by."""
    authority = Authority.of(scenario, machine_now())
    path = folder_of(scenario) / "authority.crt"
    text = pem(None, authority.certificate)
    if not path.exists() or path.read_text() != text:
        write_whole(path, text)
    return path


def own_certificate(scenario: Path, names: Sequence[str]) -> Path:
    """Certificate and key of the door from the hub's own authority; made anew a month before it ends, or for another
    name.
    """
    wanted = list(dict.fromkeys([*(name for name in names if name not in ANY), *LOCAL]))
    path = folder_of(scenario) / "door.pem"
    now = machine_now()
    if path.exists():
        found = x509.load_pem_x509_certificate(path.read_bytes())
        others = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        said = {str(each.value) for each in others}
        if said == set(wanted) and found.not_valid_after_utc - now > RENEWED_BEFORE:
            return path
    authority = Authority.of(scenario, now)
    key, certificate = authority.serve(wanted, now)
    write_whole(path, pem(key, certificate, authority.certificate))
    return path
