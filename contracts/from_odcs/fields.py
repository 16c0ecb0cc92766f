"""One field of a dataset: its kind, its class, its place in the key, its codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.from_odcs.words import FIELD_KEYS, FIELD_PROPERTIES, custom_of, named, only
from contracts.identifiers import FIELD
from contracts.model import Classification, Code, Field, Kind
from contracts.naming import column_of
from contracts.patterns import HINT, fault
from contracts.yaml_lines import Located, Steps

PARTIAL_DATE_FORMAT = "partial-date"
"""`format` of a text that is a date with a precision; the standard's `date` is always a whole day."""
_KINDS = {"string": Kind.TEXT, "integer": Kind.INTEGER, "number": Kind.DECIMAL, "timestamp": Kind.TIMESTAMP}
_OPTIONS: Mapping[Kind, set[str]] = {
    Kind.TEXT: {"maxLength", "pattern", "format"},
    Kind.PARTIAL_DATE: {"format"},
    Kind.INTEGER: {"minimum", "maximum"},
    Kind.DECIMAL: {"minimum", "maximum"},
    Kind.TIMESTAMP: set(),
}


def field_of(file: Located, data: Mapping[str, Any], steps: Steps) -> Field:
    """One entry of `properties`."""
    only(file, data, steps, FIELD_KEYS, "a field")
    custom = custom_of(file, data, steps, FIELD_PROPERTIES)
    name, options = named(file, data, steps, "name", FIELD), data.get("logicalTypeOptions", {})
    if data.get("logicalType") not in _KINDS:
        raise file.invalid(
            (*steps, "logicalType"),
            f"logicalType of `{name}` is none the hub reads",
            hint=f"One of {', '.join(_KINDS)}.",
        )
    kind = _KINDS[data["logicalType"]]
    if "format" in options:
        if kind is not Kind.TEXT or options["format"] != PARTIAL_DATE_FORMAT:
            raise file.invalid(
                (*steps, "logicalTypeOptions", "format"),
                f"format of `{name}` is none the hub reads",
                hint=f"Only {PARTIAL_DATE_FORMAT}.",
            )
        kind = Kind.PARTIAL_DATE
    if what := fault(options.get("pattern", "")):
        raise file.invalid((*steps, "logicalTypeOptions", "pattern"), f"pattern of `{name}` {what}", hint=HINT)
    for option in options.keys() - _OPTIONS[kind]:
        raise file.invalid(
            (*steps, "logicalTypeOptions", option),
            f"the hub does not act on `{option}` of a {kind} (`{name}`)",
            hint="Remove it.",
        )
    if data.get("classification") not in set(Classification):
        raise file.invalid(
            (*steps, "classification"),
            f"field `{name}` has no class, or an unknown one",
            hint=f"classification: one of {', '.join(Classification)}.",
        )
    if ("primaryKeyPosition" in data) != data.get("primaryKey", False):
        raise file.invalid(
            (*steps, "primaryKey"), f"`{name}` has one of primaryKey and primaryKeyPosition", hint="Give both, or none."
        )
    return Field(
        name=name,
        column=column_of(name),
        title=data.get("businessName", ""),
        meaning=data.get("description", "").strip(),
        kind=kind,
        classification=Classification(data["classification"]),
        required=data.get("required", False),
        key_position=data.get("primaryKeyPosition"),
        max_length=options.get("maxLength"),
        pattern=options.get("pattern"),
        codes=tuple(_code(file, each, (*steps, "enum", index)) for index, each in enumerate(data.get("enum", []))),
        code_list=custom.get("codeList"),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        identity=custom.get("identity", False),
        transport=custom.get("transport", False),
    )


def _code(file: Located, entry: Mapping[str, Any], steps: Steps) -> Code:
    if not isinstance(entry["value"], str):
        raise file.invalid(
            steps,
            "a code that is no text",
            hint='Put it in quotes: value: "1". Values travel as text, and 01 is not 1.',
        )
    return Code(entry["value"], entry.get("label", ""))
