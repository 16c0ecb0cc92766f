"""Metrics of the standard's library: each threshold in rows and percent is a rule of both engines, or a gap."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from contracts.load import load_contract
from contracts.model import Contract
from quality import batch_rules, judge, run_gate
from quality.coverage import clauses
from tests.contracts.good_file import GOOD

FIELD = "        classification: none\n      - name: changed\n"
ON_ROWS = {
    "mustBe: 3": True,
    "mustBe: 4": False,
    "mustBeGreaterThan: 2": True,
    "mustBeGreaterThan: 3": False,
    "mustBeGreaterOrEqualTo: 3": True,
    "mustBeLessThan: 3": False,
    "mustBeLessThan: 4, unit: rows": True,
    "mustBeLessOrEqualTo: 2": False,
    "mustBeBetween: [1, 3]": True,
}
"""Threshold of rowCount -> whether three rows keep it."""
ON_NULLS = {
    "mustBe: 0": False,
    "mustBe: 0, unit: percent": False,
    "mustBeLessOrEqualTo: 0, unit: rows": False,
    "mustBeLessOrEqualTo: 33, unit: percent": False,
    "mustBeLessOrEqualTo: 34, unit: percent": True,
    "mustBe: 0, arguments: {minimum_rows: 4}": True,
}
"""Threshold of nullValues -> whether one null of three keeps it."""
GAPS = (
    ("rowCount", "mustNotBe: 3"),
    ("rowCount", "mustBeBetween: [1, 3], unit: percent"),
    ("rowCount", "mustBe: 1.5"),
    ("nullValues", "mustBeLessThan: 1"),
    ("nullValues", "mustBeLessOrEqualTo: 1"),
    ("missingValues", "mustBe: 0"),
    ("invalidValues", "mustBe: 0, arguments: {validValues: [x]}"),
    ("duplicateValues", "mustBe: 0"),
)


def contract(tmp_path: Path, metric: str, words: str) -> Contract:
    """The good file with one metric: rowCount on its dataset, the others on a field."""
    entry = f"{{id: metric, metric: {metric}, {words}, description: Lô phải có thật.}}"
    if metric == "rowCount":
        text = GOOD.replace("    quality:\n", f"    quality:\n      - {entry}\n", 1)
    else:
        text = GOOD.replace(FIELD, FIELD.replace("\n", f"\n        quality: [{entry}]\n", 1), 1)
    assert text != GOOD
    path = tmp_path / "books.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    return load_contract(path)


@pytest.mark.parametrize(
    ("metric", "words", "kept"),
    [("rowCount", *each) for each in ON_ROWS.items()] + [("nullValues", *each) for each in ON_NULLS.items()],
)
def test_both_engines_count_a_metric_alike(
    tmp_path: Path, pg_url: str, stage, metric: str, words: str, kept: bool
) -> None:
    """Three records, one of them without a day of lending."""
    [dataset] = contract(tmp_path, metric, words).datasets
    changed = "2026-05-01T08:00:00+07:00"
    frame = pl.DataFrame(
        {"soThe": ["0001", "0002", "0003"], "ngayMuon": ["01.02.2020", None, "2021"], "changed": [changed] * 3},
        schema={field.name: pl.String for field in dataset.fields},
    )

    failed = batch_rules.failed(dataset, frame)
    gate = run_gate(pg_url, [stage(pg_url, dataset, judge(dataset, frame, {}), {}, failed=failed)])

    [rule] = [each.id for each in dataset.dataset_rules]
    assert (() if kept else (rule,)) == failed
    assert (() if kept else (f"books/{rule}",)) == gate.failed
    assert () == gate.disagreements


@pytest.mark.parametrize(("metric", "words"), GAPS)
def test_a_metric_without_an_engine_is_a_gap(tmp_path: Path, metric: str, words: str) -> None:
    """It loads, makes no rule, and is named by the coverage."""
    read = contract(tmp_path, metric, words)

    assert () == read.datasets[0].dataset_rules
    [gap] = [clause for clause in clauses(read) if clause.fault]
    assert f"metric {metric}" in str(gap.fault)
