"""A page of NDJSON as a frame of texts, each line read or refused by itself.

Polars reads the page. It says nothing of a field that comes twice or that nobody knows, and makes something else of
half a character or of a number that it cannot hold: so the lines that may have one are looked at first, by counting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from ..interface import RecordRefusal
from ..leaf_rows import text_frame
from ..refusals import with_refusals

_HALF = (b"\\ud", b"\\uD", b"\\u0000")
"""How half a character, or a NUL, begins."""
_NO_TEXT = re.compile(rb'":\s*[^"n\s]')
"""Begins a value that is neither a text nor null."""
_APART = re.compile(rb'"[ \t\r]+:')
_MANY_DIGITS = re.compile(rb'":\s*-?[0-9.]{17}')
_MOST_DIGITS = 17
_DEEPEST = 32


class _Unreadable(ValueError):
    """Why a line is no record; names only."""


def read(body: bytes, taken: Collection[str], known: Collection[str], where: str) -> pl.DataFrame:
    """A row for each line that has anything; `known` are the fields that may come, `taken` those that are wanted.

    Of the columns `taken`, those that no line has may be missing.
    """
    lines = _lines(body)
    if (frame := _alike(body, lines, taken, known)) is not None:
        return with_refusals(frame, {})
    refused: dict[int, RecordRefusal] = {}
    try:
        doubtful = _doubtful(body, lines, known)
        refused = {at: fault for at in doubtful if (fault := _fault(lines[at], taken, known)) is not None}
        kept = [line for at, line in enumerate(lines) if at not in refused]
        frame = _frame(kept, taken) if refused else _read(body, len(lines), taken)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        refused = {at: fault for at, line in enumerate(lines) if (fault := _fault(line, taken, known)) is not None}
        refused |= {at: _beyond(lines[at]) for at in _unreadable(lines, taken, [*range(len(lines))], refused)}
        frame = _frame([line for at, line in enumerate(lines) if at not in refused], taken)
    placed = {at: replace(each, place=f"{where}, line {at + 1} of the page") for at, each in sorted(refused.items())}
    return _with(frame, taken, placed, len(lines))


def records_in(body: bytes) -> int:
    """How many records a page has, without reading them: the rows that `read` gives."""
    return len(_lines(body))


def _alike(body: bytes, lines: Sequence[bytes], taken: Collection[str], known: Collection[str]) -> pl.DataFrame | None:
    """The frame of a page whose lines all have the fields of the first, each once; None: another page, or a doubt."""
    try:
        first = json.loads(lines[0]) if lines else None
    except (ValueError, RecursionError):
        return None
    if (
        not isinstance(first, dict)
        or any(name not in known for name in first)
        or not any(name in taken for name in first)
    ):
        return None
    # Each look passes over the whole page: a single byte is found fastest.
    plain = b"\\" not in body and b"[" not in body
    if not plain and _is_strange(body):
        return None
    try:
        frame = _read(body, len(lines), list(first))
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return None
    absent = sum(frame.null_count().row(0))
    proven = _proven(body, lines, frame, first, known) if plain and 10 * absent <= frame.height else None
    if proven is None:
        proven = _counted(body, lines, first, absent) and not (plain and _is_strange(body))
    return frame.select(name for name in first if name in taken) if proven else None


def _proven(
    body: bytes, lines: Sequence[bytes], frame: pl.DataFrame, first: Mapping[str, object], known: Collection[str]
) -> bool | None:
    """Whether each line has each field of the first once, as a text or null, and nothing else; None: counts cannot say.

    Lines with a null are looked at by themselves. Of the others each field is in the frame, so it came at least once.
    Without a backslash a quote begins or ends a text, and `":"` stands between a field and its text, or between two
    within a nested object. As many of these as there are fields, and four quotes for each of them, leave none for
    another field, nor for one that comes again: each has two quotes at least.
    """
    joints, quotes, whole = body.count(b'":"'), body.count(b'"'), len(lines)
    for at in frame.select(pl.any_horizontal(pl.all().is_null())).to_series().arg_true():
        line = lines[at]
        if _fault(line, first, known) is not None or json.loads(line).keys() - first.keys():
            return False
        joints, quotes, whole = joints - line.count(b'":"'), quotes - line.count(b'"'), whole - 1
    texts = len(first) * whole
    return True if joints == texts and quotes == 4 * texts else None


def _counted(body: bytes, lines: Sequence[bytes], first: Mapping[str, object], absent: int) -> bool:
    """Whether there are as many fields as the first line has, times the lines, and a null for each that is absent.

    Fields are counted by `":`, so nothing may stand within it, and no text may have one.
    """
    if body.count(b'":') != len(first) * len(lines) or _APART.search(body) or b'\\":' in body:
        return False
    return not absent or body.count(b'":null') == absent


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
    if not lines[-1]:
        lines.pop()
    return lines if all(map(bytes.strip, lines)) else [line for line in lines if line.strip()]


def _with(frame: pl.DataFrame, taken: Collection[str], refused: dict[int, RecordRefusal], height: int) -> pl.DataFrame:
    """The frame with a row for each refused record in its place."""
    if not refused:
        return with_refusals(frame, {})
    held = text_frame(list(taken), [tuple(each.known.get(name) for name in taken) for each in refused.values()])
    places = [at for at in range(height) if at not in refused]
    numbered = [
        part.with_columns(pl.Series("_at", at, dtype=pl.Int64)) for part, at in ((frame, places), (held, [*refused]))
    ]
    return with_refusals(pl.concat(numbered).sort("_at").drop("_at"), refused)


def _doubtful(body: bytes, lines: Sequence[bytes], known: Collection[str]) -> Sequence[int]:
    """Lines that have another number of fields than of known ones, or a value that may be read as another.

    Raises what Polars has against the page.
    """
    if _is_strange(body):
        return range(len(lines))
    texts = pl.Series("line", lines, dtype=pl.Binary).cast(pl.String).to_frame()
    marks = [pl.col("line").str.count_matches(each, literal=True) for each in ('":', '":null')]
    came = texts.select(marks[0] - marks[1]).to_series()
    read = _read(body, len(lines), known).select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    return (came != read).arg_true().to_list()


def _is_strange(body: bytes) -> bool:
    """Whether a page may hold half a character, a NUL, or a number that Polars cannot hold."""
    # A page of texts has no numbers.
    escaped = b"\\" in body and any(each in body for each in _HALF)
    return escaped or (_NO_TEXT.search(body) is not None and _MANY_DIGITS.search(body) is not None)


def _fault(line: bytes, taken: Collection[str], known: Collection[str]) -> RecordRefusal | None:
    """Why a line is no record, with what of it is sure."""
    held: dict[str, object] = {}
    try:
        _look_at(line, known, held)
    except _Unreadable as reason:
        sure = {name: value for name in taken if isinstance(value := held.get(name), str) and value}
        sure = {name: value for name, value in sure.items() if not _has_half(value)}
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
        if isinstance(value, str) and ("\0" in value or _has_half(value)):
            held.pop(name)
            raise _Unreadable(f"half a character, or a NUL, in {name}")


def _has_half(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


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
