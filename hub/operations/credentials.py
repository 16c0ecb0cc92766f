"""New credentials of a system: tried at the system before the old ones go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from connectors import Probe, open_unread
from connectors.errors import CheckFailed, Unreachable
from contracts.errors import DeploymentInvalid
from hub.app import Hub
from hub.core.deployment import Stream
from hub.core.state_files import locked, read_json, write_whole
from hub.local.secret_sources import resolved

HINT = "put it back from its copy"


def rotated(hub: Hub, system: str, new: Mapping[str, str]) -> list[Probe]:
    """Try a system with new credentials; if it passes, they take the place of the old ones in the file of secrets.

    `new` may name only what changes. Tasks take the new ones at their next start; the system should let both in until
    then. Returns what the check found.

    Raises:
        CheckFailed: the system does not let the new ones in; the old ones stay, and go on being used.
        Unreachable: it cannot be asked now; the old ones stay.
        DeploymentInvalid: nothing differs, or a name is not among those that are known.
    """
    entry = {**hub.deployment.systems, **hub.deployment.other_ways}.get(system)
    if entry is None:
        raise hub.deployment.unknown(system)
    login, file = entry.credentials_of, hub.secrets_file
    with locked(file.absolute().parent):
        known = read_json(file, empty={}, hint=HINT)
        old = known.get(login, {})
        if strange := sorted(set(new) - set(old)):
            raise DeploymentInvalid(
                f"{login} has no credential {', '.join(strange)}", hint=f"known are {', '.join(sorted(old))}"
            )
        changed = {**old, **new}
        if changed == old:
            raise DeploymentInvalid(f"Nothing of the credentials of {login} differs", hint="name what is new")
        trial = replace(hub)
        trial.__dict__["credentials"] = {
            **hub.credentials,
            login: resolved(login, changed, file.absolute().parent),
        }
        opened = (
            trial.source(Stream(system, entry, entry.contracts[0]))
            if entry.contracts
            else open_unread(trial.system(system))
        )
        probes = list(opened.check())
        if crosses := [each for each in probes if each.ok is False]:
            kind = Unreachable if all(each.heals for each in crosses) else CheckFailed
            raise kind(
                f"System {system} does not pass its check with the new credentials ({crosses[0].step}); the old ones stay",
                hint=f"hub systems check {system} tries the old ones",
            )
        write_whole(file, json.dumps({**known, login: changed}, ensure_ascii=False))
    return probes
