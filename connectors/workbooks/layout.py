"""The required layout of a table in a file: its titles, and what is due under each."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts.invisible import trimmed
from contracts.model import Field, Kind

from ..errors import Malformed, TooLarge


@dataclass(frozen=True)
class SheetLayout:
    """The required layout of a table."""

    columns: tuple[str, ...]
    """Titles of the header, from column A, in this order and no other."""
    header_row: int = 1
    sheet: str = ""
    """Name of the sheet; empty: the only one."""
    max_rows: int = 100_000
    merged: str = "fill"
    """A value that is merged over several rows: `fill` gives it to each, `case` makes each a case."""
    anywhere: bool = False
    """Read these columns at any position, and skip all others."""
    fields: Mapping[str, Field] = field(default_factory=dict)
    """Title -> its field. Without one a title is a text."""
    keys: frozenset[str] = frozenset()
    """Titles that make the record's key, beside those whose field is one of it."""
    skipped: frozenset[str] = frozenset()
    """Titles that are known and whose cells are not read."""

    def kind(self, title: str) -> Kind:
        """What is due under a title."""
        return self.fields[title].kind if title in self.fields else Kind.TEXT

    def is_key(self, title: str) -> bool:
        """Whether the title is part of the record's key."""
        return title in self.keys or (title in self.fields and self.fields[title].key_position is not None)

    def require_rows(self, rows: int, about: str) -> None:
        """Raises TooLarge: there are more rows than are read."""
        if rows > self.max_rows:
            raise TooLarge(f"{about}: more than {self.max_rows} rows", hint="raise max_rows, or have it split")

    def places(self, titles: Sequence[str | None], where: str) -> list[int]:
        """Positions of the columns in a row, by its header.

        Raises:
            Malformed: a shifted column would put every value into a wrong field.
        """
        found = [None if each is None else comparable_title(each) for each in titles]
        due = [comparable_title(each) for each in self.columns]
        if self.anywhere:
            if missing := [title for title, each in zip(self.columns, due, strict=True) if found.count(each) != 1]:
                raise Malformed(
                    f"{where}, row {self.header_row}: a column «{missing[0]}» was due, once",
                    hint="have the titles as declared, or declare them in the system's options",
                )
            return [found.index(each) for each in due]
        for number, expected in enumerate((*due, None)):
            here = found[number] if number < len(found) else None
            if here != expected:
                self._another_header(number, here, where)
        if any(cell is not None for cell in found[len(due) :]):
            raise Malformed(
                f"{where}: more columns than the {len(due)} declared", hint="declare them; null for one not to be taken"
            )
        return list(range(len(due)))

    def _another_header(self, number: int, here: str | None, where: str) -> None:
        wanted = f"«{self.columns[number]}»" if number < len(self.columns) else "nothing more"
        # A text that is no title of ours may be a record's: the header is missing then.
        shown = "nothing" if here is None else f"«{here}»" if here in self.columns else "another text"
        hint = "the columns must stand as declared, in this order"
        raise Malformed(
            f"{where}, cell {letters(number)}{self.header_row}: found {shown}, expected {wanted}", hint=hint
        )


def comparable_title(text: str) -> str:
    """A title in Unicode's composed form, without invisible characters at its ends."""
    return trimmed(unicodedata.normalize("NFC", text))


def letters(number: int) -> str:
    """Column 0 is A, 26 is AA."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
