"""The coverage sheet: no clause without an engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.load import load_contract
from contracts.model import Classification, Contract, Effect, Kind, Rule
from quality import Clause, coverage
from quality.coverage import lint
from quality.errors import NoEngine
from tests.contracts.good_file import GOOD, line_of


def contract(*datasets) -> Contract:
    return Contract("id", "sample", "1.0.0", "", "", "", "", "", "", {}, datasets, Path("sample.odcs.yaml"))


def test_who_executes_what(dataset, field, rule):
    """Rules about rows and about the batch by both engines, encrypted fields by the row engine alone, and why."""
    sample = dataset(
        [field("a"), field("cause", classification=Classification.RESTRICTED)],
        [
            rule("required", "a"),
            rule("pattern", "a", pattern="x"),
            rule("max_length", "cause", length=3),
            rule("row_count", id="sample.volume", effect=Effect.HOLD, minimum=1),
            rule("null_share", "cause", effect=Effect.HOLD, maximum_percent=1, minimum_rows=1),
        ],
    )

    assert coverage(contract(sample)) == [
        Clause("sample/a.required", ("polars", "great expectations", "database check"), ""),
        Clause("sample/a.pattern", ("polars", "great expectations"), ""),
        Clause("sample/cause.max_length", ("polars",), "no SQL form: cause rests encrypted"),
        Clause("sample/sample.volume", ("polars", "great expectations"), ""),
        Clause("sample/cause.null_share", ("polars",), "no SQL form: cause rests encrypted"),
    ]


def test_a_rule_that_nothing_executes(dataset, field, rule):
    """A gap is an error that names the rule: an unknown kind, of a record or of a batch."""
    unknown = [rule("smells", "a"), rule("median", "a", effect=Effect.HOLD)]

    with pytest.raises(NoEngine, match=r"sample/a\.smells, sample/a\.median"):
        coverage(contract(dataset([field("a")], unknown)))


def test_a_kind_that_no_rule_keeps(dataset, field, rule):
    """A field declared a date, while nothing rejects what is none, would break the merge: an error."""
    with pytest.raises(NoEngine, match=r"sample/d as partial date"):
        coverage(contract(dataset([field("d", Kind.PARTIAL_DATE)], [])))


def test_the_lint_names_the_line_of_a_rule_that_nothing_executes(tmp_path):
    """A kind of rule that was declared and never built is a problem of the contract, not of its first batch."""
    path = tmp_path / "books.odcs.yaml"
    path.write_text(GOOD, encoding="utf-8")
    read = load_contract(path)
    [books] = read.datasets
    smells = Rule("books.lent-before-changed", "smells", ("soThe",), "Có mùi.", Effect.QUARANTINE, {})
    spoilt = replace(read, datasets=(replace(books, rules=(*books.rules, smells)),))

    assert [] == lint(read)
    [problem] = lint(spoilt)
    assert "smells" in problem.what
    assert problem.line == line_of(GOOD, "quality:")
