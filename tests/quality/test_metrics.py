"""Metrics of the standard's library: each threshold in rows and percent is a rule of both engines, or a gap."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from contracts.from_odcs.rules import THRESHOLDS
from contracts.load import load_contract
from contracts.model import Contract, Effect
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
    ("rowCount", "mustBeBetween: [1, 3], unit: percent"),
    ("rowCount", "mustBe: 1.5"),
    ("nullValues", "mustBeLessThan: 1, arguments: {share: 2}"),
    ("invalidValues", "mustBe: 0"),
    ("invalidValues", "mustBe: 0, arguments: {maximum: 2}"),
    ("missingValues", "mustBe: 0, arguments: {missingValues: none}"),
    ("duplicateValues", "mustBe: 0, arguments: {properties: [soThe]}"),
)
MORE = {
    ("rowCount", "mustNotBe: 3"): False,
    ("rowCount", "mustNotBeBetween: [4, 5]"): True,
    ("nullValues", "mustBeLessThan: 2"): True,
    ("nullValues", "mustBeBetween: [33, 34], unit: percent"): True,
    ("nullValues", "mustBeGreaterThan: 1"): False,
    ("missingValues", "mustBe: 1"): True,
    ("missingValues", "mustBe: 2, arguments: {missingValues: [null, '2021']}"): True,
    ("missingValues", "mustBeLessThan: 66.6, unit: percent, arguments: {missingValues: [null, '2021']}"): False,
    ("invalidValues", "mustBe: 1, arguments: {validValues: ['2021']}"): True,
    ("invalidValues", "mustBe: 0, arguments: {pattern: '[0-9-]+'}"): True,
    ("invalidValues", "mustBe: 2, arguments: {validValues: ['2021'], pattern: '[0-9]{2}'}"): True,
    ("duplicateValues", "mustBe: 0"): True,
    ("duplicateValues", "mustNotBe: 0, unit: percent"): False,
}
"""Metric and threshold -> whether the three records keep it."""


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
    [("rowCount", *each) for each in ON_ROWS.items()]
    + [("nullValues", *each) for each in ON_NULLS.items()]
    + [(*metric, kept) for metric, kept in MORE.items()],
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


@pytest.mark.parametrize("seed", range(4))
def test_both_engines_count_generated_rows_alike(pg_url: str, stage, dataset, field, rule, seed: int) -> None:
    """Each metric with each threshold, in rows and percent, about one field and about two: no disagreement, and both
    verdicts are there.
    """
    dice = random.Random(seed)
    counts = {
        ("rows", ()): {},
        ("missing", ("a",)): {"missing": ["01", "a b"]},
        ("invalid", ("a",)): {"valid": ["01", "1 ", "Nguyễn"], "pattern": "[0-9A-Za-zễ]+"},
        ("duplicate", ("a",)): {},
        ("duplicate", ("a", "b")): {},
    }
    rules = [
        rule(
            "metric",
            *fields,
            id=f"{what}-{'-'.join(fields)}-{unit}-{word}",
            effect=Effect.HOLD,
            counts=what,
            unit=unit,
            compare=word,
            value=sorted(dice.choices(range(60), k=2)) if word.endswith("Between") else dice.choice([0, 2, 7.5, 30]),
            minimum_rows=dice.choice([0, 1, 30]),
            **more,
        )
        for (what, fields), more in counts.items()
        for unit in ("rows", "percent")
        for word in THRESHOLDS
    ]
    sample = dataset([field("a"), field("b")], rules)
    odd = [None, "", " ", "1 ", "01", "a b", "Nguye\u0302\u0303n", "Nguyễn", "x\ny", "3"]
    height = dice.choice([0, 1, 29, 30, 60])
    frame = pl.DataFrame(
        {name: dice.choices(odd, k=height) for name in ("a", "b")}, schema={"a": pl.String, "b": pl.String}
    )

    failed = batch_rules.failed(sample, frame)
    gate = run_gate(pg_url, [stage(pg_url, sample, judge(sample, frame, {}), {}, failed=failed)])

    assert () == gate.disagreements
    assert tuple(f"sample/{each}" for each in failed) == gate.failed
    assert height == 0 or 0 < len(failed) < len(rules)


def test_duplicates_of_several_fields_are_declared_on_the_dataset(tmp_path: Path) -> None:
    """By their names, which must be there."""
    [both] = contract(tmp_path, "rowCount", "mustBe: 3").datasets[0].dataset_rules
    assert () == both.fields
    text = (tmp_path / "books.odcs.yaml").read_text(encoding="utf-8")
    words = "metric: duplicateValues, mustBe: 0, arguments: {properties: [soThe, ngayMuon]}"
    path = tmp_path / "twice.odcs.yaml"
    path.write_text(text.replace("metric: rowCount, mustBe: 3", words), encoding="utf-8")

    [twice] = load_contract(path).datasets[0].dataset_rules
    assert ("metric", ("soThe", "ngayMuon"), "duplicate") == (twice.kind, twice.fields, twice.arguments["counts"])
