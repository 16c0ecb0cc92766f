"""A contract's records as JSON Schema 2020-12: one definition a dataset; a parent holds the lists of its children."""

from __future__ import annotations

from typing import Any

from contracts.export.texts import NOT_BLANK, demand
from contracts.model import Contract, Dataset, Field


def json_schema(contract: Contract) -> dict[str, Any]:
    """The schema of one record of the contract's first dataset; the others are its definitions.

    A value is a text; an optional one may be null, empty or absent. Both mean the same.
    """
    first = contract.datasets[0].name
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:contract:{contract.name}:{contract.version}",
        "title": contract.title,
        "description": contract.meaning,
        "$ref": f"#/$defs/{first}",
        "$defs": {each.name: _dataset(contract, each) for each in contract.datasets},
    }


def _dataset(contract: Contract, dataset: Dataset) -> dict[str, Any]:
    properties: dict[str, Any] = {each.name: _field(dataset, each) for each in dataset.fields}
    for child in contract.datasets:
        if child.parent == dataset.name:
            properties[child.name] = {"type": "array", "title": child.title, "items": {"$ref": f"#/$defs/{child.name}"}}
    return {
        "type": "object",
        "title": dataset.title,
        "description": dataset.meaning,
        "properties": properties,
        "required": [each.name for each in dataset.fields if demand(dataset, each).required],
        "additionalProperties": False,
    }


def _field(dataset: Dataset, field: Field) -> dict[str, Any]:
    said = demand(dataset, field)
    about: dict[str, Any] = {
        "title": field.title,
        "description": field.meaning,
        "x-classification": str(field.classification),
    }
    text: dict[str, Any] = {"type": "string"}
    if said.max_length is not None:
        text["maxLength"] = said.max_length
    if said.codes:
        text["enum"] = list(said.codes)
        about["x-labels"] = {code.value: code.label for code in field.codes}
    patterns = [f"^(?:{each})$" for each in said.patterns]
    if said.required:
        patterns.append(f"^{NOT_BLANK}$")
    if len(patterns) == 1:
        text["pattern"] = patterns[0]
    elif patterns:
        text["allOf"] = [{"pattern": each} for each in patterns]
    return {**about, **text} if said.required else {**about, "anyOf": [text, {"enum": [None, ""]}]}
