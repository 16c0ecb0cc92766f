"""Digitised books as files: a book is one workbook (.xlsx, one row for each entry) and one ZIP of scans (one file for
each).

Columns and their order follow the Ministry's import template (Công văn 1437/BTP-CNTT, 25/04/2019): the contracts'
fields without the three that only the registry has. Contractors differ in titles, file names and scan names, so the
deployment declares them:

    titles       {birth: {so: Số, ...}}: fields whose title is not their name
    kinds        {birth: KS, ...}: contract -> the book's mark in file names and keys
    book_name    "{loai}.{noiDangKy}.{quyenSo}": of both files, without their suffix
    scan_name    "{so}.pdf": of a scan in the ZIP
    units_from   the day since which the codes in noiDangKy mean what they mean: codes are reused
    archive_names  code page of names in the ZIP that are neither flagged nor UTF-8 (cp437, as the ZIP says)

In file names `-` replaces the `/` of numbers ("01/2005" -> "01-2005"). The key of an entry is
`KS|27007@2021-01-01|01/2005|12`: kind, place with its unit's day, book, number.

A register's stream reads the workbooks. The stream `scan` reads the ZIPs: one record for each scan, with name and
SHA-256; scans are never opened. Mismatches of the two are listed by code on the page of the ZIP (`Page.refused`, kept
with the landed bytes): `entry-without-scan`, `scan-without-entry`. A scan of no entry names none, so it is a case. One
folder around all scans is looked through; what packing programs leave beside them is left aside.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping

import polars as pl

from contracts.errors import ContractInvalid
from contracts.model import Contract, Dataset
from contracts.refused import RAW, REFUSED

from .. import options
from ..files import file_source
from ..files.archive import ArchiveLimits
from ..files.file_source import XLSX
from ..files.inbox import Delivery, cut_for_good
from ..interface import Page, Probe, Source, System, Window
from ..key_pages import KeyPage
from ..workbooks.workbook import SheetLayout, Table, xlsx_table
from ._book_names import KEY, Names
from ._book_scans import ScanFiles

OWN = ("id", "maDonVi", "ngayCapNhat")
"""Fields that a registry has and a book does not: derived from the key, the place and the file's time."""
_OPTIONS = file_source.OPTIONS | {"kinds", "titles", "book_name", "scan_name", "units_from", "archive_names"}


def source(system: System, contract: Contract) -> Source:
    """One kind of book in a store, or the scans of all."""
    options.check_names(system, _OPTIONS)
    names = Names(system)
    if contract.name == "scan":
        return ScanFiles(system, contract, names)
    if contract.name not in names.kinds:
        raise options.wrong(
            system,
            "kinds",
            f"the option kinds names no {contract.name}",
            hint=f"it has {', '.join(names.kinds)}, and scan goes by itself",
        )
    return BookFiles(system, contract, names)


class BookFiles(Source):
    """The books of one register: a page is a workbook."""

    def __init__(self, system: System, contract: Contract, names: Names) -> None:
        self._dataset = file_source.only_dataset(system, contract)
        _require_fields(system, contract, self._dataset)
        self._system, self._names, self._kind = system, names, names.kinds[contract.name]
        self._fields = tuple(field.name for field in self._dataset.fields if field.name not in OWN)
        titles = names.titles(contract.name, self._fields)
        by_title = {title: self._dataset.by_name[name] for title, name in zip(titles, self._fields, strict=True)}
        keys = frozenset(names.titles(contract.name, KEY))
        self._sheet = SheetLayout(titles, *file_source.layout(system), fields=by_title, keys=keys)
        if unknown := sorted(names.titled(contract.name) - set(self._fields)):
            raise ContractInvalid(
                f"{contract.path}: {system.id} has titles for what is no field of a book: {', '.join(unknown)}"
            )
        if twice := sorted({each for each in self._sheet.columns if self._sheet.columns.count(each) > 1}):
            raise options.wrong(system, "titles", f"titles gives «{twice[0]}» to two fields of {contract.name}")
        self._caps = options.limits(system, ArchiveLimits)
        self._contract, self._newest = contract, file_source.newest_is_all(system)
        self._inbox = file_source.inbox(system, names.wanted((self._kind,)))

    def pages(self, window: Window) -> Iterator[Page]:
        """One page for each complete book, oldest first."""
        yield from self._inbox.pages(window, self._system.now(), self._page)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        _, name, changed = file_source.stamp(media_type, XLSX)
        rows = self._table(body, name).frame
        own = [
            pl.Series("id", self._names.ids(self._kind, rows), dtype=pl.String),
            rows["noiDangKy"].alias("maDonVi"),
            pl.Series("ngayCapNhat", [changed.isoformat()] * rows.height, dtype=pl.String),
        ]
        fields = [field.name for field in self._dataset.fields]
        return {self._dataset.name: rows.with_columns(own).select(*fields, REFUSED, RAW)}

    def listing(self) -> Iterator[KeyPage] | None:
        return file_source.listing(self, self._contract, self._inbox, self._page, self._newest)

    def check(self) -> Iterable[Probe]:
        yield from file_source.probes(self._system, self._inbox, self._sample)

    def close(self) -> None:
        self._inbox.close()

    def _page(self, each: Delivery) -> Generator[Page]:
        file = each.files[0]
        body = self._inbox.read(file)
        with cut_for_good(file):
            table = self._table(body, each.name)
        media = file_source.stamped(XLSX, each.name, each.changed)
        yield Page(body, media, table.frame.height, table.size(each.name, file.size), None)

    def _table(self, body: bytes, name: str) -> Table:
        table = xlsx_table(body, name, self._sheet, self._caps)
        fields = dict(zip(self._sheet.columns, self._fields, strict=True))
        return Table(table.frame.rename(fields), table.blank)

    def _sample(self, newest: Delivery) -> str:
        table = self._table(self._inbox.read(newest.files[0]), newest.name)
        refused = int(table.frame[REFUSED].is_not_null().sum())
        unread = f", {refused} of which cannot be read" if refused else ""
        return f"{newest.name}: {table.frame.height} entries{unread}, the header as declared"


def _require_fields(system: System, contract: Contract, dataset: Dataset) -> None:
    if missing := [each for each in (*OWN, *KEY) if each not in dataset.by_name]:
        raise ContractInvalid(
            f"{contract.path}: {system.id} reads entries of books; the contract {contract.name} lacks {', '.join(missing)}"
        )
