"""One field of a dataset: its kind, its class, its place in the key, its codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.from_odcs.gaps import OdcsFile
from contracts.from_odcs.words import FIELD_KEYS, FIELD_PROPERTIES, custom_of, named, only
from contracts.identifiers import FIELD
from contracts.model import Classification, Code, Field, Kind
from contracts.naming import column_of
from contracts.regular_expressions.patterns import HINT, fault
from contracts.yaml.lines import Steps

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


def field_of(file: OdcsFile, data: Mapping[str, Any], steps: Steps) -> Field:
    """One entry of `properties`."""
    only(file, data, steps, FIELD_KEYS, "a field")
    custom = custom_of(file, data, steps, FIELD_PROPERTIES)
    name, options = named(file, data, steps, "name", FIELD), data.get("logicalTypeOptions", {})
    kind = _KINDS.get(data.get("logicalType", ""), Kind.TEXT)
    if data.get("logicalType") not in _KINDS:
        file.refuse(
            (*steps, "logicalType"),
            f"logicalType of `{name}` is none the hub reads",
            hint=f"One of {', '.join(_KINDS)}.",
        )
    if "format" in options:
        if kind is not Kind.TEXT or options["format"] != PARTIAL_DATE_FORMAT:
            file.refuse(
                (*steps, "logicalTypeOptions", "format"),
                f"format of `{name}` is none the hub reads",
                hint=f"Only {PARTIAL_DATE_FORMAT}.",
            )
        else:
            kind = Kind.PARTIAL_DATE
    pattern = options.get("pattern")
    if what := fault(pattern or ""):
        file.refuse((*steps, "logicalTypeOptions", "pattern"), f"pattern of `{name}` {what}", hint=HINT)
        pattern = None
    for option in [each for each in options if each not in _OPTIONS[kind]]:
        file.refuse(
            (*steps, "logicalTypeOptions", option),
            f"the hub does not act on `{option}` of a {kind} (`{name}`)",
            hint="Remove it.",
        )
    said = data.get("classification")
    if said not in set(Classification):
        file.refuse(
            (*steps, "classification"),
            f"field `{name}` has no class, or an unknown one",
            hint=f"classification: one of {', '.join(Classification)}.",
        )
    if ("primaryKeyPosition" in data) != data.get("primaryKey", False):
        file.refuse(
            (*steps, "primaryKey"), f"`{name}` has one of primaryKey and primaryKeyPosition", hint="Give both, or none."
        )
    return Field(
        name=name,
        column=column_of(name),
        title=data.get("businessName", ""),
        meaning=data.get("description", "").strip(),
        kind=kind,
        classification=Classification(said) if said in set(Classification) else Classification.RESTRICTED,
        required=data.get("required", False),
        key_position=data.get("primaryKeyPosition", 1) if data.get("primaryKey") else None,
        max_length=options.get("maxLength"),
        pattern=pattern,
        codes=tuple(_code(file, each, (*steps, "enum", index)) for index, each in enumerate(data.get("enum", []))),
        code_list=custom.get("codeList"),
        minimum=_number(options.get("minimum")),
        maximum=_number(options.get("maximum")),
        identity=custom.get("identity", False),
        transport=custom.get("transport", False),
    )


def _number(bound: object) -> float | None:
    """A bound of a number; those of dates are refused as options already."""
    return bound if isinstance(bound, int | float) else None


def _code(file: OdcsFile, entry: Mapping[str, Any], steps: Steps) -> Code:
    value = entry["value"]
    if not isinstance(value, str):
        file.refuse(
            steps,
            "a code that is no text",
            hint='Put it in quotes: value: "1". Values travel as text, and 01 is not 1.',
        )
    return Code(str(value), entry.get("label", ""))
