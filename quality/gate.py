"""The second opinion: the declared suite over the committed stage, before anything is merged.

It counts, in SQL, what the row predicates counted in frames, and judges the batch as a whole. A
count on which the two differ means that one of them is wrong, so the batch is held.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from contracts.errors import HubError
from contracts.model import Dataset, Effect
from quality.errors import GateFailed, GateUnreachable
from quality.interface import Gate

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult


STAGED_ROWS = "rows staged"
"""The effect, in a suite, of the expectation that says how many rows were staged."""


@dataclass(frozen=True)
class Staged:
    """One dataset of a batch as it stands in the stage, with what the row engine said of it."""

    dataset: Dataset
    schema: str
    table: str
    rows: int
    broken: Mapping[str, int]
    """`Judgement.broken` of the very rows that are staged."""
    lists: Mapping[str, frozenset[str]]


def run_gate(url: str, staged: Sequence[Staged], *, docs: Path | None = None) -> Gate:
    """Judge the staged tables of a batch by their declared suites: one query a table.

    `url` is `postgresql+psycopg://user@host:port/database` with a TCP host. The first call in a
    process imports Great Expectations (seconds, 220 MB); `seconds` leaves that out. With `docs`,
    Data Docs without any value of a record are written to that folder.

    Rule ids in the answer are `dataset/rule`: two datasets of a batch may name a rule alike.

    Raises:
        GateUnreachable: the database did not answer.
        GateFailed: an expectation could not be computed, for a missing table, say.
        NoEngine, ListMissing: as `quality.suite.build`.
    """
    gx = load_suite_engine()
    from quality import documents, suite

    started = time.monotonic()
    counts: dict[str, int] = {}
    failed: list[str] = []
    disagreements: list[str] = []
    results: dict[str, ExpectationSuiteValidationResult] = {}
    with _errors_without_values():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_postgres("hub", connection_string=url)
    try:
        for each in staged:
            name = each.dataset.name
            declared = suite.build(each.dataset, each.lists, rows=each.rows)
            with _errors_without_values():
                asset = source.add_table_asset(name, table_name=each.table, schema_name=each.schema)
                batch = asset.add_batch_definition_whole_table("whole").get_batch()
                results[name] = batch.validate(declared, result_format="BASIC")
            outcome = _read(results[name])
            counts |= {f"{name}/{rule}": count for rule, count in outcome.counts.items()}
            failed += [f"{name}/{rule}" for rule in outcome.failed]
            disagreements += _compare(each, outcome)
    finally:
        source.get_execution_engine().close()
    if docs is not None:
        documents.write(docs, results)
    return Gate(counts, tuple(failed), time.monotonic() - started, tuple(disagreements))


@dataclass(frozen=True)
class _Outcome:
    rows: int
    counts: Mapping[str, int]
    failed: Sequence[str]


def _read(result: ExpectationSuiteValidationResult) -> _Outcome:
    rows = 0
    counts: dict[str, int] = {}
    failed: list[str] = []
    for one in result.results:
        assert one.expectation_config is not None  # only a rendered copy may lack it
        meta = one.expectation_config.meta
        if one.exception_info.get("raised_exception", True):
            raise _failure(str(one.exception_info))  # by metric; only the names of errors in it are told
        match meta["effect"]:
            case effect if effect == STAGED_ROWS:
                rows = int(one.result["observed_value"])
            case Effect.HOLD:
                failed += [] if one.success else [meta["rule"]]
            case _:
                counts[meta["rule"]] = int(one.result["unexpected_count"])
    return _Outcome(rows, counts, failed)


def _compare(staged: Staged, outcome: _Outcome) -> Iterator[str]:
    """Where the engines differ: `dataset/rule: 3 by row, 2 in SQL`."""
    name = staged.dataset.name
    if outcome.rows != staged.rows:
        yield f"{name}: {staged.rows} rows judged, {outcome.rows} staged"
    for rule, count in outcome.counts.items():
        if staged.broken.get(rule) != count:
            yield f"{name}/{rule}: {staged.broken.get(rule, 'never counted')} by row, {count} in SQL"


def load_suite_engine() -> ModuleType:
    """Import Great Expectations (seconds, 220 MB), silent: it sends no statistics, and its log would quote statements and values."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    import great_expectations as gx

    return gx


@contextmanager
def _errors_without_values() -> Iterator[None]:
    """Any failure inside as an error of ours: theirs carry statements, values and the database's password."""
    try:
        yield
    except Exception as error:
        raise _failure(f"{type(error).__name__} {type(error.__cause__).__name__} {error}") from None


def _failure(text: str) -> HubError:
    if "OperationalError" in text or ("TestConnectionError" in text and "not exist" not in text):
        return GateUnreachable("the declared suite could not reach the stage", hint="is the database up? hub doctor")
    names = sorted(set(re.findall(r"\b[A-Z][A-Za-z]+(?:Error|Exception)\b|\bUndefined[A-Z][a-z]+\b", text)))
    return GateFailed(f"the declared suite could not be computed over the stage ({', '.join(names) or 'no reason given'})")
