"""Parses received text into the values that rules check.

Every field gives one text column: canonical if it is readable, otherwise as received, and always without invisible
characters at its ends. Dates and numbers also give hidden typed columns (`born|value`), null if unreadable, so that
each text is parsed once for any number of rules.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from contracts.checks import CONTROL_CHARACTERS, DECIMAL, INTEGER
from contracts.invisible import AT_ENDS
from contracts.model import Dataset, Field, Kind
from quality.errors import FrameMismatch
from quality.values import partial_dates, timestamps
from quality.values.vietnamese import NOT_SURELY_NFC, nfc

_PLAIN = "[\\t\\n\\r -~\\x{A0}-" + NOT_SURELY_NFC.removeprefix("[^\\x{0000}-")
_SEEN = f"[{_PLAIN}--{AT_ENDS}]"
_AS_IT_STANDS = f"^{_SEEN}(?:{_PLAIN}*{_SEEN})?$"
"""A text that NFC cannot change, without control characters, and visible at both ends: one search for all three."""
_INVISIBLE = f"^{AT_ENDS}+|{AT_ENDS}+$"


def text(field: Field) -> pl.Expr:
    """The field's text, canonical or as received."""
    return pl.col(field.column)


def value(field: Field) -> pl.Expr:
    """The number, the time, or the first possible day of a date; null if unreadable."""
    return pl.col(f"{field.column}|value")


def span(field: Field) -> tuple[pl.Expr, pl.Expr]:
    """The first and last possible day of a date, or of a time in Vietnam."""
    if field.kind is Kind.PARTIAL_DATE:
        return value(field), pl.col(f"{field.column}|last")
    day = timestamps.day_in_vietnam(value(field))
    return day, day


def control(field: Field) -> pl.Expr:
    """Whether the text holds a control character."""
    return pl.col(f"{field.column}|control")


def unreadable(field: Field) -> pl.Expr:
    """Whether there is a text that is not of the field's kind."""
    return text(field).is_not_null() & value(field).is_null()


def all_null(frame: pl.DataFrame) -> frozenset[str]:
    """The columns without any value. Half the fields of a register are rarely filled; empty columns are skipped."""
    return frozenset(name for name, nulls in frame.null_count().row(0, named=True).items() if 0 < frame.height == nulls)


def read(dataset: Dataset, frame: pl.DataFrame) -> pl.DataFrame:
    """All cells of a frame with field names as columns; columns that begin with `_` are passed through.

    Raises:
        FrameMismatch: a field has no column, or a column has no field.
    """
    named = _named(dataset, frame)
    silent = all_null(named)
    dates = [f.column for f in dataset.fields if f.kind is Kind.PARTIAL_DATE]
    days = _usual_days(named, dates)
    # A text that is a day in the usual form has nothing to compose, and nothing invisible.
    sure = {day.name for day in days if day.null_count() == named[day.name].null_count()}
    whole = _composed(named, [f.column for f in dataset.fields], silent | sure)
    exprs: list[pl.Expr] = []
    for field in dataset.fields:
        match field.kind:
            case Kind.TIMESTAMP:
                moment = timestamps.read(whole[field.column]).alias(f"{field.column}|value")
                exprs += [
                    pl.coalesce(timestamps.render(pl.lit(moment)), pl.col(field.column)).alias(field.column),
                    pl.lit(moment),
                ]
            case Kind.INTEGER:
                exprs += _number(field.column, INTEGER, pl.Int64())
            case Kind.DECIMAL:
                exprs += _number(field.column, DECIMAL, pl.Decimal(38, 9))
            case Kind.TEXT | Kind.PARTIAL_DATE:
                pass
    return _with_dates(whole.with_columns(exprs), dates, days)


def _named(dataset: Dataset, frame: pl.DataFrame) -> pl.DataFrame:
    names = {f.name: f.column for f in dataset.fields}
    extra = [c for c in frame.columns if c.startswith("_")]
    wrong = (names.keys() - set(frame.columns)) | (set(frame.columns) - names.keys() - set(extra))
    if wrong:
        raise FrameMismatch(
            f"a frame of {dataset.name} does not have the contract's fields: {', '.join(sorted(wrong))}",
            hint="records() gives one column a field, null where the source sent nothing",
        )
    shortest = frame.select(pl.col(list(names)).str.len_bytes().min()).row(0, named=True) if names else {}
    texts = [
        (pl.when(pl.col(name) != "").then(pl.col(name)) if shortest[name] == 0 else pl.col(name)).alias(column)
        for name, column in names.items()
    ]
    return frame.select(*texts, *extra)


def _composed(frame: pl.DataFrame, columns: Sequence[str], all_null: frozenset[str]) -> pl.DataFrame:
    """The frame in NFC, without invisible characters at the ends of its texts (`contracts.invisible`); a text of
    nothing else is null. Further columns flag control characters.

    Finding the texts that need any of this is ten times cheaper than normalising all, and few do.
    """
    suspects = _suspects(frame, [c for c in columns if c not in all_null])
    clean = pl.repeat(False, frame.height, eager=True)
    done: list[pl.Series] = []
    for column in suspects:
        rows = (~frame[column].str.contains(_AS_IT_STANDS)).arg_true()
        texts = frame.select(nfc(pl.col(column).gather(rows).str.replace_all(_INVISIBLE, "")))
        texts = texts.select(pl.when(pl.col(column) != "").then(pl.col(column)))
        damaged = texts.select(pl.col(column).str.contains(CONTROL_CHARACTERS).fill_null(False)).to_series()
        # PostgreSQL cannot store NUL. U+0001 replaces it in the stage and breaks the same rule.
        texts = texts.select(pl.col(column).str.replace_all("\0", "\1", literal=True))
        done.append(frame[column].scatter(rows, texts.to_series()))
        done.append(pl.repeat(False, frame.height, eager=True).scatter(rows, damaged).alias(f"{column}|control"))
    return frame.with_columns(done).hstack([clean.alias(f"{c}|control") for c in columns if c not in suspects])


def _suspects(frame: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    """The columns with a text that does not stay as it is. If a sample has many repeats, each distinct text is searched once."""
    if not columns:
        return []
    sample = frame.head(5_000)
    distinct = sample.select(pl.col(columns).n_unique()).row(0, named=True)
    looks = [
        ~(pl.col(c).unique() if 2 * distinct[c] < sample.height else pl.col(c)).str.contains(_AS_IT_STANDS).all()
        for c in columns
    ]
    return [c for c, found in frame.select(looks).row(0, named=True).items() if found]


def _usual_days(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The days in the usual form, for each column that has any value."""
    silent = all_null(frame.select(columns))
    return frame.select(partial_dates.usual(pl.col(column)) for column in columns if column not in silent)


def _with_dates(frame: pl.DataFrame, columns: Sequence[str], days: pl.DataFrame) -> pl.DataFrame:
    """Dates parsed, for all columns at once. `days`: those in the usual form; others are read where they occur."""
    frame = frame.with_columns(
        pl.lit(None, pl.Date).alias(f"{column}|{part}")
        for column in columns
        if column not in days.columns
        for part in ("value", "last")
    )
    columns = days.columns
    found = {"text": pl.DataFrame(list(map(partial_dates.canonical, days))), "first": days, "last": days}
    unread = {column: (days[column].is_null() & frame[column].is_not_null()).arg_true() for column in columns}
    unread = {column: rows for column, rows in unread.items() if len(rows)}
    if unread:
        others = pl.concat([frame[column].gather(rows).alias("text") for column, rows in unread.items()])
        read = partial_dates.read(others)
    done: list[pl.Series] = []
    for part, name in (("text", "{}"), ("first", "{}|value"), ("last", "{}|last")):
        before = 0
        for column in columns:
            values = found[part][column].alias(name.format(column))
            if column in unread:
                rows = unread[column]
                values = values.scatter(rows, read[part].slice(before, len(rows)))
                before += len(rows)
            done.append(values)
    return frame.with_columns(done)


def _number(column: str, shape: str, dtype: pl.DataType) -> list[pl.Expr]:
    """A number as plain text (no leading or trailing zeros) and as a value."""
    value = pl.when(pl.col(column).str.contains(f"^(?:{shape})$")).then(pl.col(column)).cast(dtype, strict=False)
    plain = value.cast(pl.String)
    if dtype.is_decimal():
        plain = plain.str.strip_chars_end("0").str.strip_chars_end(".")
    return [pl.coalesce(plain, pl.col(column)).alias(column), value.alias(f"{column}|value")]
