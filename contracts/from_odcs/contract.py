"""A whole contract: its head, its service level, its datasets, and which is whose child."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contracts.from_odcs.datasets import dataset_of
from contracts.from_odcs.gaps import OdcsFile
from contracts.from_odcs.words import CONTRACT_KEYS, CONTRACT_PROPERTIES, custom_of, named, only
from contracts.identifiers import CONTRACT
from contracts.model import Contract, Dataset
from contracts.service_level import CASE_DAYS, MORE_PROMISES, MOST_CASE_DAYS, PROMISES
from contracts.yaml.lines import Located


def narrow(located: Located) -> Contract:
    """The contract of a schema-valid document; missing words become empty text, which the lint reports.

    What the hub would not carry out exactly as it is written is among its gaps.

    Raises:
        ContractInvalid: a budget of bad records that means nothing.
    """
    file = OdcsFile.of(located)
    data = file.data
    only(file, data, (), CONTRACT_KEYS, "a contract")
    custom = custom_of(file, data, (), CONTRACT_PROPERTIES)
    about = data.get("description", {})
    team = data.get("team", {})
    if "name" in data:
        named(file, data, (), "name", CONTRACT)
    datasets = tuple(dataset_of(file, each, ("schema", index)) for index, each in enumerate(data.get("schema", [])))
    datasets = _families(file, datasets)
    return Contract(
        id=data["id"],
        name=data.get("name", ""),
        version=data["version"],
        title=custom.get("title", ""),
        meaning=about.get("purpose", "").strip(),
        misleads=about.get("limitations", "").strip(),
        owner=team.get("name", "") if isinstance(team, dict) else "",
        legal_basis=custom.get("legalBasis", "").strip(),
        retention=custom.get("retention", "").strip(),
        service_level=_service_level(file, data),
        datasets=datasets,
        path=file.path,
        domain=data.get("domain", ""),
        gaps=tuple(file.gaps),
    )


def _service_level(file: OdcsFile, data: Mapping[str, Any]) -> Mapping[str, str]:
    """Each promised value with its unit; `case_days`, which the hub counts with, is a whole number of days."""
    promised = dict[str, str]()
    for number, each in enumerate(data.get("slaProperties", [])):
        promise, value, unit = each["property"], str(each["value"]), each.get("unit", "")
        here = ("slaProperties", number, "property")
        known = (*PROMISES, *MORE_PROMISES, CASE_DAYS)
        if promise not in known:
            file.refuse(here, f"nothing keeps a promise named `{promise}`", hint=f"known are {', '.join(known)}")
        if promise in promised:
            file.refuse(here, f"`{promise}` is promised twice", hint="Keep one of them.")
        if promise == CASE_DAYS:
            days = int(value) if value.isascii() and value.isdigit() and len(value) <= len(str(MOST_CASE_DAYS)) else 0
            if not (0 < days <= MOST_CASE_DAYS and unit in ("", "d")):
                file.refuse(
                    ("slaProperties", number, "value"),
                    f"case_days is {value} {unit}".rstrip(),
                    hint=f"a whole number of days, from 1 to {MOST_CASE_DAYS}; unit d or none",
                )
            unit = ""
        promised[promise] = f"{value} {unit}".strip()
    return promised


def _families(file: OdcsFile, datasets: tuple[Dataset, ...]) -> tuple[Dataset, ...]:
    """The datasets, each child with the key by which its parent is found."""
    before, tables, found = dict[str, Dataset](), set[str](), list[Dataset]()
    for index, each in enumerate(datasets):
        if each.name in before:
            file.refuse(("schema", index, "name"), f"two datasets named `{each.name}`", hint="Rename one.")
        if each.table in tables:
            file.refuse(
                ("schema", index, "physicalName"), f"two datasets in the table {each.table}", hint="Give each its own."
            )
        if each.parent is not None and each.parent not in before:
            here = ("schema", index, "customProperties")
            file.refuse(
                here,
                f"the parent `{each.parent}` of {each.name} does not stand before it",
                hint="Parents come first, in the same file.",
            )
        owner = tuple(field.name for field in before[each.parent].key) if each.parent in before else ()
        if missing := sorted(set(owner) - {field.name for field in each.key}):
            what = f"{each.name} has no {', '.join(missing)} in its key: whose record it is, nobody could say"
            file.refuse(
                ("schema", index, "customProperties"),
                what,
                hint=f"the key of {each.parent} is the first part of its children's.",
            )
        if each.parent in before and before[each.parent].version_field and not each.version_field:
            file.refuse(
                ("schema", index, "customProperties"),
                f"{each.name} has no versionField, and its parent {each.parent} has one",
                hint="A child has the change time of its record: give it such a field, and name it as versionField.",
            )
        before[each.name] = each
        tables.add(each.table)
        found.append(replace(each, parent_key=owner))
    return tuple(found)
