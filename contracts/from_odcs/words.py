"""The words of a contract that the hub acts on, by the level they stand on; any other is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.from_odcs.gaps import OdcsFile
from contracts.identifiers import Shape
from contracts.yaml.lines import Steps

CONTRACT_PROPERTIES: Mapping[str, type] = {"title": str, "legalBasis": str, "retention": str}
DATASET_PROPERTIES: Mapping[str, type] = {
    "versionField": str,
    "parent": str,
    "unitFields": list,
    "unitDay": str,
    "placeField": str,
    "dayField": str,
    "evidence": dict,
}
FIELD_PROPERTIES: Mapping[str, type] = {"identity": bool, "transport": bool, "codeList": str}
"""Our own custom properties, by the level they stand on, with the type of their value."""

CONTRACT_KEYS = {
    "apiVersion",
    "kind",
    "id",
    "name",
    "version",
    "status",
    "domain",
    "description",
    "team",
    "slaProperties",
    "customProperties",
    "schema",
}
DATASET_KEYS = {
    "name",
    "physicalName",
    "businessName",
    "description",
    "logicalType",
    "properties",
    "quality",
    "customProperties",
}
FIELD_KEYS = {
    "name",
    "businessName",
    "description",
    "logicalType",
    "logicalTypeOptions",
    "classification",
    "required",
    "primaryKey",
    "primaryKeyPosition",
    "enum",
    "quality",
    "customProperties",
}
"""Keys of the standard, by the level they stand on."""


def named(file: OdcsFile, data: Mapping[str, Any], steps: Steps, key: str, shape: Shape) -> str:
    """A name that becomes part of SQL, of a path or of an id, as far as it may."""
    if what := shape.fault(data[key]):
        file.refuse((*steps, key), f"`{key}`: {what}", hint=shape.hint)
    return str(data[key])


def only(file: OdcsFile, data: Mapping[str, Any], steps: Steps, allowed: set[str], what: str) -> None:
    """Refuse the keys that the hub does not act on."""
    for key in [each for each in data if each not in allowed]:
        file.refuse(
            (*steps, key),
            f"the hub does not act on `{key}` of {what}",
            hint="Remove it: a promise that nothing keeps is worse than none.",
        )


def custom_of(file: OdcsFile, data: Mapping[str, Any], steps: Steps, vocabulary: Mapping[str, type]) -> dict[str, Any]:
    """Our own properties by name; one that is unknown, given twice or of another type is refused."""
    found: dict[str, Any] = {}
    for index, entry in enumerate(data.get("customProperties", [])):
        here, name, value = (*steps, "customProperties", index), entry["property"], entry.get("value")
        if name not in vocabulary:
            file.refuse(here, f"unknown custom property `{name}`", hint=f"Known here: {', '.join(vocabulary)}.")
            continue
        if name in found:
            file.refuse(here, f"custom property `{name}` for the second time", hint="Keep one.")
        if not isinstance(value, vocabulary[name]):
            file.refuse(here, f"custom property `{name}` is not a {vocabulary[name].__name__}", hint="Check quotes.")
            continue
        found[name] = value
    return found
