"""Validates single records: finds the rules that each record breaks (engine: Polars).

    received text -> cells (canonical text, typed values) -> one predicate for each rule -> ids of broken rules

All work is done on whole columns; rule ids are written only for rows that break a rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import polars as pl

from contracts.model import Dataset, Effect, Rule
from contracts.refused import REFUSED, UNREADABLE
from quality.errors import NoEngine
from quality.interface import Judgement
from quality.polars_rules import ROW_ENGINES, SEE_NULL, Lists
from quality.values import cells


def judge(dataset: Dataset, frame: pl.DataFrame, lists: Mapping[str, frozenset[str]]) -> Judgement:
    """Check every record of a frame against all row rules of its dataset.

    `frame` comes from `Source.records`: one pl.String column for each field, with the field's name. Columns that
    begin with `_` are passed through. `lists` holds the reference lists by name. A record that could not be read
    (`contracts.refused`) breaks that rule alone, whatever the counts of the others say of its empty fields.

    Raises:
        FrameMismatch: the columns are not the dataset's fields.
        ListMissing: a rule uses a list that is not in `lists`.
        NoEngine: this engine cannot execute a kind of rule, or a rule on a kind of field.
    """
    plan = _plan(dataset, lists)
    read = cells.read(dataset, frame)
    flags = read.select(plan[rule] for rule in _at_stake(dataset, cells.all_null(read)))
    counts = dict.fromkeys(plan, 0) | {
        rule: int(n) for rule, n in (flags.sum().row(0, named=True) if flags.width else {}).items()
    }
    kept = [f.column for f in dataset.fields] + [c for c in frame.columns if c.startswith("_")]
    rejecting = [r.id for r in dataset.row_rules if r.effect is Effect.QUARANTINE and counts[r.id]]
    doubtful = [r.id for r in dataset.row_rules if r.effect is Effect.FINDING and counts[r.id]]
    judged = read.select(kept).with_columns(
        _ids(flags, rejecting, read.height).alias("_broken"), _ids(flags, doubtful, read.height).alias("_findings")
    )
    if REFUSED in frame.columns:
        unread = pl.col(REFUSED).is_not_null()
        judged = judged.with_columns(
            pl.when(unread).then(pl.lit(UNREADABLE)).otherwise(pl.col("_broken")).alias("_broken"),
            pl.when(~unread).then(pl.col("_findings")).alias("_findings"),
        )
    return Judgement(judged, counts)


def compile_rules(dataset: Dataset, lists: Lists) -> dict[str, pl.Expr]:
    """One predicate for each row rule, under the rule's id: true if the record breaks it, never null.

    Raises:
        NoEngine, ListMissing: as `judge`.
    """
    return {rule.id: _predicate(rule, dataset, lists).fill_null(False).alias(rule.id) for rule in dataset.row_rules}


def _predicate(rule: Rule, dataset: Dataset, lists: Lists) -> pl.Expr:
    engine = ROW_ENGINES.get(rule.kind)
    if engine is None:
        raise NoEngine(
            f"rule {rule.id} is of kind {rule.kind}, which no row engine executes",
            hint=f"known: {', '.join(ROW_ENGINES)}",
        )
    return engine(rule, tuple(dataset.by_name[name] for name in rule.fields), lists)


def _at_stake(dataset: Dataset, silent: frozenset[str]) -> list[str]:
    """The rules that a frame can break. A rule on empty columns cannot be broken, unless its kind is in `SEE_NULL`."""
    return [
        rule.id
        for rule in dataset.row_rules
        if rule.kind in SEE_NULL or not all(dataset.by_name[name].column in silent for name in rule.fields)
    ]


def _ids(flags: pl.DataFrame, rules: Sequence[str], height: int) -> pl.Series:
    """The ids of the rules that each row breaks, joined by a comma; null if there is none."""
    ids = pl.repeat(None, height, dtype=pl.String, eager=True)
    if not rules:
        return ids
    rows = flags.select(pl.any_horizontal(rules)).to_series().arg_true()
    named = [pl.when(pl.col(rule)).then(pl.lit(rule)) for rule in rules]
    return ids.scatter(
        rows,
        flags.select(pl.col(rules).gather(rows))
        .select(pl.concat_str(named, separator=",", ignore_nulls=True))
        .to_series(),
    )


class _Key:
    """A cache key: the dataset by identity (its rules hold mappings, so it has no hash) and the lists by content."""

    def __init__(self, dataset: Dataset, lists: Lists) -> None:
        self.dataset = dataset
        self.lists = dict(lists)

    def __hash__(self) -> int:
        return hash((id(self.dataset), *self.lists))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.dataset is other.dataset and self.lists == other.lists


def _plan(dataset: Dataset, lists: Lists) -> dict[str, pl.Expr]:
    return _compiled(_Key(dataset, lists))


@lru_cache(maxsize=64)
def _compiled(key: _Key) -> dict[str, pl.Expr]:
    return compile_rules(key.dataset, key.lists)
