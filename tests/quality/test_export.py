"""JSON Schema, XML Schema and pages of the shipped contracts: they judge one value as the row engine does."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest
from jsonschema_rs import Draft202012Validator
from lxml import etree

from contracts.export.json_schema import json_schema
from contracts.export.page import page
from contracts.export.xsd import xsd
from contracts.load import load_contracts
from contracts.model import Contract, Dataset, Effect, Field
from quality import judge

CONTRACTS = load_contracts()
STATED = {"required", "max_length", "pattern", "code", "integer", "decimal", "timestamp", "partial_date"}
"""Kinds of rules that the text of one value can break, and both schemas state."""
TEXTS = [
    "x",
    "1",
    "0",
    "-7",
    "2.50",
    "1,5",
    "079090123456",
    "00760",
    "A" * 60,
    "B" * 5000,
    "1990",
    "02.1990",
    "01.02.1990",
]
MATCHING = ["H29.1-220531-0001", "123456789", "VN", "VNM", "760", "79", "760@2021-01-01", "79@2021-01-01", "0a" * 32]
MATCHING += ["none", "population", "1.003583"]
"""A value of each pattern that shipped contracts have and none of the texts matches."""
TIMES = ["2022-05-31T08:00:00+07:00", "20220531080000", "2022-06-01 08:00", "yesterday", "2022-13"]


def rows(dataset: Dataset, number: int) -> list[dict[str, str | None]]:
    """Records of good, wrong and absent values."""
    dice = random.Random(dataset.name)
    return [{field.name: dice.choice(_values(field)) for field in dataset.fields} for _ in range(number)]


def _values(field: Field) -> list[str | None]:
    return [*(code.value for code in field.codes), *TEXTS, *MATCHING, *TIMES, None, ""]


def broken(dataset: Dataset, given: list[dict[str, str | None]]) -> list[set[str]]:
    """For each record the fields whose value alone breaks a rejecting rule, by the row engine."""
    stated = {
        rule.id: rule.fields[0]
        for rule in dataset.row_rules
        if rule.kind in STATED and len(rule.fields) == 1 and rule.effect is Effect.QUARANTINE
    }
    lists = {rule.arguments["list"]: frozenset({"760"}) for rule in dataset.rules if rule.kind == "code_list"}
    lists |= {f"{rule.arguments['list']}@days": frozenset[str]() for rule in dataset.rules if rule.kind == "valid_on"}
    frame = pl.DataFrame(given, schema={field.name: pl.String for field in dataset.fields})
    found = judge(dataset, frame, lists).frame["_broken"].to_list()
    return [{stated[rule] for rule in (each or "").split(",") if rule in stated} for each in found]


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_the_json_schema_judges_as_the_row_engine(contract: Contract) -> None:
    """Two hundred generated records a dataset: the schema refuses exactly the fields that a rule about one value breaks."""
    whole = json_schema(contract)
    for dataset in contract.datasets:
        schema = Draft202012Validator({**whole, "$ref": f"#/$defs/{dataset.name}"})
        given = rows(dataset, 200)
        for record, fields in zip(given, broken(dataset, given), strict=True):
            refused = {str(error.instance_path[0]) for error in schema.iter_errors(record)}
            assert fields == refused


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_the_xml_schema_judges_as_the_row_engine(contract: Contract) -> None:
    """The same records as XML: valid exactly where no rule about one value is broken. Absent stands for null."""
    dataset = contract.datasets[0]
    root = etree.fromstring(xsd(contract))
    schema, space = etree.XMLSchema(root), root.get("targetNamespace")
    given = [*rows(dataset, 100), *_good(dataset, 20)]
    verdicts = []
    for record, fields in zip(given, broken(dataset, given), strict=True):
        top = etree.Element(f"{{{space}}}{contract.name}")
        inside = etree.SubElement(top, f"{{{space}}}record")
        for name, value in record.items():
            if value is not None:
                etree.SubElement(inside, f"{{{space}}}{name}").text = value
        verdicts.append(schema.validate(top))
        assert (fields == set()) == verdicts[-1], fields
    assert {True, False} == set(verdicts)


def _good(dataset: Dataset, number: int) -> list[dict[str, str | None]]:
    """Records that keep every stated rule: of each field the values that break none."""
    found: dict[str, list[str | None]] = {}
    every = [_values(field) for field in dataset.fields]
    longest = max(map(len, every))
    given = [
        {field.name: values[n % len(values)] for field, values in zip(dataset.fields, every, strict=True)}
        for n in range(longest)
    ]
    for record, fields in zip(given, broken(dataset, given), strict=True):
        for name, value in record.items():
            if name not in fields:
                found.setdefault(name, []).append(value)
    dice = random.Random(number)
    return [{field.name: dice.choice(found[field.name]) for field in dataset.fields} for _ in range(number)]


def test_children_stand_in_their_parent() -> None:
    """A dossier as JSON holds the lists of its children; none of them demands to be there."""
    whole: dict[str, Any] = json_schema(CONTRACTS["dossier"])
    children = {each.name for each in CONTRACTS["dossier"].datasets if each.parent == "dossier"}

    assert children
    properties = whole["$defs"]["dossier"]["properties"]
    assert children == {name for name, each in properties.items() if each.get("type") == "array"}
    assert not children & set(whole["$defs"]["dossier"]["required"])


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_a_page_has_every_field_and_every_rule(contract: Contract, language: Any) -> None:
    """In both languages, one line each; no table is broken by a bar in a text."""
    lines = page(contract, language).splitlines()

    for dataset in contract.datasets:
        for field in dataset.fields:
            [line] = [each for each in lines if each.startswith(f"| `{field.name}` | {field.title}")][:1]
            assert 9 == line.replace("\\|", "").count("|")
        for rule in dataset.rules:
            assert any(each.startswith(f"| `{rule.id}` |") for each in lines)
    assert (language == "vi") == any(each.startswith("**Căn cứ pháp lý.**") for each in lines)
