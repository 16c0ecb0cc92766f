"""From a valid ODCS document to the values the hub acts on.

ODCS says more than the hub does. Whatever a contract states must be carried out by some engine,
so a word of the standard that the hub does not act on is an error here, never a silent gap.
What the standard has no word for stands in `customProperties`, in the vocabularies below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contracts.derive import control_character_rules, field_rules
from contracts.identifiers import CONTRACT, FIELD, TABLE, Shape, column_faults
from contracts.model import Classification, Code, Contract, Dataset, Field, Kind, Rule
from contracts.naming import column_of
from contracts.patterns import HINT, fault
from contracts.rules import authored_rules, sentences
from contracts.yaml_lines import Located, Steps

CONTRACT_PROPERTIES: Mapping[str, type] = {"title": str, "legalBasis": str, "retention": str}
DATASET_PROPERTIES: Mapping[str, type] = {"versionField": str, "parent": str}
FIELD_PROPERTIES: Mapping[str, type] = {"identity": bool, "transport": bool, "codeList": str}
"""Our own custom properties, by the level they stand on, with the type of their value."""

PARTIAL_DATE_FORMAT = "partial-date"
"""`format` of a text that is a date with a precision; the standard's `date` is always a whole day."""

_CONTRACT_KEYS = {
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
_DATASET_KEYS = {
    "name",
    "physicalName",
    "businessName",
    "description",
    "logicalType",
    "properties",
    "quality",
    "customProperties",
}
_FIELD_KEYS = {
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
_KINDS = {"string": Kind.TEXT, "integer": Kind.INTEGER, "number": Kind.DECIMAL, "timestamp": Kind.TIMESTAMP}
_OPTIONS: Mapping[Kind, set[str]] = {
    Kind.TEXT: {"maxLength", "pattern", "format"},
    Kind.PARTIAL_DATE: {"format"},
    Kind.INTEGER: {"minimum", "maximum"},
    Kind.DECIMAL: {"minimum", "maximum"},
    Kind.TIMESTAMP: set(),
}


def narrow(file: Located) -> Contract:
    """The contract of a schema-valid document; missing words become empty text, which the lint reports.

    Raises:
        ContractInvalid: something the hub would not carry out exactly as it is written.
    """
    data = file.data
    _only(file, data, (), _CONTRACT_KEYS, "a contract")
    custom = _custom(file, data, (), CONTRACT_PROPERTIES)
    about = data.get("description", {})
    team = data.get("team", {})
    if "name" in data:
        _named(file, data, (), "name", CONTRACT)
    datasets = tuple(_dataset(file, each, ("schema", index)) for index, each in enumerate(data.get("schema", [])))
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
    )


def _service_level(file: Located, data: Mapping[str, Any]) -> Mapping[str, str]:
    """Each promised value with its unit; `case_days`, which the hub counts with, is a whole number of days."""
    promised = {}
    for number, each in enumerate(data.get("slaProperties", [])):
        value, unit = str(each["value"]), each.get("unit", "")
        if each["property"] == "case_days":
            if not (value.isascii() and value.isdigit() and int(value) > 0 and unit in ("", "d")):
                raise file.invalid(
                    ("slaProperties", number, "value"),
                    f"case_days is {value} {unit}".rstrip(),
                    hint="a whole number of days; unit d or none",
                )
            unit = ""
        promised[each["property"]] = f"{value} {unit}".strip()
    return promised


def _dataset(file: Located, data: Mapping[str, Any], steps: Steps) -> Dataset:
    _only(file, data, steps, _DATASET_KEYS, "a dataset")
    custom = _custom(file, data, steps, DATASET_PROPERTIES)
    name, table = _named(file, data, steps, "name", TABLE), data.get("physicalName")
    if table is not None:
        _named(file, data, steps, "physicalName", TABLE)
    entries = list(enumerate(data.get("properties", [])))
    fields = tuple(_field(file, each, (*steps, "properties", index)) for index, each in entries)
    known: dict[str, str] = {}
    for index, field in enumerate(fields):
        if field.column in known:
            here = (*steps, "properties", index)
            raise file.invalid(
                here,
                f"fields `{known[field.column]}` and `{field.name}` share the column {field.column}",
                hint="Rename one.",
            )
        known[field.column] = field.name
    names = set(known.values())
    version_field = custom.get("versionField")
    if version_field is not None and version_field not in names:
        raise file.invalid(
            (*steps, "customProperties"),
            f"versionField `{version_field}` is no field of {name}",
            hint="Name the source's change time.",
        )

    derived: list[Rule] = [rule for field in fields for rule in field_rules(field)] + list(
        control_character_rules(name, fields)
    )
    worded = sentences(data.get("quality", []), owner=name)
    authored = authored_rules(file, data.get("quality", []), (*steps, "quality"), dataset=name, field=None, known=names)
    for index, each in entries:
        here = (*steps, "properties", index, "quality")
        worded |= sentences(each.get("quality", []), owner=each["name"])
        authored += authored_rules(file, each.get("quality", []), here, dataset=name, field=each["name"], known=names)
    for rule_id in worded.keys() - {rule.id for rule in derived}:
        raise file.invalid(
            steps,
            f"a sentence for the rule {rule_id}, which {name} does not derive",
            hint="Entries of type text reword derived rules.",
        )
    derived = [replace(rule, sentence=worded.get(rule.id, rule.sentence)) for rule in derived]
    found = Dataset(
        name=name,
        table=table or name,
        title=data.get("businessName", ""),
        meaning=data.get("description", "").strip(),
        fields=fields,
        rules=_together(file, steps, derived, authored),
        version_field=version_field,
        parent=custom.get("parent"),
    )
    for index, what, hint in column_faults(found):
        raise file.invalid((*steps, "properties", index, "name"), what, hint=hint)
    return found


def _field(file: Located, data: Mapping[str, Any], steps: Steps) -> Field:
    _only(file, data, steps, _FIELD_KEYS, "a field")
    custom = _custom(file, data, steps, FIELD_PROPERTIES)
    name, options = _named(file, data, steps, "name", FIELD), data.get("logicalTypeOptions", {})
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


def _together(file: Located, steps: Steps, derived: list[Rule], authored: list[Rule]) -> tuple[Rule, ...]:
    """Derived rules in field order, each replaced by the authored one of its id; then the other authored ones."""
    own = {rule.id: rule for rule in authored}
    if len(own) < len(authored):
        twice = next(rule.id for rule in authored if sum(rule.id == other.id for other in authored) > 1)
        raise file.invalid(
            steps, f"two rules with the id {twice}", hint="Cases and counts refer to rules by id: give each its own."
        )
    return tuple(own.pop(rule.id, rule) for rule in derived) + tuple(own.values())


def _families(file: Located, datasets: tuple[Dataset, ...]) -> tuple[Dataset, ...]:
    """The datasets, each child with the key by which its parent is found."""
    before, tables, found = dict[str, Dataset](), set[str](), list[Dataset]()
    for index, each in enumerate(datasets):
        if each.name in before:
            raise file.invalid(("schema", index, "name"), f"two datasets named `{each.name}`", hint="Rename one.")
        if each.table in tables:
            raise file.invalid(
                ("schema", index, "physicalName"), f"two datasets in the table {each.table}", hint="Give each its own."
            )
        if each.parent is not None and each.parent not in before:
            here = ("schema", index, "customProperties")
            raise file.invalid(
                here,
                f"the parent `{each.parent}` of {each.name} does not stand before it",
                hint="Parents come first, in the same file.",
            )
        owner = tuple(field.name for field in before[each.parent].key) if each.parent is not None else ()
        if missing := sorted(set(owner) - {field.name for field in each.key}):
            what = f"{each.name} has no {', '.join(missing)} in its key: whose record it is, nobody could say"
            raise file.invalid(
                ("schema", index, "customProperties"),
                what,
                hint=f"the key of {each.parent} is the first part of its children's.",
            )
        before[each.name] = each
        tables.add(each.table)
        found.append(replace(each, parent_key=owner))
    return tuple(found)


def _named(file: Located, data: Mapping[str, Any], steps: Steps, key: str, shape: Shape) -> str:
    """A name that becomes part of SQL, of a path or of an id, as far as it may."""
    if what := shape.fault(data[key]):
        raise file.invalid((*steps, key), f"`{key}`: {what}", hint=shape.hint)
    return str(data[key])


def _only(file: Located, data: Mapping[str, Any], steps: Steps, allowed: set[str], what: str) -> None:
    for key in data.keys() - allowed:
        raise file.invalid(
            (*steps, key),
            f"the hub does not act on `{key}` of {what}",
            hint="Remove it: a promise that nothing keeps is worse than none.",
        )


def _custom(file: Located, data: Mapping[str, Any], steps: Steps, vocabulary: Mapping[str, type]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for index, entry in enumerate(data.get("customProperties", [])):
        here, name, value = (*steps, "customProperties", index), entry["property"], entry["value"]
        if name not in vocabulary:
            raise file.invalid(here, f"unknown custom property `{name}`", hint=f"Known here: {', '.join(vocabulary)}.")
        if name in found:
            raise file.invalid(here, f"custom property `{name}` for the second time", hint="Keep one.")
        if not isinstance(value, vocabulary[name]):
            raise file.invalid(
                here, f"custom property `{name}` is not a {vocabulary[name].__name__}", hint="Check quotes."
            )
        found[name] = value
    return found
