"""The second opinion: runs the declared suite over committed rows, and compares it with the row engine.

It counts in SQL what the row rules counted in data frames, and it checks the batch as a whole. If the two counts of a
rule differ, or one engine alone finds a share wrong, one engine is wrong.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from contracts.errors import HubError
from contracts.lazy_modules import defer
from contracts.model import Dataset, Effect
from quality.errors import GateFailed, GateUnreachable
from quality.interface import Gate

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult


STAGED_ROWS = "rows staged"
"""Effect, in a suite, of the expectation on the number of staged rows."""


DEFERRED = ("scipy.stats", "altair", "jsonschema", "mistune")
"""What Great Expectations imports for expectations that no contract has: 75 MB, and 40 % of the CPU of its import."""


@dataclass(frozen=True)
class Staged:
    """One table of rows, with what the row engine says of them."""

    dataset: Dataset
    schema: str
    table: str
    rows: int | None
    """How many there must be; None: not counted, because others write meanwhile."""
    broken: Mapping[str, int]
    """`Judgement.broken` of the staged rows."""
    lists: Mapping[str, frozenset[str]]
    failed: Collection[str] = ()
    """Rules about the batch that fail by the row engine (`quality.batch_rules.failed`)."""
    accepted: bool = False
    """Whether these are accepted rows of several batches: no record of them breaks a rule that rejects. Rules about a
    batch say nothing of them, and findings are allowed."""


def run_gate(url: str, staged: Sequence[Staged], *, docs: Path | None = None) -> Gate:
    """Run the declared suites over the staged tables of a batch: one query for each table.

    `url` is `postgresql+psycopg://user@host:port/database` with a TCP host. The first call in a process imports Great
    Expectations (seconds, 220 MB), which `seconds` does not include. `docs` is a folder for Data Docs without any
    value of a record.

    Rule ids in the result are `dataset/rule`, because two datasets of a batch may use the same rule id.

    Raises:
        GateUnreachable: the database did not answer.
        GateFailed: an expectation could not be computed, for example because a table is missing.
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
            declared = suite.build(each.dataset, each.lists, rows=each.rows, accepted=each.accepted)
            with _errors_without_values():
                asset = source.add_table_asset(name, table_name=each.table, schema_name=each.schema)
                batch = asset.add_batch_definition_whole_table("whole").get_batch()
                results[name] = batch.validate(declared, result_format="BASIC")
            outcome = _read(results[name])
            counts |= {f"{name}/{rule}": count for rule, count in outcome.counts.items()}
            failed += [
                f"{name}/{rule.id}"
                for rule in each.dataset.dataset_rules
                if rule.id in outcome.failed or rule.id in each.failed
            ]
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
    shares: Mapping[str, bool]
    """Rule about the batch -> whether it holds."""

    @property
    def failed(self) -> frozenset[str]:
        return frozenset(rule for rule, kept in self.shares.items() if not kept)


def _read(result: ExpectationSuiteValidationResult) -> _Outcome:
    rows = 0
    counts: dict[str, int] = {}
    shares: dict[str, bool] = {}
    for one in result.results:
        assert one.expectation_config is not None  # only a rendered copy may lack it
        meta = one.expectation_config.meta
        if one.exception_info.get("raised_exception", True):
            raise _failure(str(one.exception_info))  # by metric; the message uses only the names of errors in it
        match meta["effect"]:
            case effect if effect == STAGED_ROWS:
                rows = int(one.result["observed_value"])
            case Effect.HOLD:
                shares[meta["rule"]] = bool(one.success)
            case _:
                counts[meta["rule"]] = int(one.result["unexpected_count"])
    return _Outcome(rows, counts, shares)


def _compare(staged: Staged, outcome: _Outcome) -> Iterator[str]:
    """The differences between the engines, each as one line that begins with `dataset/rule`."""
    name = staged.dataset.name
    if staged.rows is not None and outcome.rows != staged.rows:
        yield f"{name}: {staged.rows} rows judged, {outcome.rows} staged"
    for rule, count in outcome.counts.items():
        if staged.broken.get(rule) != count:
            yield f"{name}/{rule}: {staged.broken.get(rule, 'never counted')} by row, {count} in SQL"
    for rule, kept in outcome.shares.items():
        if kept is (rule in staged.failed):
            yield f"{name}/{rule}: fails {'by row' if kept else 'in SQL'} only"


def load_suite_engine() -> ModuleType:
    """Import Great Expectations (seconds, 220 MB) without its statistics, and without its log, which quotes values."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    # Its import makes a million objects that live as long as the process. The garbage collector would walk over them
    # while they are made, and again and again afterwards: a second of CPU, and a share of each later one.
    first, collected = "great_expectations" not in sys.modules, gc.isenabled()
    if first:
        gc.disable()
        for unused in DEFERRED:
            defer(unused)
    try:
        import great_expectations as gx
    finally:
        if first:
            gc.freeze()
        if collected:
            gc.enable()
    return gx


@contextmanager
def _errors_without_values() -> Iterator[None]:
    """Turn any failure in the block into our error: the original holds values and the database's password."""
    try:
        yield
    except Exception as error:
        raise _failure(f"{type(error).__name__} {type(error.__cause__).__name__} {error}") from None


def _failure(text: str) -> HubError:
    if "OperationalError" in text or ("TestConnectionError" in text and "not exist" not in text):
        return GateUnreachable("the declared suite could not reach the stage", hint="is the database up? hub doctor")
    names = sorted(set(re.findall(r"\b[A-Z][A-Za-z]+(?:Error|Exception)\b|\bUndefined[A-Z][a-z]+\b", text)))
    return GateFailed(
        f"the declared suite could not be computed over the stage ({', '.join(names) or 'no reason given'})"
    )
