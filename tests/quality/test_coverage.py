"""The coverage sheet: no clause without an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.model import Classification, Contract, Effect, Kind
from quality import Clause, coverage
from quality.errors import NoEngine


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
