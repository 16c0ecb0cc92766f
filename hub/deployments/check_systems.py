"""The files of systems, and what `deployment.yaml` says of them: each against the other and against the lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from contracts.deployment.files import DeploymentFile, SystemFile
from contracts.model import Contract
from contracts.yaml.models import Document, load
from hub.core.deployment import Deployment, load_deployment
from hub.core.units import Units
from hub.deployments.faults import FaultList

Systems = Mapping[str, Document[SystemFile]]


def read_systems(folder: Path, faults: FaultList) -> Systems:
    """The files of systems that can be read, by the id of the system."""
    found: dict[str, Document[SystemFile]] = {}
    for path in sorted([*(folder / "systems").glob("*.yaml"), *(folder / "data").glob("*.yaml")]):
        document = faults.of(lambda path=path: load(path, SystemFile))  # type: ignore[misc]
        if document is not None:
            found[document.value.id] = document
    if not found and not faults:
        faults.add("systems/", "no file describes a system", "hub systems new writes one")
    return found


def read_whole(folder: Path, contracts: Mapping[str, Contract], faults: FaultList) -> Deployment | None:
    """The deployment as a start reads it, with everything that a start says about files that disagree."""
    return faults.of(lambda: load_deployment(folder, frozenset(contracts), data=True))


def check_contracts(systems: Systems, contracts: Mapping[str, Contract], faults: FaultList) -> None:
    """The contracts that systems deliver."""
    for document in systems.values():
        for index, name in enumerate(document.value.contracts):
            if name not in contracts:
                hint = f"known are {', '.join(sorted(contracts))}"
                faults.add_error(document.wrong(("contracts", index), f"no contract {name}", hint=hint))


def check_terms(head: Document[DeploymentFile], systems: Systems, faults: FaultList) -> None:
    """Systems that `reuse` names."""
    known = ", ".join(sorted(systems)) or "none"
    for key in ("refreshed_from", "population"):
        name = getattr(head.value.reuse, key)
        if name and name not in systems:
            faults.add_error(head.wrong(("reuse", key), f"no system {name}", hint=f"known are {known}"))
    if head.value.registry and head.value.registry not in systems:
        faults.add_error(head.wrong(("registry",), f"no system {head.value.registry}", hint=f"known are {known}"))
    asked = systems.get(head.value.reuse.population)
    if asked is not None and asked.value.contracts:
        what = f"{asked.value.id} is read, so it is no system that is asked"
        faults.add_error(head.wrong(("reuse", "population"), what, hint="its file has contracts: []"))


def check_units(systems: Systems, units: Units, faults: FaultList) -> None:
    """The unit of a system is one, on some day on which the system is there."""
    for document in systems.values():
        system = document.value
        if not system.unit:
            continue
        named = [unit for unit in units if unit.code == system.unit]
        first, last = system.valid_from or date.min, system.valid_to or date.max
        if not named:
            hint = "reference/units.csv lists the codes"
            faults.add_error(document.wrong(("unit",), f"no unit ever had the code {system.unit}", hint=hint))
        elif not any(unit.first <= last and first <= (unit.last or date.max) for unit in named):
            days = ", ".join(f"{unit.first} to {unit.last or 'today'}" for unit in named)
            what = f"{system.unit} is no unit on any day of this system"
            faults.add_error(document.wrong(("unit",), what, hint=f"it is one from {days}; see valid_from, valid_to"))


def check_needed_lists(
    head: Document[DeploymentFile], systems: Systems, contracts: Mapping[str, Contract], faults: FaultList
) -> None:
    """The code lists that rules of the contracts look values up in."""
    read = {name for document in systems.values() for name in document.value.contracts} & set(contracts)
    for name in sorted(read):
        for dataset in contracts[name].datasets:
            for rule in dataset.rules:
                needed = rule.arguments.get("list") if rule.kind in ("code_list", "valid_on") else None
                if needed is None:
                    continue
                given = head.value.lists.get(str(needed))
                if given is None:
                    what = f"no list {needed}, in which rule {rule.id} of {name} looks values up"
                    hint = f"lists: {{{needed}: {{file: {needed}.csv, column: code}}}}"
                    faults.add_error(head.wrong(("lists",), what, hint=hint))
                elif rule.kind == "valid_on" and not given.dated:
                    what = f"the list {needed} has no days, which rule {rule.id} of {name} needs"
                    hint = "dated: true, and columns valid_from and valid_to in the file"
                    faults.add_error(head.wrong(("lists", str(needed)), what, hint=hint))
