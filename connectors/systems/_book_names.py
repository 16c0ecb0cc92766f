"""How books in files are named, and the key of an entry that follows from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import polars as pl

from contracts.invisible import trimmed

from .. import options
from ..files.folder_state import WantedFiles
from ..files.manifests import is_manifest
from ..files.names import comparable, suffix_of
from ..interface import System

KEY = ("noiDangKy", "quyenSo", "so")
"""Fields that, with the kind of book, name an entry (natural key: kind, place, book, number)."""
FORMS = (".xlsx", ".zip")
"""A book's workbook, and its scans."""
_WORD, _NUMBER = "[^.]+", "[0-9][^.]*"


class Names:
    """The file names and keys of a system's books, by its options."""

    def __init__(self, system: System) -> None:
        kinds = system.options.get("kinds")
        if (
            not isinstance(kinds, Mapping)
            or not kinds
            or not all(isinstance(mark, str) and mark.isalnum() for mark in kinds.values())
        ):
            hint = "kinds: {birth: KS, death: KT, marriage: KH, recognition: CMC}"
            raise options.wrong(system, "kinds", "the option kinds must map contracts to marks", hint=hint)
        self.kinds: Mapping[str, str] = dict(kinds)
        day = options.day(system, "units_from")
        if day is None:
            hint = "the day since which the unit codes mean what they mean; keys contain it"
            raise options.wrong(system, "units_from", "the option units_from is missing", hint=hint)
        self._units = day.isoformat()
        titles = system.options.get("titles", {})
        if (
            not isinstance(titles, Mapping)
            or not set(titles) <= set(self.kinds)
            or not all(isinstance(each, Mapping) for each in titles.values())
        ):
            raise options.wrong(
                system,
                "titles",
                "the option titles must map contracts of kinds to field and title",
                hint="titles: {birth: {so: Số}}",
            )
        self._titles: Mapping[str, Mapping[str, object]] = titles
        self._book = _pattern(system, "book_name", ("loai", "noiDangKy", "quyenSo"))
        self._scan = _pattern(system, "scan_name", ("so",))

    def titles(self, contract: str, fields: Iterable[str]) -> tuple[str, ...]:
        """The header's titles for some of a contract's fields."""
        own = self._titles.get(contract, {})
        return tuple(str(own.get(each, each)) for each in fields)

    def titled(self, contract: str) -> frozenset[str]:
        """The fields of a contract for which a title is declared."""
        return frozenset(map(str, self._titles.get(contract, {})))

    def kind(self, name: str) -> str:
        """The mark of the book that a file is of."""
        book = self._book.fullmatch(name.rpartition(".")[0])
        assert book is not None, "only files of books are asked about"
        return book["loai"]

    def wanted(self, kinds: tuple[str, ...]) -> WantedFiles:
        """The files of books of these kinds."""
        return WantedFiles(lambda name: self.together(name, kinds), lambda name: self.another_form(name, kinds))

    def together(self, name: str, kinds: Iterable[str]) -> tuple[str, ...]:
        """Workbook and ZIP of the book that a file belongs to; nothing when it is of none of these kinds."""
        stem = name.rpartition(".")[0]
        book = self._book.fullmatch(stem) if suffix_of(name) in FORMS else None
        return tuple(f"{stem}{suffix}" for suffix in FORMS) if book and book["loai"] in kinds else ()

    def another_form(self, name: str, kinds: Iterable[str]) -> str:
        """The forms that are read, if a file is named as a book of these kinds and has none of them."""
        if is_manifest(name) or self.together(name, kinds):
            return ""
        stems = (stem := name.rpartition(".")[0], stem.rpartition(".")[0], name)
        books = [book for stem in stems if (book := self._book.fullmatch(stem))]
        return ", ".join(FORMS) if any(book["loai"] in kinds for book in books) else ""

    def entry(self, kind: str, place: str, book: str, number: str) -> str:
        """The key of an entry."""
        return f"{kind}|{place}@{self._units}|{book}|{number}"

    def entry_of_scan(self, book_file: str, member: str) -> str | None:
        """The key of the entry that a scan is of, by both names; None when they do not say."""
        book = self._book.fullmatch(book_file.rpartition(".")[0])
        scan = self._scan.fullmatch(comparable(member))
        if book is None or scan is None:
            return None
        return self.entry(
            book["loai"], book["noiDangKy"], book["quyenSo"].replace("-", "/"), scan["so"].replace("-", "/")
        )

    def ids(self, kind: str, rows: pl.DataFrame) -> list[str | None]:
        """The keys of a book's rows; null where a part of it is missing: the contract refuses such a row."""
        keys = ([trimmed(part or "") for part in parts] for parts in rows.select(KEY).rows())
        return [self.entry(kind, *parts) if all(parts) else None for parts in keys]


def _pattern(system: System, option: str, parts: tuple[str, ...]) -> re.Pattern[str]:
    """A template of names as a pattern: each {part} holds no dot, and a number begins with a digit."""
    template = comparable(options.text(system, option)) if option == "scan_name" else options.text(system, option)
    pieces = re.split(r"\{(\w+)\}", template)
    if tuple(sorted(pieces[1::2])) != tuple(sorted(parts)):
        raise options.wrong(system, option, f"{option} must hold each of {', '.join(f'{{{p}}}' for p in parts)} once")
    return re.compile(
        "".join(
            f"(?P<{piece}>{_NUMBER if piece == 'so' else _WORD})" if number % 2 else re.escape(piece)
            for number, piece in enumerate(pieces)
        )
    )
