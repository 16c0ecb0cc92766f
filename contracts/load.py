"""Reading contract files: YAML, the standard's JSON Schema, then our values. Any error names file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.errors import ContractInvalid
from contracts.from_odcs.contract import narrow
from contracts.model import Contract
from contracts.yaml.lines import Located, read_located

if TYPE_CHECKING:
    from jsonschema_rs import Draft201909Validator

PACKAGED = Path(__file__).parent
SUFFIX = ".odcs.yaml"
VERSION = "v3.2.0"
"""The version of the standard that contracts of ours are written in."""
SCHEMAS = {
    VERSION: "odcs-v3.2.0.json",
    "v3.1.0": "odcs-v3.1.0.json",
    "v3.0.2": "odcs-v3.0.2.json",
    "v3.0.1": "odcs-v3.0.2.json",
    "v3.0.0": "odcs-v3.0.2.json",
}
"""Version of the standard that a file names -> the schema that it must keep, the newest first."""
HINT = "See the schema of its version in contracts/schema/."
HISTORY = "history"
"""Folder of released versions, `contracts/history/<contract>/<version>.yaml` (`contracts/changes/history.py`)."""


def load_contract(path: Path) -> Contract:
    """
    Read one contract file that the hub can work with.

    Raises:
        ContractInvalid: not YAML, a key twice, not ODCS, or a statement the hub would carry out otherwise.
    """
    contract = read_contract(path)
    for gap in contract.gaps:
        if gap.refused:
            raise ContractInvalid(f"{path}:{gap.line}: {gap.what}", hint=gap.hint)
    return contract


def read_contract(path: Path) -> Contract:
    """
    Read any contract file of the standard, to list or to compare it. What the hub does not carry out is among its gaps.

    Raises:
        ContractInvalid: not YAML, a key twice, or not ODCS.
    """
    return _read(path, path.read_bytes() if path.is_file() else b"")


def read_document(path: Path) -> Located:
    """
    A valid document of the standard (3.0, 3.1 or 3.2), whole, with the line of each value.

    Raises:
        ContractInvalid: not YAML, a key twice, or not ODCS.
    """
    file = read_located(path)
    if not isinstance(file.data, dict) or file.data.get("apiVersion") not in SCHEMAS:
        raise file.invalid(
            ("apiVersion",),
            "not an ODCS contract of a version that the hub reads",
            hint=f"Begin the file with apiVersion: {VERSION}; read are {', '.join(SCHEMAS)} too.",
        )
    # Minor versions only add words, and files in the wild, official examples too, use some before they name the version.
    stated = list(SCHEMAS).index(file.data["apiVersion"])
    if not any(_validator(each).is_valid(file.data) for each in reversed(list(SCHEMAS)[: stated + 1])):
        raise _refused(file)
    return file


# The same bytes are checked once a process, and Airflow's tasks, which are forks, inherit what the parent has checked.
@cache
def _read(path: Path, content: bytes) -> Contract:
    return narrow(read_document(path))


def load_contracts(folder: Path = PACKAGED, *, own: Path | None = None) -> dict[str, Contract]:
    """
    All contracts below a folder (`*.odcs.yaml`), by name, in the order of their paths; then those of a deployment,
    whose folder is `own` (`contracts/` in it).

    Raises:
        ContractInvalid: as `load_contract`; also when two files bear one name.
    """
    contracts: dict[str, Contract] = {}
    owners: dict[str, Contract] = {}
    paths = [*sorted(folder.rglob(f"*{SUFFIX}")), *sorted((own / "contracts").rglob(f"*{SUFFIX}") if own else ())]
    for path in paths:
        contract = load_contract(path)
        if contract.name in contracts:
            raise ContractInvalid(
                f"{path}:1: a second contract named `{contract.name}`; the first is {contracts[contract.name].path}",
                hint="Rename one.",
            )
        contracts[contract.name] = contract
        for dataset in contract.datasets:
            for name in {dataset.name, dataset.table}:
                if (other := owners.setdefault(name, contract)) is not contract:
                    # Grants and row security speak of datasets, the database of tables: one of them in two contracts
                    # opens both.
                    what = f"a second dataset or table named `{name}`; the first is in {other.path}"
                    raise ContractInvalid(f"{path}:1: {what}", hint="Rename one.")
    return contracts


@cache
def _validator(version: str) -> Draft201909Validator:
    """The validator that accepts: all shipped contracts in a few milliseconds."""
    from jsonschema_rs import Draft201909Validator

    return Draft201909Validator(_schema(version), validate_formats=False)  # as the explaining one


def _refused(file: Located) -> ContractInvalid:
    """Why a file is refused, from a second validator: slow, but it reports the whole tree of alternatives."""
    from jsonschema import (  # type: ignore[import-untyped]  # its stubs are no dependency of ours
        Draft201909Validator as Explaining,
    )

    if errors := list(Explaining(_schema(VERSION)).iter_errors(file.data)):
        return _explained(file, errors)
    error = next(_validator(VERSION).iter_errors(file.data))  # the two disagree: the stricter one is believed
    return file.invalid(error.instance_path, f"not ODCS: {error.kind.name}", hint=HINT)


def _schema(version: str) -> Any:
    return json.loads((PACKAGED / "schema" / SCHEMAS[version]).read_text(encoding="utf-8"))


_UNKNOWN_KEY = ("additionalProperties", "unevaluatedProperties")


def _explained(file: Located, errors: Iterable[Any]) -> ContractInvalid:
    """The error nearest to the mistake. A wrong value leaves its neighbours unevaluated: such errors come last."""
    leaves = [leaf for error in errors for leaf in _leaves(error)]
    error = min(leaves, key=lambda leaf: (leaf.validator in _UNKNOWN_KEY, -len(leaf.absolute_path)))
    steps: list[str | int] = list(error.absolute_path)
    if error.validator in _UNKNOWN_KEY:
        key = next(iter(re.findall(r"'([^']+)'", error.message)), "")
        return file.invalid(
            [*steps, key],
            f"ODCS knows no key `{key}` here",
            hint="Check its spelling; what is our own goes under customProperties.",
        )
    return file.invalid(steps, f"not ODCS: {error.message[:200]}", hint=HINT)


def _leaves(error: Any) -> list[Any]:
    """An `allOf` or `$ref` reports through its context; an alternative (`oneOf`) is reported as a whole."""
    if error.context and error.validator in ("allOf", "$ref", "if"):
        return [leaf for each in error.context for leaf in _leaves(each)]
    return [error]
