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
from contracts.yaml_lines import Located, read_located

if TYPE_CHECKING:
    from jsonschema_rs import Draft201909Validator

PACKAGED = Path(__file__).parent
SUFFIX = ".odcs.yaml"
SCHEMA = PACKAGED / "schema" / "odcs-v3.2.0.json"
VERSION = "v3.2.0"
HINT = "See contracts/schema/odcs-v3.2.0.json."


def load_contract(path: Path) -> Contract:
    """
    Read one contract file.

    Raises:
        ContractInvalid: not YAML, a key twice, not ODCS, or a statement the hub does not carry out.
    """
    return _loaded(path, path.read_bytes() if path.is_file() else b"")


# The same bytes are checked once a process, and Airflow's tasks, which are forks, inherit what the parent has checked.
@cache
def _loaded(path: Path, content: bytes) -> Contract:
    file = read_located(path)
    if not isinstance(file.data, dict) or file.data.get("apiVersion") != VERSION:
        raise file.invalid(
            ("apiVersion",), f"not an ODCS {VERSION} contract", hint=f"Begin the file with apiVersion: {VERSION}."
        )
    if not _validator().is_valid(file.data):
        raise _refused(file)
    return narrow(file)


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
def _validator() -> Draft201909Validator:
    """The validator that accepts: all shipped contracts in a few milliseconds."""
    from jsonschema_rs import Draft201909Validator

    return Draft201909Validator(_schema(), validate_formats=False)  # as the explaining one


def _refused(file: Located) -> ContractInvalid:
    """Why a file is refused, from a second validator: slow, but it reports the whole tree of alternatives."""
    from jsonschema import (  # type: ignore[import-untyped]  # its stubs are no dependency of ours
        Draft201909Validator as Explaining,
    )

    if errors := list(Explaining(_schema()).iter_errors(file.data)):
        return _explained(file, errors)
    error = next(_validator().iter_errors(file.data))  # the two disagree: the stricter one is believed
    return file.invalid(error.instance_path, f"not ODCS: {error.kind.name}", hint=HINT)


def _schema() -> Any:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


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
