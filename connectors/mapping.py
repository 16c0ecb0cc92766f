"""What a system calls the fields of a contract: data beside the system, checked when a source is opened.

    contract: birth
    fields:
      so: soDangKy          # contract field: name on the wire
      trangSo: null         # this system does not tell it

Every field of the contract is named once, also one that the system does not tell: a field that was
forgotten would be null for ever, and nobody would know why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.located import Located, read_located
from contracts.model import Contract


@dataclass(frozen=True)
class FieldMap:
    """The names of one contract's fields in one system's dialect."""

    contract: str
    fields: tuple[tuple[str, str | None], ...]
    """Contract field and wire name, in the contract's order; None where the system does not tell the field."""

    @property
    def wire_names(self) -> tuple[str, ...]:
        """The names that are read from the wire, in the contract's order."""
        return tuple(wire for _, wire in self.fields if wire is not None)

    def to_contract(self, wire_record: Mapping[str, object]) -> dict[str, object]:
        """A record under the contract's names, all of them and in its order; what the wire does not tell is None.

        Values stay as they are. What the wire tells beyond the map is left out: its bytes lie in the landing.
        """
        return {name: None if wire is None else wire_record.get(wire) for name, wire in self.fields}


def read_mapping(path: Path, contract: Contract) -> FieldMap:
    """Read the map of a contract that has one dataset.

    Raises:
        ContractInvalid: with file and line: not YAML, of another contract, a field that is missing,
            unknown or named twice, or one wire name for two fields.
    """
    file = read_located(path)
    if not isinstance(file.data, dict) or set(file.data) != {"contract", "fields"} or not isinstance(file.data["fields"], dict):
        raise file.invalid((), "not a map of fields", hint="It has two keys: `contract`, a name, and `fields`, contract field: wire name or null.")
    if file.data["contract"] != contract.name:
        raise file.invalid(("contract",), f"a map of another contract than `{contract.name}`", hint="One file maps one contract; it bears its name.")
    if len(contract.datasets) != 1:
        raise file.invalid(("contract",), f"it has {len(contract.datasets)} datasets", hint="Records with children have a dialect of their own.")
    promised = contract.datasets[0].by_name
    given = _wire_names(file, promised)
    if missing := [name for name in promised if name not in given]:
        raise file.invalid(("fields",), f"no word on {', '.join(missing)}", hint="Write `null` for a field that the system does not tell.")
    return FieldMap(contract.name, tuple((name, given[name]) for name in promised))


def _wire_names(file: Located, promised: Mapping[str, object]) -> dict[str, str | None]:
    """Contract field -> wire name, each of them known and no wire name twice."""
    owner: dict[str, str] = {}
    for name, wire in file.data["fields"].items():
        if name not in promised:
            raise file.invalid(("fields", name), f"the contract has no field `{name}`", hint="Left of the colon: the contract's name; right of it: the wire's.")
        if wire is None:
            continue
        if not isinstance(wire, str) or not wire:
            raise file.invalid(("fields", name), f"the wire name of `{name}` is no text", hint="Put it in quotes; `null` if the system does not tell it.")
        if wire in owner:
            again = f"wire name `{wire}` for the second time (first for `{owner[wire]}`)"
            raise file.invalid(("fields", name), again, hint="One value cannot fill two fields.")
        owner[wire] = name
    return dict(file.data["fields"])
