"""One dataset: its fields, the rules that follow from them, and those that it states itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contracts.from_odcs.budgets import budgets_of, refuse_misplaced
from contracts.from_odcs.derive import control_character_rules, field_rules
from contracts.from_odcs.evidence import evidence_of, require_places
from contracts.from_odcs.fields import field_of
from contracts.from_odcs.gaps import OdcsFile
from contracts.from_odcs.rules import authored_rules, sentences
from contracts.from_odcs.words import DATASET_KEYS, DATASET_PROPERTIES, custom_of, named, only
from contracts.identifiers import TABLE, column_faults
from contracts.model import Classification, Dataset, Kind, Rule
from contracts.yaml.lines import Steps


def dataset_of(file: OdcsFile, data: Mapping[str, Any], steps: Steps) -> Dataset:
    """One entry of `schema`, without the key of its parent: that is known when all are read."""
    only(file, data, steps, DATASET_KEYS, "a dataset")
    custom = custom_of(file, data, steps, DATASET_PROPERTIES)
    name, table = named(file, data, steps, "name", TABLE), data.get("physicalName")
    if table is not None:
        named(file, data, steps, "physicalName", TABLE)
    entries = list(enumerate(data.get("properties", [])))
    fields = tuple(field_of(file, each, (*steps, "properties", index)) for index, each in entries)
    known: dict[str, str] = {}
    for index, field in enumerate(fields):
        if field.column in known:
            here = (*steps, "properties", index)
            file.refuse(
                here,
                f"fields `{known[field.column]}` and `{field.name}` share the column {field.column}",
                hint="Rename one.",
            )
        known[field.column] = field.name
    names = {field.name for field in fields}
    version_field = custom.get("versionField")
    if version_field is not None and version_field not in names:
        file.refuse(
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
        refuse_misplaced(file, each.get("quality", []), here)
        worded |= sentences(each.get("quality", []), owner=each["name"])
        authored += authored_rules(file, each.get("quality", []), here, dataset=name, field=each["name"], known=names)
    for rule_id in worded.keys() - {rule.id for rule in derived}:
        file.refuse(
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
        budgets=budgets_of(file, data.get("quality", []), (*steps, "quality"), name),
        unit_fields=tuple(custom.get("unitFields", ())),
        unit_day=custom.get("unitDay", ""),
        place_field=custom.get("placeField", ""),
        day_field=custom.get("dayField", ""),
    )
    _require_unit_fields(file, found, (*steps, "customProperties"), named="unitFields" in custom)
    require_places(file, found, (*steps, "customProperties"))
    if "evidence" in custom:
        found = replace(found, evidence=evidence_of(file, custom["evidence"], found, (*steps, "customProperties")))
    for index, what, hint in column_faults(found):
        file.refuse((*steps, "properties", index, "name"), what, hint=hint)
    return found


def _require_unit_fields(file: OdcsFile, dataset: Dataset, steps: Steps, *, named: bool) -> None:
    """The fields that say whose record it is must be there, and hold nothing of a person."""
    for name in (*dataset.unit_fields, *filter(None, [dataset.unit_day])):
        field = dataset.by_name.get(name) if isinstance(name, str) else None
        if field is None:
            what = f"`{name}` of unitFields or unitDay is no field of {dataset.name}"
            file.refuse(steps, what, hint="Name the fields with the unit's code, and the day it is meant on.")
            continue
        if field.classification is not Classification.NONE:
            file.refuse(
                steps,
                f"`{name}` says whose record of {dataset.name} it is, but is {field.classification}",
                hint="A case shows its unit to the people on duty: name a field of class none.",
            )
        kinds = (Kind.TEXT,) if name in dataset.unit_fields else (Kind.PARTIAL_DATE, Kind.TIMESTAMP)
        if field.kind not in kinds:
            what = f"`{name}` of {dataset.name} is a {field.kind}, not a {' or '.join(kinds)}"
            file.refuse(steps, what, hint="unitFields are codes, as texts; unitDay is the day they are meant on.")
    if (named or dataset.unit_day) and not dataset.unit_fields:
        what = f"unitFields of {dataset.name} names no field"
        file.refuse(steps, what, hint="Name the fields with the unit's code, or leave unitFields and unitDay out.")


def _together(file: OdcsFile, steps: Steps, derived: list[Rule], authored: list[Rule]) -> tuple[Rule, ...]:
    """Derived rules in field order, each replaced by the authored one of its id; then the other authored ones."""
    own = {rule.id: rule for rule in authored}
    if len(own) < len(authored):
        twice = next(rule.id for rule in authored if sum(rule.id == other.id for other in authored) > 1)
        file.refuse(
            steps, f"two rules with the id {twice}", hint="Cases and counts refer to rules by id: give each its own."
        )
    return tuple(own.pop(rule.id, rule) for rule in derived) + tuple(own.values())
