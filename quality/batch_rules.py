"""Rules about a batch as a whole, by the row engine (Polars): row count, null share, share of a value, metrics of
the standard's library.

They are cheap, so that every batch is checked before its merge, with its unchanged records: a share counts all rows as
received. The declared suite (`suite.py`) counts the same in SQL and shares no code with this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

import polars as pl

from contracts.invisible import AT_ENDS
from contracts.model import Dataset, Rule
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
    _require(dataset, rule, frame, rule.fields[0])
    return frame[rule.fields[0]]


def _require(dataset: Dataset, rule: Rule, frame: pl.DataFrame, name: str) -> None:
    if name not in frame.columns:
        raise FrameMismatch(f"a frame of {dataset.name} lacks the field {name}, which rule {rule.id} looks at")


def _metric(dataset: Dataset, rule: Rule, frame: pl.DataFrame) -> bool:
    said, rows = rule.arguments, frame.height
    if rows < said["minimum_rows"]:
        return True
    count = rows if said["counts"] == "rows" else _counted(dataset, rule, frame)
    number = Fraction(100 * count, max(rows, 1)) if said["unit"] == "percent" else Fraction(count)
    bounds = said["value"] if isinstance(said["value"], list) else [said["value"]]
    return _COMPARED[said["compare"]](number, *(Fraction(str(each)) for each in bounds))


def _counted(dataset: Dataset, rule: Rule, frame: pl.DataFrame) -> int:
    """How many rows a metric counts. Each distinct text is read once, as the row rules read it."""
    said, fields = rule.arguments, tuple(dataset.by_name[name] for name in rule.fields)
    for name in rule.fields:
        _require(dataset, rule, frame, name)
    distinct = frame.group_by(rule.fields).len("_rows")
    read = cells.read(replace(dataset, fields=fields, rules=()), distinct)
    columns = [pl.col(field.column) for field in fields]
    match said["counts"]:
        case "missing":
            counted = columns[0].is_null() | columns[0].is_in(_texts(said["missing"]))
        case "invalid":
            fits = pl.lit(True)
            if "valid" in said:
                fits = fits & columns[0].is_in(_texts(said["valid"]))
            if "pattern" in said:
                fits = fits & columns[0].str.contains(f"(?s)^(?:{said['pattern']})$")
            counted = columns[0].is_not_null() & ~fits
        case "duplicate":
            whole = read.drop_nulls([field.column for field in fields])
            return int(whole["_rows"].sum()) - int(whole.select(pl.struct(columns).n_unique()).item())
        case unknown:
            raise NoEngine(f"rule {rule.id} counts {unknown}", hint="known: rows, missing, invalid, duplicate")
    return int(read.filter(counted)["_rows"].sum())


def _texts(values: Iterable[str]) -> pl.Expr:
    return pl.lit(pl.Series(sorted(values), dtype=pl.String).implode())


_COMPARED: Mapping[str, Callable[..., bool]] = {
    "mustBe": lambda number, value: number == value,
    "mustNotBe": lambda number, value: number != value,
    "mustBeGreaterThan": lambda number, value: number > value,
    "mustBeGreaterOrEqualTo": lambda number, value: number >= value,
    "mustBeLessThan": lambda number, value: number < value,
    "mustBeLessOrEqualTo": lambda number, value: number <= value,
    "mustBeBetween": lambda number, least, most: least <= number <= most,
    "mustNotBeBetween": lambda number, least, most: not least <= number <= most,
}
"""Threshold of the standard -> whether a number keeps it."""
BATCH_ENGINES: Mapping[str, BatchEngine] = {
    "row_count": _row_count,
    "null_share": _null_share,
    "share": _share,
    "metric": _metric,
}
"""Every kind of rule about a batch (`contracts.checks.DATASET_KINDS`); a test pins that none is missing.

Each says whether a frame keeps the rule.
"""
