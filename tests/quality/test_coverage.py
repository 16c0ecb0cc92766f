"""The coverage sheet: no clause without an engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.load import load_contract
from contracts.model import Classification, Contract, Effect, Kind, Rule
from quality import Clause, coverage
from quality.coverage import clauses, lint, problems
from quality.errors import NoEngine
from tests.contracts.good_file import GOOD, line_of


def contract(*datasets) -> Contract:
    return Contract("id", "sample", "1.0.0", "", "", "", "", "", "", {}, datasets, Path("sample.odcs.yaml"))


def test_who_executes_what(dataset, field, rule):
    """Rules about rows and about the batch by both engines, encrypted fields by the row engine alone, and why."""
    sample = dataset(
        [field("a"), field("cause", classification=Classification.RESTRICTED), field("d", Kind.PARTIAL_DATE)],
        [
            rule("required", "a"),
            rule("pattern", "a", pattern="x"),
            rule("max_length", "cause", length=3),
            rule("partial_date", "d"),
            rule("row_count", id="sample.volume", effect=Effect.HOLD, minimum=1),
        ],
    )

    assert coverage(contract(sample)) == [
        Clause("sample key", ("merge",)),
        Clause("sample/a as text, none", ("warehouse column",)),
        Clause("sample/cause as text, restricted", ("warehouse column", "encryption")),
        Clause("sample/d as partial date, none", ("polars", "warehouse column")),
        Clause("sample/a.required", ("polars", "great expectations", "database check")),
        Clause("sample/a.pattern", ("polars", "great expectations")),
        Clause("sample/cause.max_length", ("polars",), "no SQL form: cause rests encrypted"),
        Clause("sample/d.partial_date", ("polars", "great expectations")),
        Clause("sample/sample.volume", ("polars", "great expectations")),
    ]


def test_a_rule_that_nothing_executes(dataset, field, rule):
    """A gap is an error that names the rule: an unknown kind, of a record or of a batch."""
    unknown = [rule("smells", "a"), rule("median", "a", effect=Effect.HOLD)]

    with pytest.raises(NoEngine, match=r"a\.smells` is of kind smells[^$]*a\.median` is of kind median"):
        coverage(contract(dataset([field("a")], unknown)))


def test_a_kind_that_no_rule_keeps(dataset, field, rule):
    """A field declared a date, while nothing rejects what is none, would break the merge: an error."""
    with pytest.raises(NoEngine, match=r"field `d` is a partial date, and no rule quarantines"):
        coverage(contract(dataset([field("d", Kind.PARTIAL_DATE)], [])))


FAULTS = {
    "a check of another tool": (
        "engine: motlan\n        implementation: {rule: not_after, fields: [ngayMuon, changed], effect: quarantine}",
        "engine: soda\n        implementation: {type: duplicate_percent, must_be_less_than: 1.0}",
        "- id: lent",
        "engine `soda`",
    ),
    "another tool's words": (
        "engine: motlan\n        implementation: {rule: not_after, fields: [ngayMuon, changed], effect: quarantine}",
        "engine: soda\n        implementation: 'type: duplicate_percent'",
        "- id: lent",
        "soda",
    ),
    "a query": (
        "type: custom\n        engine: motlan\n        implementation: {rule: not_after, fields: [ngayMuon, changed],"
        " effect: quarantine}",
        "type: sql\n        query: select count(*) from books\n        mustBe: 0",
        "- id: lent",
        "type sql",
    ),
    "a metric that no engine has": (
        "type: custom\n        engine: motlan\n        implementation: {rule: not_after, fields: [ngayMuon, changed],"
        " effect: quarantine}",
        "metric: duplicateValues\n        mustBe: 0",
        "- id: lent",
        "duplicateValues",
    ),
    "a latency that is none": ("latency, value: 1, unit: h", "latency, value: banana", "banana", "`banana`"),
    "a hold by what rests encrypted": (
        "        classification: none\n      - name: changed",
        "        classification: restricted\n        quality:\n          - {id: null-share, metric: nullValues,"
        " unit: percent, mustBeLessOrEqualTo: 5, arguments: {minimum_rows: 5}, description: Phải có ngày mượn.}\n"
        "      - name: changed",
        "name: ngayMuon",
        "rests encrypted",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_nothing_carries_out_is_an_error_of_the_coverage(tmp_path, case):
    """The file loads; its clause is named with its line, and nothing is read under it. The rest of the list is there."""
    old, new, where, word = FAULTS[case]
    path = tmp_path / "books.odcs.yaml"
    path.write_text(text := GOOD.replace(old, new, 1), encoding="utf-8")
    assert text != GOOD

    read = load_contract(path)
    [problem] = problems(read)

    assert word in problem.what
    assert line_of(text, where) == problem.line
    assert problem.next
    assert {"books key", "books/soThe.required"} <= {each.id for each in clauses(read)}
    with pytest.raises(NoEngine, match=rf"books\.odcs\.yaml:{problem.line}: "):
        coverage(read)


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
