"""A page of NDJSON as a frame of texts, each line read or refused by itself.

Polars reads the page. It says nothing of a field that comes twice or that nobody knows, and makes something else of
half a character or of a number that it cannot hold: so the lines that may have one are looked at first, by counting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import polars as pl

from .interface import RecordRefusal
from .leaf_rows import text_frame
from .refusals import with_refusals

_HALF = (b"\\ud", b"\\uD", b"\\u0000")
"""How half a character, or a NUL, begins."""
_NO_TEXT = re.compile(rb'":\s*[^"n\s]')
"""Begins a value that is neither a text nor null."""
_MANY_DIGITS = re.compile(rb'":\s*-?[0-9.]{17}')
_MOST_DIGITS = 17
_DEEPEST = 32


class _Unreadable(ValueError):
    """Why a line is no record; names only."""


def read(body: bytes, taken: Collection[str], known: Collection[str], where: str) -> pl.DataFrame:
    """A row for each line that has anything, with the columns `taken`; `known` are the fields that may come."""
    lines = _lines(body)
    doubtful = _doubtful(body, lines, known)
    refused: dict[int, RecordRefusal] = {}
    if doubtful is not None:
        refused = {at: fault for at in doubtful if (fault := _fault(lines[at], taken, known)) is not None}
    try:
        kept = [line for at, line in enumerate(lines) if at not in refused]
        frame = _frame(kept, taken) if refused else _read(body, len(lines), taken)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        refused = {at: fault for at, line in enumerate(lines) if (fault := _fault(line, taken, known)) is not None}
        refused |= {at: _beyond(lines[at]) for at in _unreadable(lines, taken, [*range(len(lines))], refused)}
        frame = _frame([line for at, line in enumerate(lines) if at not in refused], taken)
    placed = {at: replace(each, place=f"{where}, line {at + 1} of the page") for at, each in sorted(refused.items())}
    return _with(frame, taken, placed, len(lines)) if placed else frame


def _frame(lines: Sequence[bytes], taken: Collection[str]) -> pl.DataFrame:
    if not lines:
        return text_frame(list(taken), [])
    return _read(b"\n".join(lines), len(lines), taken)


def _read(body: bytes, records: int, taken: Collection[str]) -> pl.DataFrame:
    frame = pl.read_ndjson(body, schema=dict.fromkeys(taken, pl.String))
    if frame.height != records:
        raise pl.exceptions.ComputeError("another number of records than lines")
    return frame


def _lines(body: bytes) -> list[bytes]:
    """The lines that have anything."""
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines if all(map(bytes.strip, lines)) else [line for line in lines if line.strip()]


def _with(frame: pl.DataFrame, taken: Collection[str], refused: dict[int, RecordRefusal], height: int) -> pl.DataFrame:
    """The frame with a row for each refused record in its place."""
    held = text_frame(list(taken), [tuple(each.known.get(name) for name in taken) for each in refused.values()])
    places = [at for at in range(height) if at not in refused]
    numbered = [
        part.with_columns(pl.Series("_at", at, dtype=pl.Int64)) for part, at in ((frame, places), (held, [*refused]))
    ]
    return with_refusals(pl.concat(numbered).sort("_at").drop("_at"), refused)


def _doubtful(body: bytes, lines: Sequence[bytes], known: Collection[str]) -> list[int] | None:
    """Lines that have more or fewer fields than the first, or a value that is read as another; None: no line is."""
    try:
        first = json.loads(lines[0]) if lines else {}
        usual = len(first) if isinstance(first, dict) and all(name in known for name in first) else -1
        # Each look passes over the whole page: a single byte is found fastest, and a page of texts has no numbers.
        escaped = b"\\" in body and any(each in body for each in _HALF)
        strange = escaped or (_NO_TEXT.search(body) is not None and _MANY_DIGITS.search(body) is not None)
    except (ValueError, RecursionError):
        return [*range(len(lines))]
    if not strange and body.count(b'":') == usual * len(lines):
        return None
    if strange:
        return [*range(len(lines))]
    return [at for at, line in enumerate(lines) if line.count(b'":') != usual]


def _fault(line: bytes, taken: Collection[str], known: Collection[str]) -> RecordRefusal | None:
    """Why a line is no record, with what of it is sure."""
    held: dict[str, object] = {}
    try:
        _look_at(line, known, held)
    except _Unreadable as reason:
        sure = {name: value for name in taken if isinstance(value := held.get(name), str) and value}
        return RecordRefusal(line, "", str(reason), sure)
    return None


def _look_at(line: bytes, known: Collection[str], held: dict[str, object]) -> None:
    if max(line.count(b"["), line.count(b"{")) > _DEEPEST and _deepest(line) > _DEEPEST:
        raise _Unreadable(f"nested more than {_DEEPEST} deep")
    twice: list[str] = []

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        names = [name for name, _ in pairs]
        twice.extend(name for name in made if len(made) != len(names) and names.count(name) > 1)
        return made

    try:
        record = json.loads(
            line.decode(), object_pairs_hook=once, parse_constant=_no_number, parse_int=_whole, parse_float=_fraction
        )
    except UnicodeDecodeError:
        raise _Unreadable("bytes that are no UTF-8") from None
    except _Unreadable:
        raise
    except (ValueError, RecursionError):
        raise _Unreadable("no JSON object") from None
    if not isinstance(record, dict):
        raise _Unreadable("no JSON object")
    held.update((name, value) for name, value in record.items() if name not in twice)
    if any(each in known for each in twice):
        raise _Unreadable(f"the field {next(each for each in twice if each in known)} twice")
    if twice:
        raise _Unreadable("a field twice")
    if strange := [name for name in record if name not in known]:
        named = f" ({strange[0]})" if strange[0].isidentifier() and len(strange[0]) <= 60 else ""
        raise _Unreadable(f"a field that nobody knows{named}: declare it in columns")
    for name, value in record.items():
        if isinstance(value, str) and ("\0" in value or any("\ud800" <= char <= "\udfff" for char in value)):
            held.pop(name)
            raise _Unreadable(f"half a character, or a NUL, in {name}")


def _deepest(line: bytes) -> int:
    deep = most = 0
    for byte in line:
        if byte in b"[{":
            deep += 1
            most = max(most, deep)
        elif byte in b"]}":
            deep -= 1
    return most


def _no_number(text: str) -> None:
    raise _Unreadable("NaN or infinity, which is no JSON")


def _whole(text: str) -> str:
    if not -(2**63) <= int(text[:40]) < 2**64 or len(text) > 20:
        raise _Unreadable("a whole number that no program holds: write it as text")
    return text


def _fraction(text: str) -> str:
    digits = text.lower().partition("e")[0].replace(".", "").lstrip("-0")
    if len(digits) > _MOST_DIGITS:
        raise _Unreadable(f"a number of more than {_MOST_DIGITS} digits: write it as text")
    return text


def _beyond(line: bytes) -> RecordRefusal:
    return RecordRefusal(line, "", "no JSON object that can be read")


def _unreadable(
    lines: Sequence[bytes], taken: Collection[str], places: list[int], refused: dict[int, RecordRefusal]
) -> Iterator[int]:
    """Lines that Polars cannot read though they are JSON, found by halving."""
    places = [at for at in places if at not in refused]
    try:
        _frame([lines[at] for at in places], taken)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        if len(places) == 1:
            yield places[0]
            return
        middle = len(places) // 2
        yield from _unreadable(lines, taken, places[:middle], refused)
        yield from _unreadable(lines, taken, places[middle:], refused)
