"""The coverage list: the engines that execute each clause of a contract. A clause without an engine is an error.

A clause is a rule, a budget of bad records, or the kind of a field, which the warehouse's column type guarantees. A
budget is counted from the row engine's verdicts before each merge (`hub/load/bad_records.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.checks import DATASET_KINDS, READ_BY, has_sql_form
from contracts.lint import LintProblem, place_of
from contracts.model import Contract, Dataset, Effect, Rule
from contracts.yaml_lines import read_located
from quality.batch_rules import BATCH_ENGINES
from quality.errors import NoEngine
from quality.polars_rules import ROW_ENGINES
from quality.sql_rules import SQL_ENGINES

POLARS, GX, DATABASE = "polars", "great expectations", "database check"

KEPT_BY_THE_DATABASE = frozenset({"required", "code", "max_length", "integer", "decimal", "timestamp"})
"""Kinds of rules that CHECK constraints and column types of the warehouse enforce again for accepted records."""


@dataclass(frozen=True)
class Clause:
    """One line of the list."""

    rule_id: str
    """`dataset/rule`."""
    engines: tuple[str, ...]
    reason: str
    """Why an engine does not execute it; empty if every possible engine does."""


def coverage(contract: Contract) -> list[Clause]:
    """The list of a contract, in the order of its datasets and rules.

    Raises:
        NoEngine: names every rule that no engine executes, and every field whose kind no rule enforces.
    """
    clauses = [_clause(dataset, rule) for dataset in contract.datasets for rule in dataset.rules]
    clauses += [
        Clause(f"{dataset.name}/{budget.id}", (POLARS,), "counts earlier batches and open cases too")
        for dataset in contract.datasets
        for budget in dataset.budgets
    ]
    gaps = [c.rule_id for c in clauses if not c.engines] + [gap for d in contract.datasets for gap in _unread(d)]
    if gaps:
        raise NoEngine(f"contract {contract.name} says what nothing executes: {', '.join(gaps)}")
    return clauses


def _clause(dataset: Dataset, rule: Rule) -> Clause:
    sealed = [name for name in rule.fields if dataset.by_name[name].classification.encrypted]
    engines: list[str] = []
    if rule.effect is Effect.HOLD:
        if rule.kind in BATCH_ENGINES:
            engines.append(POLARS)
        if rule.kind in DATASET_KINDS and not sealed:
            engines.append(GX)
    else:
        if rule.kind in ROW_ENGINES:
            engines.append(POLARS)
        if rule.kind in SQL_ENGINES and has_sql_form(rule, {f.name: f.classification for f in dataset.fields}):
            engines.append(GX)
            if rule.kind in KEPT_BY_THE_DATABASE and rule.effect is Effect.QUARANTINE:
                engines.append(DATABASE)
    reason = f"no SQL form: {', '.join(sealed)} rests encrypted" if sealed else ""
    return Clause(f"{dataset.name}/{rule.id}", tuple(engines), reason)


def _unread(dataset: Dataset) -> Iterator[str]:
    """Fields of another kind than text, without a rule that rejects unreadable values."""
    kept = {(rule.kind, rule.fields) for rule in dataset.row_rules if rule.effect is Effect.QUARANTINE}
    for field in dataset.fields:
        if field.kind in READ_BY and (READ_BY[field.kind], (field.name,)) not in kept:
            yield f"{dataset.name}/{field.name} as {field.kind}"


def lint(contract: Contract) -> list[LintProblem]:
    """The rules of a contract that no engine executes, each with its line (`hub contracts lint`)."""
    file = read_located(contract.path)
    return [
        LintProblem(
            contract.path,
            file.line(place_of(dataset, rule, ("schema", index))),
            f"rule `{rule.id}` is of kind {rule.kind}, which no engine executes",
            f"Use one of {', '.join([*ROW_ENGINES, *BATCH_ENGINES])}.",
        )
        for index, dataset in enumerate(contract.datasets)
        for rule in dataset.rules
        if not _clause(dataset, rule).engines
    ]
