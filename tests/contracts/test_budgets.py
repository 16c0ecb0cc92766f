"""Budgets of bad records: what a contract may say, what holds where it is silent, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from contracts.budget import Budget, default
from contracts.errors import ContractInvalid
from contracts.load import PACKAGED, load_contract, load_contracts
from contracts.model import Effect

SCAN = PACKAGED / "civil_registry" / "scan.odcs.yaml"
ENTRY = {
    "id": "bad-records",
    "type": "custom",
    "engine": "motlan",
    "dimension": "conformity",
    "severity": "error",
    "implementation": {"rule": "bad_records", "maximum_percent": 2.5, "maximum_rows": 3},
    "description": "Nguồn gửi nhiều bản ghi sai hơn mức này thì dừng lại cho người xem.",
}


def with_entries(tmp_path: Path, *entries: dict[str, object]) -> Path:
    data = yaml.safe_load(SCAN.read_text(encoding="utf-8"))
    own = [each for each in data["schema"][0].get("quality", []) if "bad_records" not in str(each)]
    data["schema"][0]["quality"] = [*own, *entries]
    path = tmp_path / "scan.odcs.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


def test_a_silent_contract_has_the_default(tmp_path: Path) -> None:
    """A contract that says nothing is no contract without a limit."""
    [dataset] = load_contract(with_entries(tmp_path)).datasets

    assert dataset.budgets == (default("scan"),)
    assert (default("scan").maximum_percent, default("scan").maximum_rows) == (10, 10)


def test_a_contract_says_its_own_by_severity(tmp_path: Path) -> None:
    """error counts quarantined records, warning those with findings."""
    warning = {**ENTRY, "id": "doubtful", "severity": "warning"}
    [dataset] = load_contract(with_entries(tmp_path, ENTRY, warning)).datasets

    assert [(each.id, each.effect, each.maximum_percent, each.maximum_rows) for each in dataset.budgets] == [
        ("scan.bad-records", Effect.QUARANTINE, 2.5, 3),
        ("scan.doubtful", Effect.FINDING, 2.5, 3),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"severity": "fatal"}, "severity `fatal`"),
        ({"implementation": {"rule": "bad_records", "maximum_percent": 101, "maximum_rows": 1}}, "0 to 100"),
        ({"implementation": {"rule": "bad_records", "maximum_percent": "banana", "maximum_rows": 1}}, "0 to 100"),
        ({"implementation": {"rule": "bad_records", "maximum_percent": 1, "maximum_rows": 0.5}}, "whole number"),
        ({"implementation": {"rule": "bad_records", "maximum_percent": 1}}, "whole number"),
        ({"implementation": {"rule": "bad_records", "maximum_percent": 1, "maximum_rows": 1, "per": "day"}}, "`per`"),
    ],
)
def test_what_could_not_be_executed_is_refused_with_its_line(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    """A budget that nothing keeps is worse than none."""
    path = with_entries(tmp_path, {**ENTRY, **changes})

    with pytest.raises(ContractInvalid, match=rf"scan\.odcs\.yaml:\d+: [\s\S]*{message}"):
        load_contract(path)


def test_two_budgets_of_one_severity_are_refused(tmp_path: Path) -> None:
    """Nobody could say which holds."""
    with pytest.raises(ContractInvalid, match="a second budget"):
        load_contract(with_entries(tmp_path, ENTRY, {**ENTRY, "id": "other"}))


def test_severity_elsewhere_is_refused(tmp_path: Path) -> None:
    """The effect of a rule says what it does; a second word could say another thing."""
    rule = {
        "id": "row-count-2",
        "metric": "rowCount",
        "mustBeLessOrEqualTo": 5,
        "severity": "error",
        "description": "x",
    }
    with pytest.raises(ContractInvalid, match="severity"):
        load_contract(with_entries(tmp_path, rule))


def test_every_shipped_dataset_has_a_budget() -> None:
    """Of quarantined records at least."""
    for contract in load_contracts().values():
        for dataset in contract.datasets:
            assert Effect.QUARANTINE in {each.effect for each in dataset.budgets}


@pytest.mark.parametrize(
    ("bad", "records", "kept"), [(3, 49, True), (4, 49, False), (5, 200, True), (6, 200, False), (0, 0, True)]
)
def test_a_bound_is_kept_at_itself(bad: int, records: int, kept: bool) -> None:
    """As it is written: 2.5 % of 200 are 5."""
    assert Budget("x.y", Effect.QUARANTINE, 2.5, 3).keeps(bad, records) is kept
