"""A whole deployment, read as the hub reads it, and every fault said with file, line and next step.

    folder ──> deployment.yaml, systems/ ──> reference/ ──> purposes, grants, feeds, keepers, requirements ──> dialects

A later part is read although an earlier one is wrong, as far as it can be understood without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from contracts.deployment.files import DeploymentFile
from contracts.deployment.twins import FILE as TWINS
from contracts.deployment.twins import TwinsFile
from contracts.model import Contract
from contracts.yaml.models import load
from hub.access.grants.load import read_grants
from hub.access.grants.purposes import read_purposes
from hub.access.grants.signers import read_signers
from hub.access.legal_bases import read_legal_bases
from hub.core.book_keepers import read_keepers
from hub.deployments import check_systems
from hub.deployments.check_dialects import check_dialects
from hub.deployments.check_folder import check_folder
from hub.deployments.check_lists import check_code_lists, check_lists
from hub.deployments.faults import DeploymentFault, FaultList
from hub.evidence.registers import registers_of
from hub.feeds.declared import read_feeds
from hub.requirements.catalogue import FILE as REQUIREMENTS
from hub.requirements.catalogue import read_requirements
from hub.requirements.rules import FILE as RULES
from hub.requirements.rules import read_rules
from hub.service_levels.working_days import read_working_days


def check_deployment(folder: Path, contracts: Mapping[str, Contract]) -> tuple[DeploymentFault, ...]:
    """Everything that is wrong in a deployment's folder; nothing outside of it is asked."""
    faults = FaultList()
    if not folder.is_dir():
        faults.add(str(folder), "is no folder", "name the folder of a deployment, or set HUB_DEPLOYMENT")
        return tuple(faults)
    check_folder(folder, faults)
    of_names = len(faults)
    head = faults.of(lambda: load(folder / "deployment.yaml", DeploymentFile))
    systems = check_systems.read_systems(folder, faults)
    if head is not None and len(faults) == of_names:
        check_systems.read_whole(folder, contracts, faults)
    units = check_lists(folder, faults)
    if head is not None:
        check_systems.check_terms(head, systems, faults)
        check_systems.check_needed_lists(head, systems, contracts, faults)
        check_code_lists(folder, head, faults)
    check_systems.check_contracts(systems, contracts, faults)
    if units is not None:
        check_systems.check_units(systems, units, faults)
        faults.of(lambda: read_keepers(folder, units))
    if (folder / TWINS).exists():
        faults.of(lambda: load(folder / TWINS, TwinsFile))
    faults.of(lambda: read_working_days(folder))
    _check_rights(folder, contracts, systems, faults)
    if (folder / REQUIREMENTS).exists():
        faults.of(lambda: read_requirements(folder, registers_of(contracts)))
    if (folder / RULES).exists():
        faults.of(lambda: read_rules(folder))
    check_dialects(systems, contracts, faults)
    return tuple(sorted(faults))


def _check_rights(
    folder: Path, contracts: Mapping[str, Contract], systems: check_systems.Systems, faults: FaultList
) -> None:
    """Purposes, grants and feeds: who may have what, for what, and who is sent it."""
    faults.of(lambda: read_signers(folder))
    bases = faults.of(lambda: read_legal_bases(folder))
    if bases is not None and faults.of(lambda: read_purposes(folder, contracts, bases)) is not None:
        grants = faults.of(lambda: read_grants(folder, contracts))
        if grants is not None:
            for feed in (faults.of(lambda: read_feeds(folder, contracts, grants)) or {}).values():
                if feed.file.system and feed.file.system not in systems:
                    hint = f"known are {', '.join(sorted(systems))}"
                    faults.add(f"feeds/{feed.id}.yaml", f"no system {feed.file.system}, to which it is pushed", hint)
