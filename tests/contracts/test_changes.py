"""What `hub contracts diff` says of each kind of change, alone and beside datacontract-cli's verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.changes.change import Step, step_of
from contracts.changes.compare import compare
from contracts.load import load_contracts, read_contract
from tests.contracts.changed_files import CASES, versions

OURS_ALONE = {
    "a value of an enum is taken away": "their default side, the readers', calls it safe; a sender that uses it is refused",
    "a field is new and optional": "they test that a column is there; here a field that is not sent is null",
}
"""Where we say something else than datacontract-cli does, and why."""


@pytest.mark.parametrize("case", CASES, ids=lambda each: each["name"])
def test_a_change_has_its_kind_and_whom_it_breaks(case: dict[str, Any], tmp_path: Path):
    """Each kind of change: the one that was made is told first among all that it brings, with a line and a reason."""
    changes = compare(*map(read_contract, versions(case, tmp_path)))

    assert case["kind"] in {each.kind for each in changes}
    assert {*case["breaks"]} == {str(side) for each in changes for side in each.breaks}
    assert all(each.reason for each in changes)
    assert all(each.line > 1 for each in changes)
    expected = Step.MAJOR if case["breaks"] else Step.PATCH if case["kind"] == "words" else Step.MINOR
    assert expected == step_of(changes)


@pytest.mark.parametrize("case", CASES, ids=lambda each: each["name"])
def test_the_verdict_of_datacontract_cli_is_ours_where_it_has_one(case: dict[str, Any]):
    """Recorded from the real program (`python -m proofs.contract_verdicts`): what it says of one side, we say too."""
    sides = {"producer": "senders", "consumer": "readers"}
    differ = {theirs for theirs, ours in sides.items() if case["theirs"][theirs] not in ("none", _said(case, ours))}

    if case["name"] == "a field is new and optional":
        assert {"producer"} == differ, OURS_ALONE[case["name"]]
    else:
        assert set() == differ


def _said(case: dict[str, Any], side: str) -> str:
    return "breaks" if side in case["breaks"] else "safe"


def test_an_enum_that_loses_a_value_is_breaking_here_and_safe_there():
    """What datacontract-cli says by default of a code that is taken away: nothing breaks. Its senders are refused."""
    [case] = [each for each in CASES if each["name"] == "a value of an enum is taken away"]

    assert "safe" == case["theirs"]["consumer"]
    assert ["senders"] == case["breaks"]


@pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda each: each.name)
def test_a_contract_has_nothing_otherwise_than_itself(contract):
    """No change is made up: of every shipped contract, compared with itself."""
    assert [] == compare(contract, contract)
