"""Rules about a batch as a whole, by the row engine (Polars): row count, null share, share of a value.

They are cheap, so that every batch is checked before its merge, with its unchanged records: a share counts all rows as
received. The declared suite (`suite.py`) counts the same in SQL and shares no code with this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

import polars as pl

from contracts.invisible import AT_ENDS
from contracts.model import Dataset, Field, Rule
from quality.errors import FrameMismatch, NoEngine
from quality.values import cells

BatchEngine: TypeAlias = "Callable[[Dataset, Rule, pl.DataFrame], bool]"  # a text: Polars is loaded when it is used


def failed(dataset: Dataset, frame: pl.DataFrame) -> tuple[str, ...]:
    """Ids of the rules about the batch that a frame does not keep, in the dataset's order.

    `frame` comes from `Source.records` and holds every record of the batch: one pl.String column for each field.
    Fields that are stored encrypted are counted too; they are plain in the frame.

    Raises:
        FrameMismatch: a rule looks at a field that the frame lacks.
        NoEngine: this engine cannot execute a kind of rule.
    """
    return tuple(rule.id for rule in dataset.dataset_rules if not _engine(rule)(dataset, rule, frame))


def _engine(rule: Rule) -> BatchEngine:
    if rule.kind not in BATCH_ENGINES:
        raise NoEngine(
            f"rule {rule.id} is of kind {rule.kind}, which the row engine cannot execute over a batch",
            hint=f"known: {', '.join(BATCH_ENGINES)}",
        )
    return BATCH_ENGINES[rule.kind]


def _row_count(dataset: Dataset, rule: Rule, frame: pl.DataFrame) -> bool:
    rows = frame.height
    return bool(rule.arguments.get("minimum", rows) <= rows <= rule.arguments.get("maximum", rows))


def _null_share(dataset: Dataset, rule: Rule, frame: pl.DataFrame) -> bool:
    received = _column(dataset, rule, frame)
    # Null and a text without anything to see are one (`contracts.checks`).
    empty = int(received.str.contains(f"^{AT_ENDS}*$").sum())
    return _within(rule, received.null_count() + empty, frame.height)


def _share(dataset: Dataset, rule: Rule, frame: pl.DataFrame) -> bool:
    # Each distinct text is read once, as the row rules read it: a share is asked of fields with few values.
    counted = _column(dataset, rule, frame).alias("text").value_counts(name="rows")
    field = dataset.by_name[rule.fields[0]]
    read = cells.read(replace(dataset, fields=(field,), rules=()), counted.select(pl.col("text").alias(field.name)))
    texts, rows = read[field.column], counted["rows"]
    same = (texts == rule.arguments["value"]).fill_null(False)
    return _within(rule, int(rows.filter(same).sum()), int(rows.filter(texts.is_not_null()).sum()))


def _within(rule: Rule, some: int, every: int) -> bool:
    said = rule.arguments
    # The bounds as they are written, not as the nearest binary numbers: a share at its bound keeps the rule.
    least, most = (Fraction(str(said.get(name, 0))) for name in ("minimum_percent", "maximum_percent"))
    return every < said["minimum_rows"] or least * every <= 100 * some <= most * every


def _column(dataset: Dataset, rule: Rule, frame: pl.DataFrame) -> pl.Series:
    field: Field = dataset.by_name[rule.fields[0]]
    if field.name not in frame.columns:
        raise FrameMismatch(f"a frame of {dataset.name} lacks the field {field.name}, which rule {rule.id} looks at")
    return frame[field.name]


BATCH_ENGINES: Mapping[str, BatchEngine] = {"row_count": _row_count, "null_share": _null_share, "share": _share}
"""Every kind of rule about a batch (`contracts.checks.DATASET_KINDS`); a test pins that none is missing.

Each says whether a frame keeps the rule.
"""
