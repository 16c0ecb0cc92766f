"""Field map: a system's own names for the fields of a contract. A YAML file beside the system, checked on opening.

    contract: birth
    fields:
      so: soDangKy                # contract field: name on the wire
      nksHoTen: {name: nksHoTen}  # the wire has it in a shape, which the dialect's code composes
      trangSo: null               # this system does not have it
    beyond: [meSoDDCN]            # the wire has it, and the contract does not

Every field of the contract is named once, also one that the system does not have: a forgotten field would always be
null, and nobody would know why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from contracts.model import Contract
from contracts.yaml.lines import Located, read_located

Compose = Callable[[str, str, object], object]
"""(shape, wire name, wire value) -> the field's value."""


@dataclass(frozen=True)
class FieldMap:
    """The names of one contract's fields in one system's dialect."""

    contract: str
    fields: tuple[tuple[str, str | None], ...]
    """Contract field and wire name, in the contract's order; None if the system does not have the field."""
    shapes: Mapping[str, str] = field(default_factory=dict)
    """Contract field -> shape, for fields that the dialect composes."""
    beyond: frozenset[str] = frozenset()
    """Wire names that are not in the contract: known and left out."""

    @property
    def wire_names(self) -> tuple[str, ...]:
        """The names that are read from the wire, in the contract's order."""
        return tuple(wire for _, wire in self.fields if wire is not None)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every wire name of the map, whether it is read or left out."""
        return self.beyond | set(self.wire_names)

    def to_contract(self, wire_record: Mapping[str, object], compose: Compose | None = None) -> dict[str, object]:
        """A record with all names of the contract, in its order; None for fields that the wire does not have.

        Values are unchanged, except that `compose` composes those with a shape. Other wire fields are left out; their
        bytes stay in the landing.
        """
        found = {name: None if wire is None else wire_record.get(wire) for name, wire in self.fields}
        if compose is not None:
            found |= {name: compose(shape, name, found[name]) for name, shape in self.shapes.items()}
        return found

    def flaw(self, wire_record: Mapping[str, object]) -> tuple[str, str] | None:
        """Place and clause of a value that is neither text nor number where no shape is due; None: there is none."""
        for name, wire in self.fields:
            value = None if wire is None or name in self.shapes else wire_record.get(wire)
            if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
                return str(wire), "neither text nor number"
        return None

    def strange(self, wire_record: Mapping[str, object]) -> list[str]:
        """Field names of a record that are not in the map."""
        return [] if wire_record.keys() <= self.known else sorted(wire_record.keys() - self.known)


def read_mapping(path: Path, contract: Contract, shapes: Collection[str] = ()) -> FieldMap:
    """Read the map of a contract with one dataset. `shapes` are those that the dialect can compose.

    Raises:
        ContractInvalid: with file and line: not YAML, of another contract, a field that is missing,
            unknown or named twice, one wire name for two fields, or a shape that the dialect does not know.
    """
    file = read_located(path)
    data = file.data
    if (
        not isinstance(data, dict)
        or set(data) - {"beyond"} != {"contract", "fields"}
        or not isinstance(data["fields"], dict)
    ):
        hint = "It has the keys `contract`, a name, and `fields`, contract field: wire name or null; and may have `beyond`, a list of wire names."
        raise file.invalid((), "not a map of fields", hint=hint)
    if data["contract"] != contract.name:
        raise file.invalid(
            ("contract",),
            f"a map of another contract than `{contract.name}`",
            hint="One file maps one contract; it bears its name.",
        )
    if len(contract.datasets) != 1:
        raise file.invalid(
            ("contract",),
            f"it has {len(contract.datasets)} datasets",
            hint="Records with children have a dialect of their own.",
        )
    promised = contract.datasets[0].by_name
    given, shaped = _wire_names(file, promised, shapes)
    if missing := [name for name in promised if name not in given]:
        raise file.invalid(
            ("fields",),
            f"no word on {', '.join(missing)}",
            hint="Write `null` for a field that the system does not have.",
        )
    return FieldMap(contract.name, tuple((name, given[name]) for name in promised), shaped, _beyond(file, given))


def _wire_names(
    file: Located, promised: Mapping[str, object], shapes: Collection[str]
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Contract field -> wire name, each of them known and no wire name twice; and contract field -> shape."""
    owner: dict[str, str] = {}
    given: dict[str, str | None] = {}
    shaped: dict[str, str] = {}
    for name, entry in file.data["fields"].items():
        if name not in promised:
            raise file.invalid(
                ("fields", name),
                f"the contract has no field `{name}`",
                hint="Left of the colon: the contract's name; right of it: the wire's.",
            )
        wire = entry
        if isinstance(entry, dict) and len(entry) == 1:
            ((shaped[name], wire),) = entry.items()
            if shaped[name] not in shapes:
                known = (
                    f"It knows {', '.join(sorted(shapes))}." if shapes else "It knows none: write the wire name alone."
                )
                raise file.invalid(("fields", name), f"the dialect has no shape `{shaped[name]}`", hint=known)
        given[name] = wire
        if wire is None and name not in shaped:
            continue
        if not isinstance(wire, str) or not wire:
            raise file.invalid(
                ("fields", name),
                f"the wire name of `{name}` is no text",
                hint="Put it in quotes; `null` if the system does not have it.",
            )
        if wire in owner:
            again = f"wire name `{wire}` for the second time (first for `{owner[wire]}`)"
            raise file.invalid(("fields", name), again, hint="One value cannot fill two fields.")
        owner[wire] = name
    return given, shaped


def _beyond(file: Located, given: Mapping[str, str | None]) -> frozenset[str]:
    """The names under `beyond`: texts, and none of them a field's."""
    beyond = file.data.get("beyond", [])
    if not isinstance(beyond, list) or not all(isinstance(each, str) for each in beyond):
        raise file.invalid(("beyond",), "`beyond` is no list of wire names", hint="Write `beyond: [name, name]`.")
    if both := sorted(set(beyond) & set(given.values())):
        raise file.invalid(
            ("beyond",), f"`{both[0]}` stands under `fields` too", hint="A wire name is read, or it is left out."
        )
    return frozenset(beyond)
