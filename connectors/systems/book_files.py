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

In file names `-` replaces the `/` of numbers ("01/2005" -> "01-2005"). The key of an entry is
`KS|27007@2021-01-01|01/2005|12`: kind, place with its unit's day, book, number.

A register's stream reads the workbooks. The stream `scan` reads the ZIPs: one record for each scan, with name and
SHA-256; scans are never opened. Mismatches of the two are listed by code on the page of the ZIP (`Page.refused`, kept
with the landed bytes): `entry-without-scan`, `scan-without-entry`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import polars as pl

from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.model import Contract, Dataset

from .. import file_source, options
from ..archive import Archive, ArchiveLimits, Member
from ..file_source import XLSX, ZIP
from ..files import Delivery
from ..interface import Page, Probe, Source, System, Window
from ..workbooks import SheetLayout, read_xlsx
from ._book_names import KEY, Names

OWN = ("id", "maDonVi", "ngayCapNhat")
"""Fields that a registry has and a book does not: derived from the key, the place and the file's time."""
SCAN = ("id", "hoSo", "goi", "tep", "sha256", "kichThuoc", "ngayCapNhat")
_OPTIONS = file_source.OPTIONS | {"kinds", "titles", "book_name", "scan_name", "units_from"}


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
        self._sheet = SheetLayout(names.titles(contract.name, self._fields), *file_source.layout(system))
        if unknown := sorted(names.titled(contract.name) - set(self._fields)):
            raise ContractInvalid(
                f"{contract.path}: {system.id} has titles for what is no field of a book: {', '.join(unknown)}"
            )
        if twice := sorted({each for each in self._sheet.columns if self._sheet.columns.count(each) > 1}):
            raise options.wrong(system, "titles", f"titles gives «{twice[0]}» to two fields of {contract.name}")
        self._caps = options.limits(system, ArchiveLimits)
        self._inbox = file_source.inbox(system, lambda name: names.together(name, (self._kind,)))

    def pages(self, window: Window) -> Iterator[Page]:
        """One page for each complete book, oldest first."""
        found, clock = self._inbox.find(window), self._system.now()
        for each in found.complete:
            body = self._inbox.read(each.files[0])
            rows = self._rows(body, each.name)
            media = file_source.stamped(XLSX, each.name, each.changed)
            yield Page(
                body, media, rows.height, f"{each.name} ({each.files[0].size} bytes)", found.position(each, clock)
            )
        self._inbox.late(found, clock)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        _, name, changed = file_source.stamp(media_type, XLSX)
        rows = self._rows(body, name)
        own = [
            pl.Series("id", self._names.ids(self._kind, rows), dtype=pl.String),
            rows["noiDangKy"].alias("maDonVi"),
            pl.Series("ngayCapNhat", [changed.isoformat()] * rows.height, dtype=pl.String),
        ]
        return {self._dataset.name: rows.with_columns(own).select(field.name for field in self._dataset.fields)}

    def check(self) -> Iterable[Probe]:
        yield from file_source.probes(self._system, self._inbox, self._sample)

    def close(self) -> None:
        self._inbox.close()

    def _rows(self, body: bytes, name: str) -> pl.DataFrame:
        rows = read_xlsx(body, name, self._sheet, self._caps)
        return rows.rename(dict(zip(self._sheet.columns, self._fields, strict=True)))

    def _sample(self, newest: Delivery) -> str:
        rows = self._rows(self._inbox.read(newest.files[0]), newest.name)
        return f"{newest.name}: {rows.height} entries, the header as declared"


class ScanFiles(Source):
    """The scans of all books in a store: a page is a ZIP, a record is a scan in it."""

    def __init__(self, system: System, contract: Contract, names: Names) -> None:
        self._dataset = file_source.only_dataset(system, contract)
        if tuple(field.name for field in self._dataset.fields) != SCAN:
            raise DeploymentInvalid(f"{system.id}: the contract {contract.name} must have the fields {', '.join(SCAN)}")
        self._system, self._names, self._caps = system, names, options.limits(system, ArchiveLimits)
        self._sheets = {
            mark: SheetLayout(names.titles(name, KEY), *file_source.layout(system), anywhere=True)
            for name, mark in names.kinds.items()
        }
        self._inbox = file_source.inbox(system, lambda name: names.together(name, names.kinds.values()))

    def pages(self, window: Window) -> Iterator[Page]:
        """One page for the ZIP of each complete book, oldest first."""
        found, clock = self._inbox.find(window), self._system.now()
        for each in found.complete:
            book, scans = each.files
            body = self._inbox.read(scans)
            members = list(Archive(body, scans.name, self._caps).members())  # each inflated once, against its checksum
            refused = self._unfitting(self._inbox.read(book), scans.name, members)
            yield Page(
                body,
                file_source.stamped(ZIP, scans.name, each.changed),
                len(members),
                f"{scans.name} ({scans.size} bytes)",
                found.position(each, clock),
                refused,
            )
        self._inbox.late(found, clock)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        _, name, changed = file_source.stamp(media_type, ZIP)
        rows = [self._record(name, each, changed) for each in Archive(body, name, self._caps).members()]
        return {self._dataset.name: pl.DataFrame(rows, schema=dict.fromkeys(SCAN, pl.String), orient="row")}

    def check(self) -> Iterable[Probe]:
        yield from file_source.probes(self._system, self._inbox, self._sample)

    def close(self) -> None:
        self._inbox.close()

    def _record(self, name: str, each: Member, changed: datetime) -> tuple[str | None, ...]:
        return (
            f"{name}|{each.name}",
            self._names.entry_of_scan(name, each.name),
            name,
            each.name,
            each.sha256,
            str(each.size),
            changed.isoformat(),
        )

    def _unfitting(self, book: bytes, name: str, members: list[Member]) -> Mapping[str, str]:
        """Entries without a scan, and scans without an entry, by their keys."""
        scanned = {self._names.entry_of_scan(name, each.name) or f"{name}|{each.name}" for each in members}
        # The register's stream validates the rows; here the key's columns are enough.
        kind = self._names.kind(name)
        rows = read_xlsx(book, name, self._sheets[kind], self._caps).rename(
            dict(zip(self._sheets[kind].columns, KEY, strict=True))
        )
        entered = {key for key in self._names.ids(kind, rows) if key is not None}
        return dict.fromkeys(sorted(entered - scanned), "entry-without-scan") | dict.fromkeys(
            sorted(scanned - entered), "scan-without-entry"
        )

    def _sample(self, newest: Delivery) -> str:
        members = list(Archive(self._inbox.read(newest.files[1]), newest.files[1].name, self._caps).members())
        return f"{newest.files[1].name}: {len(members)} scans, {sum(each.size for each in members)} bytes"


def _require_fields(system: System, contract: Contract, dataset: Dataset) -> None:
    if missing := [each for each in (*OWN, *KEY) if each not in dataset.by_name]:
        raise ContractInvalid(
            f"{contract.path}: {system.id} reads entries of books; the contract {contract.name} lacks {', '.join(missing)}"
        )
