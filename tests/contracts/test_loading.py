"""What a broken contract file is told: which file, which line, what, and what to do."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from contracts.errors import ContractInvalid
from contracts.lint import lint
from contracts.load import load_contract, load_contracts
from contracts.model import Effect
from tests.contracts.good_file import GOOD, line_of


def test_a_good_file_loads_and_lints_clean(write):
    """The file that the other tests break is whole."""
    contract = load_contract(write(GOOD))

    assert [] == lint(contract)
    assert {"latency": "1 h", "frequency": "1 d", "retention": "permanent"} == contract.service_level


BROKEN = {
    "unknown key on a field": (
        "logicalType: timestamp",
        "logicalType: timestamp\n        colour: red",
        "colour: red",
        "colour",
    ),
    "unknown key at the top": ("status: active", "status: active\ncolour: red", "colour: red", "colour"),
    "key written twice": ("status: active", "status: active\nstatus: draft", "status: draft", "second time"),
    "no class": ("        classification: none\n        required", "        required", "name: changed", "no class"),
    "unknown class": ("classification: personal basic", "classification: secret", "classification: secret", "class"),
    "unknown custom property": ("property: transport", "property: transprot", "transprot", "transprot"),
    "custom property of the wrong type": (
        "property: transport, value: true",
        "property: transport, value: maybe",
        "maybe",
        "bool",
    ),
    "unknown type": ("logicalType: timestamp", "logicalType: moment", "moment", "moment"),
    "a type the hub does not read": (
        "logicalType: timestamp",
        "logicalType: boolean",
        "logicalType: boolean",
        "logicalType",
    ),
    "a code that is a number": (
        "logicalTypeOptions: {maxLength: 20, pattern: '[0-9]{4}'}",
        "enum: [{value: 1, label: Một}]",
        "label: Một",
        "code",
    ),
    "an enum without value": (
        "logicalTypeOptions: {maxLength: 20, pattern: '[0-9]{4}'}",
        "enum: [{label: Một}]",
        "label: Một",
        "value",
    ),
    "a word of the standard that nothing executes": (
        "required: true\n      - name: ngayMuon",
        "unique: true\n      - name: ngayMuon",
        "unique",
        "unique",
    ),
    "an unknown kind of rule": ("rule: not_after", "rule: before", "rule: before", "before"),
    "a rule over an unknown field": ("fields: [ngayMuon,", "fields: [ngayTra,", "id: lent", "ngayTra"),
    "a rule with too few fields": ("fields: [ngayMuon, changed]", "fields: [ngayMuon]", "id: lent", "2 field"),
    "a rule without effect": (", effect: quarantine", "", "implementation", "effect"),
    "a row rule that would hold": ("effect: quarantine", "effect: hold", "effect: hold", "hold"),
    "an unknown version field": ("value: changed", "value: altered", "versionField", "altered"),
    "a unit field that is none": (
        "[{property: versionField, value: changed}]",
        "[{property: versionField, value: changed}, {property: unitFields, value: [maDonVi]}]",
        "unitFields",
        "maDonVi",
    ),
    "a unit field that is no name": (
        "[{property: versionField, value: changed}]",
        "[{property: versionField, value: changed}, {property: unitFields, value: [7]}]",
        "unitFields",
        "7",
    ),
    "a unit field with something of a person": (
        "[{property: versionField, value: changed}]",
        "[{property: versionField, value: changed}, {property: unitFields, value: [soThe]}]",
        "unitFields",
        "personal basic",
    ),
    "a unit day that is none": (
        "[{property: versionField, value: changed}]",
        "[{property: versionField, value: changed}, {property: unitDay, value: ngayTra}]",
        "unitDay",
        "ngayTra",
    ),
    "a unit field that is a day": (
        "[{property: versionField, value: changed}]",
        "[{property: versionField, value: changed}, {property: unitFields, value: [ngayMuon]}]",
        "unitFields",
        "not a text",
    ),
    "unit fields without a field": (
        "[{property: versionField, value: changed}]",
        "[{property: versionField, value: changed}, {property: unitFields, value: []}]",
        "unitFields",
        "names no field",
    ),
    "a unit day without unit fields": (
        "[{property: versionField, value: changed}]",
        "[{property: versionField, value: changed}, {property: unitDay, value: ngayMuon}]",
        "unitDay",
        "names no field",
    ),
    "a promise twice": (
        "  - {property: frequency",
        "  - {property: latency, value: 2, unit: h}\n  - {property: frequency",
        "latency, value: 2",
        "promised twice",
    ),
    "a promise that nothing keeps": (
        "  - {property: frequency",
        "  - {property: freqency, value: 1, unit: d}\n  - {property: frequency",
        "freqency",
        "freqency",
    ),
    "more days for a case than a calendar has": (
        "  - {property: frequency",
        "  - {property: case_days, value: 99999999999}\n  - {property: frequency",
        "case_days",
        "99999999999",
    ),
    "another version of the standard": ("v3.2.0", "v2.2.2", "v2.2.2", "version that the hub reads"),
    "a pattern that is none": ("'[0-9]{4}'", "'[0-9'", "'[0-9'", "regular expression"),
    "broken YAML": ("team: {name", "team: {name: [", "team", "YAML"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_names_file_and_line(write, case):
    """Every mistake is told with the file, the line it stands on, and the word that is wrong."""
    old, new, where, word = BROKEN[case]
    text = GOOD.replace(old, new, 1)
    path = write(text)

    with pytest.raises(ContractInvalid) as caught:
        load_contract(path)

    assert f"{path}:{line_of(text, where)}:" in caught.value.message
    assert word in caught.value.message
    assert caught.value.hint


def test_a_missing_file_is_a_contract_error(tmp_path):
    """A path that is not there is told like any other mistake."""
    with pytest.raises(ContractInvalid, match="cannot be read"):
        load_contract(tmp_path / "nothing.odcs.yaml")


def test_two_contracts_of_one_name(write, tmp_path):
    """Names are unique over a folder; the error names both files."""
    write(GOOD)
    write(GOOD, "again.odcs.yaml")

    with pytest.raises(ContractInvalid) as caught:
        load_contracts(tmp_path)

    assert "books.odcs.yaml" in caught.value.message
    assert "again.odcs.yaml" in caught.value.message


def test_a_contract_error_crosses_processes_whole(write):
    """Pickled and back, an error keeps message and hint."""
    with pytest.raises(ContractInvalid) as caught:
        load_contract(write(GOOD.replace("v3.2.0", "v1")))

    again = pickle.loads(pickle.dumps(caught.value))
    assert (caught.value.message, caught.value.hint) == (again.message, again.hint)


def test_an_authored_rule_takes_the_place_of_the_derived_one(write):
    """A rule stated under the id of a derived one replaces it, at its place and with its own effect."""
    own = (
        "        quality:\n          - {id: pattern, type: custom, engine: motlan, implementation: {rule: pattern, pattern: '[0-9]{5}', effect: finding},"
        " description: Số thẻ mới có năm chữ số.}\n"
    )
    text = GOOD.replace(
        "        required: true\n      - name: ngayMuon", f"        required: true\n{own}      - name: ngayMuon"
    )

    rules = load_contract(write(text)).datasets[0].rules

    assert ["soThe.required", "soThe.max_length", "soThe.pattern"] == [rule.id for rule in rules[:3]]
    assert (Effect.FINDING, "[0-9]{5}") == (rules[2].effect, rules[2].arguments["pattern"])


def test_a_text_entry_rewords_a_derived_rule(write):
    """An entry of type text changes the sentence of a derived rule and nothing else; it must name one that exists."""
    entry = "        quality: [{id: pattern, type: text, description: Số thẻ có bốn chữ số.}]\n"
    text = GOOD.replace(
        "        required: true\n      - name: ngayMuon", f"        required: true\n{entry}      - name: ngayMuon"
    )

    rule = next(rule for rule in load_contract(write(text)).datasets[0].rules if rule.id == "soThe.pattern")
    assert ("Số thẻ có bốn chữ số.", Effect.QUARANTINE) == (rule.sentence, rule.effect)
    with pytest.raises(ContractInvalid, match=r"soThe\.pattren"):
        load_contract(write(text.replace("id: pattern,", "id: pattren,")))


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("value: 7", "7"),
        ("value: 7, unit: d", "7"),
        ("value: 5 d", None),
        ("value: 0", None),
        ("value: 2, unit: y", None),
    ],
)
def test_days_for_a_case_are_days(tmp_path: Path, written: str, days: str | None) -> None:
    """What the hub counts with is checked when the contract is read, not when the first case is opened."""
    file = tmp_path / "books.odcs.yaml"
    file.write_text(
        GOOD.replace("slaProperties:\n", f"slaProperties:\n  - {{property: case_days, {written}}}\n"), encoding="utf-8"
    )

    if days is None:
        with pytest.raises(ContractInvalid, match=r"books\.odcs\.yaml:11: case_days is"):
            load_contract(file)
    else:
        assert load_contract(file).service_level["case_days"] == days
