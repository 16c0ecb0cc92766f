"""Checks that a contract and a dialect have the same fields, when a source is opened."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from contracts.errors import ContractInvalid
from contracts.model import Contract

from .interface import System


def match(system: System, contract: Contract, wire: Mapping[str, Collection[str]]) -> None:
    """Compare the contract's datasets and fields with those that the dialect reads from the wire.

    `wire` is dataset name -> field names. A field that only one of them has would always be null, or would be
    dropped silently.

    Raises:
        ContractInvalid: names every dataset and field that only one of them has.
    """
    promised = {dataset.name: set(dataset.by_name) for dataset in contract.datasets}
    complaints = [
        *(f"dataset {name}: unknown to the dialect" for name in promised if name not in wire),
        *(f"dataset {name}: not in the contract" for name in wire if name not in promised),
    ]
    for name in promised.keys() & wire.keys():
        only_contract, only_wire = sorted(promised[name] - set(wire[name])), sorted(set(wire[name]) - promised[name])
        if only_contract:
            complaints.append(f"{name}: unknown to the dialect: {', '.join(only_contract)}")
        if only_wire:
            complaints.append(f"{name}: not in the contract: {', '.join(only_wire)}")
    if complaints:
        raise ContractInvalid(
            f"{contract.path}: contract {contract.name} and dialect {system.dialect} do not speak of the same fields; {'; '.join(sorted(complaints))}",
            hint="add the field to the contract, or to the dialect's list",
        )
