"""The scans of digitised books: a ZIP beside each workbook, a record for each scan in it."""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import polars as pl

from contracts.errors import DeploymentInvalid
from contracts.model import Contract

from .. import options
from ..files import file_source
from ..files.archive import Archive, ArchiveLimits, Member
from ..files.file_source import ZIP
from ..files.inbox import Delivery, cut_for_good
from ..files.names import of_a_program
from ..interface import Page, Probe, RecordRefusal, Source, System, Window
from ..key_pages import KeyPage
from ..leaf_rows import Texts
from ..refusals import record_frame
from ..workbooks.workbook import SheetLayout, read_xlsx
from ._book_names import KEY, Names

SCAN = ("id", "hoSo", "goi", "tep", "sha256", "kichThuoc", "ngayCapNhat")


class ScanFiles(Source):
    """The scans of all books in a store: a page is a ZIP, a record is a scan in it."""

    def __init__(self, system: System, contract: Contract, names: Names) -> None:
        self._dataset = file_source.only_dataset(system, contract)
        if tuple(field.name for field in self._dataset.fields) != SCAN:
            raise DeploymentInvalid(f"{system.id}: the contract {contract.name} must have the fields {', '.join(SCAN)}")
        self._system, self._names, self._caps = system, names, options.limits(system, ArchiveLimits)
        self._sheets = {
            mark: SheetLayout(
                titles := names.titles(name, KEY), *file_source.layout(system), True, {}, frozenset(titles)
            )
            for name, mark in names.kinds.items()
        }
        self._code_page = options.text(system, "archive_names", "cp437")
        try:
            codecs.lookup(self._code_page)
        except LookupError:
            raise options.wrong(system, "archive_names", f"no encoding {self._code_page} is known") from None
        self._contract, self._newest = contract, file_source.newest_is_all(system)
        self._inbox = file_source.inbox(system, names.wanted(tuple(names.kinds.values())))

    def pages(self, window: Window) -> Iterator[Page]:
        """One page for the ZIP of each complete book, oldest first."""
        yield from self._inbox.pages(window, self._system.now(), self._page)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        _, name, changed = file_source.stamp(media_type, ZIP)
        strays = file_source.strays(media_type)
        members = self._members(body, name)
        entries = self._entries(name, members)
        rows = [
            self._record(name, each, None if number in strays else entries[number - 1], changed)
            for number, each in enumerate(members, 1)
        ]
        return {self._dataset.name: record_frame(SCAN, rows)}

    def listing(self) -> Iterator[KeyPage] | None:
        return file_source.listing(self, self._contract, self._inbox, self._page, self._newest)

    def check(self) -> Iterable[Probe]:
        yield from file_source.probes(self._system, self._inbox, self._sample)

    def close(self) -> None:
        self._inbox.close()

    def _page(self, each: Delivery) -> Generator[Page]:
        book, scans = each.files
        body, rows = self._inbox.read(scans), self._inbox.read(book)
        with cut_for_good(scans):
            archive = self._archive(body, scans.name)
            members = list(archive.members(without=of_a_program))  # each inflated once, against its checksum
        with cut_for_good(book):
            entered = self._entered(rows, book.name)
        entries = self._entries(scans.name, members)
        strays = [number for number, key in enumerate(entries, 1) if key is not None and key not in entered]
        scanned = {key or f"{scans.name}|{member.name}" for key, member in zip(entries, members, strict=True)}
        refused = dict.fromkeys(sorted(entered - scanned), "entry-without-scan") | dict.fromkeys(
            sorted(scanned - entered), "scan-without-entry"
        )
        aside = len(archive.names) - len(members)
        left = f", {aside} of a packing program left aside" if aside else ""
        media = file_source.stamped(ZIP, scans.name, each.changed, strays)
        yield Page(body, media, len(members), f"{scans.name} ({scans.size} bytes{left})", None, refused)

    def _archive(self, body: bytes, name: str) -> Archive:
        return Archive(body, name, self._caps, names=self._code_page)

    def _members(self, body: bytes, name: str) -> list[Member]:
        return list(self._archive(body, name).members(without=of_a_program))

    def _entries(self, name: str, members: Sequence[Member]) -> list[str | None]:
        """The key of the entry that each scan names; one folder around all of them is looked through."""
        paths = [each.name.split("/") for each in members]
        around = 0
        while paths and all(len(path) > around + 1 and path[around] == paths[0][around] for path in paths):
            around += 1
        return [self._names.entry_of_scan(name, "/".join(path[around:])) for path in paths]

    def _record(self, name: str, each: Member, entry: str | None, changed: datetime) -> Texts | RecordRefusal:
        texts = (
            f"{name}|{each.name}",
            entry,
            name,
            each.name,
            each.sha256 or None,
            str(each.size),
            changed.isoformat(),
        )
        if each.sha256:
            return texts
        known = {field: text for field, text in zip(SCAN, texts, strict=True) if text is not None}
        clause = "its bytes differ from their checksum: have the archive packed anew"
        return RecordRefusal(each.name.encode(), f"{name}, {each.name}", clause, known)

    def _entered(self, book: bytes, name: str) -> set[str]:
        """The keys of a book's entries. The register's stream validates the rows; here the key's columns are enough."""
        kind = self._names.kind(name)
        titles = dict(zip(self._sheets[kind].columns, KEY, strict=True))
        rows = read_xlsx(book, name, self._sheets[kind], self._caps).rename(titles)
        return {key for key in self._names.ids(kind, rows) if key is not None}

    def _sample(self, newest: Delivery) -> str:
        members = self._members(self._inbox.read(newest.files[1]), newest.files[1].name)
        return f"{newest.files[1].name}: {len(members)} scans, {sum(each.size for each in members)} bytes"
