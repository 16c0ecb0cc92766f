"""Reading contract files: YAML, the standard's JSON Schema, then our values. Any error names file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from contracts.errors import ContractInvalid
from contracts.from_odcs.contract import narrow
from contracts.model import Contract
from contracts.yaml_lines import Located, read_located

PACKAGED = Path(__file__).parent
SUFFIX = ".odcs.yaml"
SCHEMA = PACKAGED / "schema" / "odcs-v3.2.0.json"
VERSION = "v3.2.0"


def load_contract(path: Path) -> Contract:
    """
    Read one contract file.

    Raises:
        ContractInvalid: not YAML, a key twice, not ODCS, or a statement the hub does not carry out.
    """
    return _loaded(path, path.read_bytes() if path.is_file() else b"")


# Checking against the standard's schema costs 0.1 s a file. The same bytes are checked once a process, and
# Airflow's tasks, which are forks, inherit what the parent has checked.
@cache
def _loaded(path: Path, content: bytes) -> Contract:
    file = read_located(path)
    if not isinstance(file.data, dict) or file.data.get("apiVersion") != VERSION:
        raise file.invalid(
            ("apiVersion",), f"not an ODCS {VERSION} contract", hint=f"Begin the file with apiVersion: {VERSION}."
        )
    errors = list(_validator().iter_errors(file.data))
    if errors:
        raise _explained(file, errors)
    return narrow(file)


def load_contracts(folder: Path = PACKAGED) -> dict[str, Contract]:
    """
    All contracts below a folder (`*.odcs.yaml`), by name, in the order of their paths.

    Raises:
        ContractInvalid: as `load_contract`; also when two files bear one name.
    """
    contracts: dict[str, Contract] = {}
    owners: dict[str, Contract] = {}
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
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
def _validator() -> Any:
    # Here, not above: whoever only wants the values (every DAG file) is spared a tenth of a second.
    from jsonschema import Draft201909Validator  # type: ignore[import-untyped]  # its stubs are no dependency of ours

    return Draft201909Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


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
    return file.invalid(steps, f"not ODCS: {error.message[:200]}", hint="See contracts/schema/odcs-v3.2.0.json.")


def _leaves(error: Any) -> list[Any]:
    """An `allOf` or `$ref` reports through its context; an alternative (`oneOf`) is reported as a whole."""
    if error.context and error.validator in ("allOf", "$ref", "if"):
        return [leaf for each in error.context for leaf in _leaves(each)]
    return [error]
