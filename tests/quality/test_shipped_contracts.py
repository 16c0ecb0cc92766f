"""The contracts that ship: every clause executed, and both engines of one mind over dirty records."""

from __future__ import annotations

import random

import polars as pl
import pytest

from contracts.load import load_contracts
from contracts.model import Contract, Dataset, Field, Kind
from quality import batch_rules, coverage, judge, run_gate

CONTRACTS = load_contracts()
DIRT = [
    None,
    "",
    " ",
    "x",
    "Null",
    "000000001",
    "Nguye\u0302\u0303n",
    "a\u0001b",
    "a\u0000b",
    "079090123456",
    "1,5",
    "1" * 5000,
    "-7",
    "2.50",
    "N\n",
]
DATES = ["01.02.1990", "31.02.1990", "02/1990", "1990", "0000", "13.1990", "1990-05-06", "01.01.2030"]
MOMENTS = ["20220531080000", "2022-05-31T08:00:00+07:00", "20220230000000", "2022-06-01T00:00:00Z", "20220531240000"]


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_every_clause_is_executed(contract: Contract):
    """The coverage sheet of each contract has no gap, and a line for each promise, field, rule and budget."""
    ids = [clause.id for clause in coverage(contract)]

    assert len(set(ids)) == len(ids)
    assert {*contract.service_level} <= {*ids}
    for dataset in contract.datasets:
        stated = {each.id for each in (*dataset.rules, *dataset.budgets)}
        assert {f"{dataset.name}/{each}" for each in stated} <= {*ids}
        assert len(dataset.fields) == sum(each.startswith(f"{dataset.name}/") for each in ids) - len(stated)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_the_engines_agree_over_dirty_records(contract: Contract, pg_url: str, stage):
    """Five hundred records of right, wrong and odd values: both engines count every rule alike."""
    lists = {name: frozenset({"760", "26734", "VN", "Kinh", "79"}) for name in _lists(contract)}
    lists["units@days"] = frozenset({"760|2021-01-01|2021-12-31", "26734|2004-07-08|2010-12-31", "26734|2021-01-01|"})
    staged = []
    for dataset in contract.datasets:
        frame = _dirty(dataset, lists, 500)
        verdict = judge(dataset, frame, lists)
        assert any(verdict.broken.values())
        staged.append(stage(pg_url, dataset, verdict, lists, failed=batch_rules.failed(dataset, frame)))

    gate = run_gate(pg_url, staged)

    assert () == gate.disagreements


def _lists(contract: Contract) -> set[str]:
    return {r.arguments["list"] for d in contract.datasets for r in d.rules if r.kind == "code_list"}


def _dirty(dataset: Dataset, lists: dict[str, frozenset[str]], rows: int) -> pl.DataFrame:
    dice = random.Random(dataset.name)
    columns = {f.name: [dice.choice(_values(f, lists)) for _ in range(rows)] for f in dataset.fields}
    return pl.DataFrame(columns, schema={f.name: pl.String for f in dataset.fields})


def _values(field: Field, lists: dict[str, frozenset[str]]) -> list[str | None]:
    likely: list[str | None] = [code.value for code in field.codes] + sorted(lists.get(field.code_list or "", ()))
    likely += DATES if field.kind is Kind.PARTIAL_DATE else MOMENTS if field.kind is Kind.TIMESTAMP else []
    return likely * 4 + DIRT
