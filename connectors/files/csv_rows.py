"""The rows of a CSV (RFC 4180), each read or refused by itself.

A row ends at the first line end outside quotes. Where the quotes of a row do not end, or stand inside a value, its
first line alone is refused, and the reading goes on with the next line: one forgotten quote does not swallow the rows
behind it. (A quote in the middle of a value that does not begin with one is an ordinary character.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import Malformed

LONGEST = 131_072
"""Characters of one value."""
_MOST_QUOTED = 1 << 18
"""Characters of a row with line ends in its quotes."""
_LINE_END = re.compile(r"\r\n|\r|\n|\Z")
_NOT_OF_IT = re.compile("[\ud800-\udfff]")
_BYTE_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class CsvRow:
    """One row: its values, or why it has none."""

    line: int
    """Its first line, from 1."""
    values: tuple[str, ...]
    raw: str
    """As it stands, without its line end; bytes that are not of the encoding are surrogates."""
    fault: str = ""

    def content(self, encoding: str) -> bytes:
        """The row as received."""
        return self.raw.encode(encoding, "surrogateescape")


def decoded(body: bytes, about: str, encoding: str) -> str:
    """The text of a CSV. A byte that is not of the encoding is a surrogate, and refuses its row.

    Raises:
        Malformed: the file has another encoding, or cannot be cut into characters.
    """
    hint = "declare the encoding that it has"
    for mark, other in _BYTE_MARKS:
        if body.startswith(mark) and not encoding.lower().replace("_", "-").startswith("utf-16"):
            raise Malformed(f"{about}: it begins as {other}, not as {encoding}", hint=hint)
    try:
        return body.decode(encoding, "surrogateescape").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Malformed(f"{about}: byte {error.start + 1} is not {encoding}", hint=hint) from None


def csv_rows(text: str, delimiter: str) -> Iterator[CsvRow]:
    """The rows of a CSV, in order; a line without anything is a row of one empty value."""
    quoted = _pattern(delimiter)
    at, line = 0, 1
    while at < len(text):
        end = _LINE_END.search(text, at)
        assert end is not None  # \Z
        raw, after, lines = text[at : end.start()], end.end(), 1
        fault, values = "", tuple(raw.split(delimiter))
        if '"' in raw:
            match = quoted.match(text, at, at + _MOST_QUOTED)
            whole = match is not None and (match.end() == len(text) or text[match.end()] in "\r\n")
            if match is not None and whole:
                raw = match[0]
                values = tuple(_values(raw, delimiter))
                end = _LINE_END.match(text, match.end())
                assert end is not None  # it was seen above
                after = end.end()
                lines += len(re.findall(r"\r\n|\r|\n", raw))
            else:
                values, fault = (), "quotes that do not end, or stand inside a value"
        yield CsvRow(line, values, raw, fault or _fault(raw, values))
        at, line = after, line + lines


def _fault(raw: str, values: tuple[str, ...]) -> str:
    """Why a row whose values can be cut has none that can be believed."""
    if len(raw) <= LONGEST and "\0" not in raw and (raw.isascii() or not _NOT_OF_IT.search(raw)):
        return ""
    for number, value in enumerate(values, 1):
        if _NOT_OF_IT.search(value):
            return f"value {number} holds bytes that are not of the declared encoding"
        if "\0" in value:
            return f"value {number} holds a NUL"
        if len(value) > LONGEST:
            return f"value {number} has more than {LONGEST} characters"
    return ""


def _pattern(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    value = rf'(?:"(?:[^"]++|"")*+"|(?!")[^{mark}\r\n]*+)'
    return re.compile(rf"{value}(?:{mark}{value})*+")


def _values(row: str, delimiter: str) -> Iterator[str]:
    at = 0
    while True:
        if row.startswith('"', at):
            stop = at + 1
            while True:
                stop = row.index('"', stop)
                if not row.startswith('"', stop + 1):
                    break
                stop += 2
            yield row[at + 1 : stop].replace('""', '"')
            stop += 1
        else:
            stop = row.find(delimiter, at)
            stop = len(row) if stop < 0 else stop
            yield row[at:stop]
        if stop >= len(row):
            return
        at = stop + 1
        if at == len(row):
            yield ""
            return
