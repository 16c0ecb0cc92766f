"""From validated rows to a committed stage table: keys, versions, fingerprints, encryption, then one COPY."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from contracts.invisible import IN_KEYS
from contracts.model import Dataset, Field
from contracts.refused import RAW, REFUSED
from hub.core.crypto import Keys
from hub.core.database import errors_without_values
from hub.core.errors import StageLost
from hub.load.warehouse import SEEN, lookup_column, stage_columns
from quality.values.cells import all_null as silent_columns

SLICE = 5_000
"""Rows turned into lines at a time: bounds the memory of a COPY."""

ODD = "_odd"
"""Column of a staged frame and of no table: whether a text of the row may have a character of `_ESCAPED`."""
_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
"""Characters that mean something in a line of COPY's text format. Few rows have one: the others are not searched."""
_AN_ESCAPED, _NULL = r"[\\\t\n\r\x00]", "\\N"

SEPARATOR = "\x1f"
"""Separates the values of a content text (ASCII: unit separator)."""

REPLACEMENT = "\ufffd".encode()

NO_KEY = "record.key"
"""The rule that a record breaks, where no rule of the contract refused it, if it has no key or version, or if its key
holds a character that nobody sees (`contracts.invisible`): two keys that look alike must be one."""


def staged_frame(dataset: Dataset, judged: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    """The rows of a stage table, with its columns in its order, and `ODD`.

    Counters are integers, all else is text, bytes as hex digits.

    `judged` is a `Judgement.frame` with the columns `_landing` and `_row`, `_seen` where unchanged records are skipped,
    and `_refused` and `_raw` where a record could not be read.
    """
    parent_key = key_of(dataset, dataset.parent_key) if dataset.parent else pl.lit(None, pl.String)
    version = next(f.column for f in dataset.fields if f.name == dataset.version_field)
    frame = judged.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_record"),
        key_of(dataset).alias("_key"),
        parent_key.alias("_parent"),
        pl.when(_is_moment(judged[version])).then(pl.col(version)).alias("_version"),
    ).with_columns(
        pl.when(pl.col("_broken").is_null() & (_unkeyed(pl.col("_key")) | pl.col("_version").is_null()))
        .then(pl.lit(NO_KEY))
        .otherwise(pl.col("_broken"))
        .alias("_broken")
    )
    silent = silent_columns(frame)
    if SEEN not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias(SEEN))
    content = _content(dataset, frame, silent)
    contents = content.str.strip_chars_end(SEPARATOR).cast(pl.Binary).to_list()
    odd = content.str.contains(_AN_ESCAPED)
    for field in dataset.fields:
        if field.transport and field.column not in silent:
            odd |= frame[field.column].str.contains(_AN_ESCAPED).fill_null(False)
    if REFUSED in frame.columns:
        odd |= frame[REFUSED].is_not_null()
        for at in frame[REFUSED].is_not_null().arg_true():
            contents[at] = SEPARATOR.encode() + (frame[RAW][at] or b"")
    else:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(REFUSED))
    extra = [odd.alias(ODD), pl.Series("_hash", keys.fingerprints(contents), dtype=pl.String)]
    for field in dataset.fields:
        if field.identity:
            extra.append(_lookups(frame[field.column], lookup_column(field), keys))
        if field.classification.encrypted and field.column not in silent:
            extra.append(_sealed(frame[field.column], dataset, field, keys))
    return frame.with_columns(extra).select([*stage_columns(dataset), ODD])


@dataclass(frozen=True)
class Rows:
    """Rows in the form that COPY reads: its text format."""

    columns: Sequence[str]
    lines: Iterable[bytes]
    """Rendered while they are sent, or earlier; many in each."""


def rows_of(frame: pl.DataFrame, columns: Mapping[str, str], end: str = "\n") -> Rows:
    """Rows of a staged frame for the columns (name -> type) that frame and table share; `end` ends each line."""
    silent = silent_columns(frame)  # a column that is not copied is null anyway
    held = [name for name in frame.columns if name in columns and name not in silent]
    texts = {name: pl.col(name) for name in held}
    values = {n: pl.lit("\\\\x") + text if columns[n].startswith("bytea") else text for n, text in texts.items()}
    if not frame[ODD].any():
        return Rows(held, _rendered(frame, values, end))
    escaped = {n: pl.col(n).str.replace_many(_ESCAPED) for n in held if frame.schema[n] == pl.String}
    escaped = {n: values[n] if columns[n].startswith("bytea") else escaped.get(n, values[n]) for n in held}
    plain, odd = frame.filter(~pl.col(ODD)), frame.filter(ODD)
    return Rows(held, itertools.chain(_rendered(plain, values, end), _rendered(odd, escaped, end)))


def escaped_rows(frame: pl.DataFrame) -> Rows:
    """All rows and columns of a frame of texts, each text escaped."""
    values = {n: pl.col(n).str.replace_many(_ESCAPED) for n in frame.columns}
    return Rows(frame.columns, _rendered(frame, values, "\n"))


def _rendered(frame: pl.DataFrame, values: Mapping[str, pl.Expr], end: str) -> Iterator[bytes]:
    for part in frame.iter_slices(SLICE):
        buffer = io.BytesIO()
        part.select(value.alias(name) for name, value in values.items()).write_csv(
            buffer, include_header=False, separator="\t", quote_style="never", null_value=_NULL, line_terminator=end
        )
        yield buffer.getvalue()


def copy_to_stage(connection: sa.Connection, name: str, columns: Mapping[str, str], frame: pl.DataFrame) -> None:
    """Create a stage table, or replace it, and COPY a frame into the columns that both have. The caller commits."""
    table = f"stage.{connection.dialect.identifier_preparer.quote(name)}"
    drop_stage(connection, [name])
    connection.execute(create("unlogged table", table, columns))  # a crash empties it; it is rebuilt from the landing
    copy_into(connection, table, rows_of(frame, columns))


def require_staged(connection: sa.Connection, names: Mapping[str, str], rows: Mapping[str, int]) -> None:
    """Check that the stage tables (dataset -> name) have rows where rows were staged: a crash empties them all.

    Raises:
        StageLost: one of them is empty.
    """
    quote = connection.dialect.identifier_preparer.quote
    filled = [names[dataset] for dataset, number in rows.items() if number]
    if not filled:
        return
    asked = " and ".join(f"exists (select from stage.{quote(name)})" for name in filled)
    if not connection.scalar(sa.text(f"select {asked}")):
        raise StageLost(
            "A crash of the database emptied the stage of a batch; nothing of it was merged",
            hint="sync again: the batch is staged again from its landed bytes",
        )


def create(kind: str, table: str, columns: Mapping[str, str], more: str = "") -> sa.TextClause:
    """The statement that creates a table with these columns (name -> type)."""
    listed = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
    return sa.text(f"create {kind} {table} ({listed}) {more}")


def copy_into(connection: sa.Connection, table: str, rows: Rows) -> int:
    """COPY rows into a table; returns how many the database stored."""
    listed = ", ".join(f'"{name}"' for name in rows.columns)
    driver = connection.connection.driver_connection
    assert driver is not None
    with errors_without_values(), driver.cursor() as cursor:
        with cursor.copy(f"copy {table} ({listed}) from stdin") as copy:
            for lines in rows.lines:
                # PostgreSQL text has no NUL; such a record is quarantined, and its landed bytes keep it as received.
                copy.write(lines if b"\x00" not in lines else lines.replace(b"\x00", REPLACEMENT))
        return int(cursor.rowcount)


def drop_stage(connection: sa.Connection, names: Sequence[str]) -> None:
    """Drop stage tables by name, where they exist."""
    quote = connection.dialect.identifier_preparer.quote
    if names:
        connection.execute(sa.text(f"drop table if exists {', '.join(f'stage.{quote(name)}' for name in names)}"))


def key_of(dataset: Dataset, names: Sequence[str] = ()) -> pl.Expr:
    """The record's key as text, or that of the record which owns it by the `names` of its key; null when a part is
    missing.

    `|` joins, and is escaped inside a part.
    """
    parts = [pl.col(dataset.by_name[name].column) for name in names] or [pl.col(f.column) for f in dataset.key]
    if len(parts) == 1:
        return parts[0]
    return pl.concat_str([p.str.replace_all("|", "%7C", literal=True) for p in parts], separator="|")


def _unkeyed(key: pl.Expr) -> pl.Expr:
    return key.is_null() | key.str.contains(IN_KEYS)


def _is_moment(texts: pl.Series) -> pl.Series:
    """Which canonical texts are times. Nearly all are whole seconds: these are parsed first, at a third of the cost."""
    known = texts.str.to_datetime("%Y-%m-%dT%H:%M:%S+00:00", strict=False).is_not_null()
    left = (~known & texts.is_not_null()).arg_true()
    if left.is_empty():
        return known
    return known.scatter(
        left, texts.gather(left).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_zone="UTC").is_not_null()
    )


def _content(dataset: Dataset, frame: pl.DataFrame, silent: frozenset[str]) -> pl.Series:
    """Content of each record, without transport fields.

    Null equals empty, and trailing separators are cut before it is hashed: a field added at the end of a contract
    does not make every stored record look changed.
    """
    parts: list[pl.Expr] = []
    before = ""  # separators before the next value
    for column in (f.column for f in dataset.fields if not f.transport):
        if column not in silent:
            parts += [pl.lit(before)] if before else []
            parts.append(pl.col(column).fill_null(""))
            before = ""
        before += SEPARATOR
    if not parts:
        return pl.repeat("", frame.height, eager=True)
    return frame.select(pl.concat_str(parts)).to_series()


def _lookups(values: pl.Series, name: str, keys: Keys) -> pl.Series:
    return (
        pl.Series(name, keys.lookups(values.cast(pl.Binary).to_list()), dtype=pl.Binary).bin.head(16).bin.encode("hex")
    )


def _sealed(values: pl.Series, dataset: Dataset, field: Field, keys: Keys) -> pl.Series:
    place = f"{dataset.table}.{field.column}".encode()
    sealed = [None if v is None else keys.seal(v.encode(), place).hex() for v in values.to_list()]
    return pl.Series(field.column, sealed, dtype=pl.String)
