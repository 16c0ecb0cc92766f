"""New credentials of a system: tried at the system before the old ones go. Two sets may be live meanwhile.

rotated   the new ones are tried and come into use; the old ones stay beside them
staged    the new ones stand beside those in use: the system changes over later
ended     one set stays: that in use, or where it is refused the other one
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from connectors import Probe, open_unread
from connectors.errors import CheckFailed, Unreachable
from contracts.errors import DeploymentInvalid
from hub.app import Hub
from hub.core.deployment import Stream, SystemEntry
from hub.core.state_files import locked, read_json, write_whole
from hub.local.credentials import SECOND, Kept, first

HINT = "put it back from its copy"


@dataclass
class LockedLogin:
    """A system's login in the file of secrets, while the file is locked."""

    hub: Hub
    entry: SystemEntry
    name: str
    file: Path
    known: dict[str, Any]

    @property
    def kept(self) -> dict[str, Any]:
        """As the file has it. Raises DeploymentInvalid: it names a connection, which is changed where it is."""
        found = self.known.get(self.name, {})
        if isinstance(found, str):
            raise DeploymentInvalid(
                f"The credentials of {self.name} are those of {found}",
                hint="change them there; it has a test of its own",
            )
        return dict(found)

    def changed(self, new: Mapping[str, str]) -> dict[str, str]:
        """The set in use with what is new. Raises DeploymentInvalid."""
        old = first(self.kept)
        if strange := sorted(set(new) - set(old)):
            raise DeploymentInvalid(
                f"{self.name} has no credential {', '.join(strange)}", hint=f"known are {', '.join(sorted(old))}"
            )
        if {**old, **new} == old:
            raise DeploymentInvalid(f"Nothing of the credentials of {self.name} differs", hint="name what is new")
        return {**old, **new}

    def tried(self, kept: Kept) -> list[Probe]:
        """What the system says to one set."""
        return tried(self.hub, self.entry, kept)

    def write(self, kept: Kept) -> None:
        """Keep it: tasks take it at their next start."""
        write_whole(self.file, json.dumps({**self.known, self.name: kept}, ensure_ascii=False))


def tried(hub: Hub, entry: SystemEntry, kept: Kept) -> list[Probe]:
    """The steps of a system's check under one set of credentials, which nothing else uses."""
    trial = replace(hub)
    trial.__dict__["credentials"] = hub.credentials.replaced(entry.credentials_of, kept)
    opened = (
        trial.source(Stream(entry.id, entry, entry.contracts[0]))
        if entry.contracts
        else open_unread(trial.system(entry.id))
    )
    return list(opened.check())


def entry_of(hub: Hub, system: str) -> SystemEntry:
    """A system of the deployment. Raises NotFound."""
    entry = {**hub.deployment.systems, **hub.deployment.other_ways}.get(system)
    if entry is None:
        raise hub.deployment.unknown(system)
    return entry


def rotated(hub: Hub, system: str, new: Mapping[str, str]) -> list[Probe]:
    """Try a system with new credentials; if it passes, they come into use, and the old ones stay beside them.

    `new` may name only what changes. Returns what the check found.

    Raises:
        CheckFailed: the system does not let the new ones in; the old ones stay in use.
        Unreachable: it cannot be asked now; the old ones stay in use.
        DeploymentInvalid: nothing differs, or a name is not among those that are known.
    """
    with _login(hub, system) as login:
        changed, old = login.changed(new), first(login.kept)
        probes = login.tried(changed)
        _require(system, probes, "the new credentials", "the old ones stay")
        login.write({**changed, SECOND: {name: value for name, value in old.items() if changed[name] != value}})
    return probes


def staged(hub: Hub, system: str, new: Mapping[str, str]) -> None:
    """Keep new credentials beside those in use, untried: a reading that is refused tries them. Raises DeploymentInvalid."""
    with _login(hub, system) as login:
        login.changed(new)
        login.write({**first(login.kept), SECOND: dict(new)})


def ended(hub: Hub, system: str) -> tuple[bool, list[Probe]]:
    """Let one set stay: that in use if it passes its check, else the other one. Returns whether it is that in use.

    Raises:
        CheckFailed, Unreachable: neither passes; nothing is changed.
        DeploymentInvalid: there is one only.
    """
    with _login(hub, system) as login:
        kept = login.kept
        if SECOND not in kept:
            raise DeploymentInvalid(
                f"{login.name} has one set of credentials", hint="hub systems rotate SYSTEM --file NEW"
            )
        used = first(kept)
        probes = login.tried(used)
        stays = all(each.ok is not False for each in probes)
        if not stays:
            used = {**used, **kept[SECOND]} if isinstance(kept[SECOND], dict) else kept[SECOND]
            probes = login.tried(used)
            _require(system, probes, "either set of credentials", "both stay")
        login.write(used)
    return stays, probes


def _require(system: str, probes: list[Probe], what: str, stays: str) -> None:
    crosses = [each for each in probes if each.ok is False]
    if not crosses:
        return
    kind = Unreachable if all(each.heals for each in crosses) else CheckFailed
    raise kind(
        f"System {system} does not pass its check with {what} ({crosses[0].step}); {stays}",
        hint=f"hub systems check {system} tries those in use",
    )


@contextmanager
def _login(hub: Hub, system: str) -> Iterator[LockedLogin]:
    entry, file = entry_of(hub, system), hub.secrets_file
    with locked(file.absolute().parent):
        yield LockedLogin(hub, entry, entry.credentials_of, file, read_json(file, empty={}, hint=HINT))
