"""The declared suite: a dataset's rules as Great Expectations over its stage table.

The `meta` of each expectation has the rule's id, kind, effect and Vietnamese sentence, so that a reviewer can read
the suite without the contract. Importing this module imports Great Expectations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import great_expectations as gx
from great_expectations.expectations.core.expect_table_row_count_to_be_between import ExpectTableRowCountToBeBetween
from great_expectations.expectations.core.expect_table_row_count_to_equal import ExpectTableRowCountToEqual
from great_expectations.expectations.expectation import Expectation

from contracts.checks import has_sql_form
from contracts.model import Dataset, Effect, Rule
from quality import sql_rules
from quality.errors import NoEngine
from quality.expectations import (
    ExpectCountOfRecordsToCompare,
    ExpectNoRecordToBreakRule,
    ExpectShareOfRecordsToBeBetween,
)
from quality.gate import STAGED_ROWS

PATTERNS_A_PASS = 24
"""Most regular expressions of a contract in one query. PostgreSQL caches 32 compiled ones, and a few are our own."""

SEVERITY = {Effect.HOLD: "critical", Effect.QUARANTINE: "warning", Effect.FINDING: "info"}


def build(
    dataset: Dataset, lists: sql_rules.Lists, *, rows: int | None = None, accepted: bool = False
) -> gx.ExpectationSuite:
    """The suite of a dataset: one expectation for every rule with an SQL form.

    `rows` adds an expectation on the exact number of rows. `accepted`: only the rules that reject a record.

    Raises:
        NoEngine: a kind of rule has no SQL form.
        ListMissing: a rule uses a list that is not in `lists`.
    """
    return gx.ExpectationSuite(
        name=dataset.name,
        expectations=[
            *_about_the_stage(dataset, rows),
            *(() if accepted else _about_the_batch(dataset)),
            *_about_rows(dataset, lists, accepted),
        ],
        meta={"dataset": dataset.name, "title": dataset.title},
    )


def _about_the_stage(dataset: Dataset, rows: int | None) -> Iterator[Expectation]:
    if rows is not None:
        sentence = "Số dòng trong vùng đệm phải bằng số hồ sơ đã kiểm tra."
        yield ExpectTableRowCountToEqual(
            value=rows, meta={"rule": f"{dataset.name}.rows", "effect": STAGED_ROWS, "sentence": sentence}
        )


def _about_rows(dataset: Dataset, lists: sql_rules.Lists, accepted: bool) -> Iterator[Expectation]:
    patterns = 0
    for rule in dataset.row_rules:
        if accepted and rule.effect is not Effect.QUARANTINE:
            continue
        condition = sql_rules.condition(rule, dataset, lists)
        if condition is None:
            continue
        patterns += rule.kind == "pattern" or "take" in rule.arguments
        yield ExpectNoRecordToBreakRule(
            rule=rule.id,
            sentence=rule.sentence,
            condition=condition,
            pass_number=max(patterns - 1, 0) // PATTERNS_A_PASS,
            **_about(rule),
        )


def _about_the_batch(dataset: Dataset) -> Iterator[Expectation]:
    classes = {f.name: f.classification for f in dataset.fields}
    for rule in dataset.dataset_rules:
        if not has_sql_form(rule, classes):
            continue
        column = sql_rules.column(dataset.by_name[rule.fields[0]]) if rule.fields else ""
        said = rule.arguments
        match rule.kind:
            case "row_count":
                yield ExpectTableRowCountToBeBetween(
                    min_value=said.get("minimum"), max_value=said.get("maximum"), **_about(rule)
                )
            case "null_share":
                yield ExpectShareOfRecordsToBeBetween(
                    rule=rule.id,
                    sentence=rule.sentence,
                    condition=f"{column} is null",
                    among="true",
                    minimum_percent=0,
                    maximum_percent=said["maximum_percent"],
                    minimum_rows=said["minimum_rows"],
                    **_about(rule),
                )
            case "share":
                yield ExpectShareOfRecordsToBeBetween(
                    rule=rule.id,
                    sentence=rule.sentence,
                    condition=f"{column} = {sql_rules.literal(said['value'])}",
                    among=f"{column} is not null",
                    minimum_percent=said["minimum_percent"],
                    maximum_percent=said["maximum_percent"],
                    minimum_rows=said["minimum_rows"],
                    **_about(rule),
                )
            case "metric":
                yield ExpectCountOfRecordsToCompare(
                    rule=rule.id, sentence=rule.sentence, **_counted(dataset, rule), **_about(rule)
                )
            case unknown:
                raise NoEngine(f"rule {rule.id} is of kind {unknown}, which no engine executes over a batch")


def _counted(dataset: Dataset, rule: Rule) -> dict[str, Any]:
    """What an expectation counts for a metric of the standard's library, and with what it compares that."""
    said = rule.arguments
    columns = [sql_rules.column(dataset.by_name[name]) for name in rule.fields]
    given = {"unit": said["unit"], "compare": said["compare"], "minimum_rows": said["minimum_rows"]}
    given |= {"bounds": said["value"] if isinstance(said["value"], list) else [said["value"]], "distinct": ""}
    match said["counts"]:
        case "rows":
            return {**given, "condition": "true"}
        case "missing":
            return {**given, "condition": " or ".join([f"{columns[0]} is null", *_in(columns[0], said["missing"])])}
        case "invalid":
            fits = [*(_in(columns[0], said["valid"]) or ["false"])] if "valid" in said else []
            if "pattern" in said:
                whole = sql_rules.literal(f"^(?:{said['pattern']})$")
                fits.append(f"{columns[0]} ~ {whole}")
            return {**given, "condition": f"{columns[0]} is not null and not ({' and '.join(fits)})"}
        case "duplicate":
            whole = " and ".join(f"{column} is not null" for column in columns)
            return {**given, "condition": whole, "distinct": f"({', '.join(columns)})"}
        case unknown:
            raise NoEngine(f"rule {rule.id} counts {unknown}", hint="known: rows, missing, invalid, duplicate")


def _in(column: str, values: list[str]) -> list[str]:
    return [f"{column} in ({', '.join(map(sql_rules.literal, values))})"] if values else []


def _about(rule: Rule) -> dict[str, Any]:
    meta = {
        "rule": rule.id,
        "kind": rule.kind,
        "effect": str(rule.effect),
        "sentence": rule.sentence,
        "fields": list(rule.fields),
    }
    return {"meta": meta, "severity": SEVERITY[rule.effect]}
