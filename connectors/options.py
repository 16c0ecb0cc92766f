"""The options of a system, read with their types and with a clear word when one is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import fields
from datetime import date
from pathlib import Path

from contracts.errors import DeploymentInvalid

from .http_body import Limits
from .interface import System

COMMON = frozenset({"ca_file", "page_size"} | {each.name for each in fields(Limits)})
"""Options that every dialect over HTTP takes."""


def check_names(system: System, own: Collection[str] = ()) -> None:
    """Refuse an option that nobody reads: most likely it is misspelt.

    Raises:
        DeploymentInvalid: names it and lists the known ones.
    """
    known = COMMON | set(own)
    if unknown := sorted(set(system.options) - known):
        raise DeploymentInvalid(
            f"{system.id}: the dialect {system.dialect} knows no option {', '.join(unknown)}", hint=f"known: {', '.join(sorted(known))}"
        )


def number(system: System, name: str, *, default: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    value = system.options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise DeploymentInvalid(f"{system.id}: {name} must be a whole number from 1 to {most}")
    return value


def text(system: System, name: str, default: str | None = None) -> str:
    """A text option."""
    value = system.options.get(name, default)
    if not isinstance(value, str) or not value:
        raise DeploymentInvalid(f"{system.id}: the option {name} must be given, as text")
    return value


def one_of(system: System, name: str, choices: Collection[str], default: str) -> str:
    """One of a few words."""
    value = system.options.get(name, default)
    if value not in choices:
        raise DeploymentInvalid(f"{system.id}: the option {name} must be one of {', '.join(choices)}")
    return str(value)


def day(system: System, name: str) -> date | None:
    """A day, which YAML reads as a date or as text; None when it is not given."""
    value = system.options.get(name)
    if value is None or (isinstance(value, date) and type(value) is date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise DeploymentInvalid(f"{system.id}: the option {name} must be a day, yyyy-mm-dd") from None


def names(system: System, name: str, due: Collection[str] = ()) -> dict[str, str]:
    """A mapping of names to names; with `due` of these exactly."""
    held = system.options.get(name)
    if not isinstance(held, dict) or not held or not all(isinstance(each, str) and each for pair in held.items() for each in pair):
        raise DeploymentInvalid(f"{system.id}: the option {name} must map names to names")
    if due and set(held) != set(due):
        raise DeploymentInvalid(f"{system.id}: the option {name} must have {', '.join(due)}, and nothing else")
    return dict(held)


def texts(system: System, name: str) -> tuple[str, ...]:
    """A list of texts; empty when it is not given."""
    held = system.options.get(name, [])
    if not isinstance(held, list) or not all(isinstance(each, str) and each for each in held):
        raise DeploymentInvalid(f"{system.id}: the option {name} must be a list of texts")
    return tuple(held)


def path(system: System, name: str, within: str = "") -> Path:
    """A file beside the deployment's own, which must be there; `within` the folder that the option names, when it names one."""
    found = system.folder / text(system, name) / within
    if not found.is_file():
        raise DeploymentInvalid(f"{system.id}: the option {name} names a file that is not there: {found}")
    return found


def pinned(system: System, name: str) -> tuple[Path, bytes]:
    """A vendored file and its content, when the content is what the option `<name>_sha256` pins.

    Raises:
        DeploymentInvalid: it has changed; somebody must read what, and pin it anew.
    """
    file = path(system, name)
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != text(system, f"{name}_sha256"):
        raise DeploymentInvalid(
            f"{system.id}: {file} is not the file that {name}_sha256 pins (it has {found})", hint="read what changed in it, then pin it anew"
        )
    return file, content


def ca_file(system: System) -> str | None:
    """The certificate authority to trust instead of the machine's, for systems with one of their own."""
    return str(path(system, "ca_file")) if "ca_file" in system.options else None
