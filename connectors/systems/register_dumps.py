"""A register's dump as files: NDJSON, CSV or Parquet, of any size, read in pages of whole records.

A register hands over everything, or everything since its last dump, as one file or several. The deployment declares:

    files    {birth: "births_*.ndjson"}: contract -> pattern of its files' names (fnmatch); the suffix says the format:
             .ndjson, .csv (UTF-8 with a header), .parquet
    columns  {birth: {SoDinhDanh: nksSoDDCN, ghi_chu_noi_bo: null}}: title in the file -> the contract's field; null:
             known, and not taken. Only titles that are not the field's own name
    times    {birth: {ngayCapNhat: "dd/MM/yyyy HH:mm:ss"}}: times and dates in a form of the sender's own
             (`connectors.declared_times`)
    delimiter (CSV), page_records, page_bytes

A record that cannot be read is a case, and none beside it is; rows without any value are left out. A page whose titles
no field has is refused by their names. A record without a change time gets the file's. A page of NDJSON holds the lines
as received, one of CSV the header and the lines as received; one of Parquet is written again, as a file of its own.
With a manifest the whole file is compared with its hash before the first page. Options and limits of the store are
those of `connectors.files.file_source`; the position moves with the last page of a file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import BinaryIO

import polars as pl

from contracts.errors import ContractInvalid
from contracts.model import Contract
from contracts.refused import RAW, REFUSED

from .. import declared_times, options
from ..dumps import dump_frames, ndjson, parquet
from ..dumps.lines import whole_records
from ..errors import Malformed, restated
from ..files import file_source
from ..files.inbox import MIB, Delivery, cut_for_good
from ..files.names import suffix_of
from ..interface import Page, Probe, Source, System, Window
from ..key_pages import KeyPage

KINDS = {".ndjson": dump_frames.NDJSON, ".csv": dump_frames.CSV, ".parquet": dump_frames.PARQUET}
_OPTIONS = file_source.OPTIONS | {"files", "columns", "times", "delimiter", "page_records", "page_bytes"}


def source(system: System, contract: Contract) -> RegisterDumps:
    """One register's dumps."""
    return RegisterDumps(system, contract)


class RegisterDumps(Source):
    """The dumps of one contract."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        self._system, self._dataset = system, file_source.only_dataset(system, contract)
        pattern = options.names(system, "files").get(contract.name)
        if pattern is None:
            raise options.wrong(
                system,
                "files",
                f"the option files names no pattern for {contract.name}",
                hint='files: {birth: "births_*.ndjson"}',
            )
        self._fields = self._fields_of(contract)
        self._times = declared_times.declared(system, contract.name, self._dataset)
        self._delimiter = options.text(system, "delimiter", ",")
        if len(self._delimiter) != 1 or not self._delimiter.isascii():
            raise options.wrong(system, "delimiter", "the delimiter must be one character of ASCII")
        self._records = options.number(system, "page_records", default=10_000, most=1_000_000)
        self._bytes = options.number(system, "page_bytes", default=64 * MIB, most=512 * MIB)
        self._contract, self._newest = contract, file_source.newest_is_all(system)
        self._inbox = file_source.inbox(
            system,
            file_source.by_pattern(pattern, KINDS),
            max_file_bytes=1 << 40,
        )
        # Pages of CSV and Parquet that were read before they went out: the one that goes out, and the next.
        self._read: deque[tuple[bytes, str, pl.DataFrame]] = deque(maxlen=2)

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of each complete file, oldest first. One of CSV or Parquet was read before it goes out."""
        yield from self._inbox.pages(window, self._system.now(), self._pages)

    def _pages(self, each: Delivery) -> Generator[Page]:
        file = each.files[0]
        media = file_source.stamped(KINDS[suffix_of(each.name)], each.name, each.changed)
        first = 1
        with self._inbox.opened(file) as stream, cut_for_good(file):
            for body, count in self._bodies(stream, each.name):
                about = f"{each.name}: records {first} to {first + count - 1}"
                height = self._looked_at(body, media, about, whole=first == 1)
                blank = f", {count - height} without any value left out" if height < count else ""
                yield Page(body, media, height, about + blank, None)
                first += count
            self._inbox.require_unchanged(file)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        _, name, changed = file_source.stamp(media_type, *KINDS.values())
        # The same bytes were read when the page was made.
        read = (rows for its, media, rows in self._read if its is body and media == media_type)
        rows = next(read, None)
        if rows is None:
            rows = self._rows(body, media_type, name)
        unread = (REFUSED, RAW)
        given = {str(self._fields[title]): pl.col(title) for title in rows.columns if title not in unread}
        for field, form in self._times.items():
            if field in given:
                given[field] = declared_times.in_iso(given[field], form, self._dataset, field)
        if (version := self._dataset.version_field) is not None:
            stated = pl.lit(changed.isoformat(), pl.String)
            given[version] = pl.coalesce(given[version], stated) if version in given else stated
        absent = pl.lit(None, pl.String)
        fields = [f.name for f in self._dataset.fields]
        filled = rows.select(*(given.get(name, absent).alias(name) for name in fields), *unread)
        return {self._dataset.name: dump_frames.without_empty(filled, fields)}

    def listing(self) -> Iterator[KeyPage] | None:
        return file_source.listing(self, self._contract, self._inbox, self._pages, self._newest)

    def check(self) -> Iterable[Probe]:
        yield from file_source.probes(self._system, self._inbox, self._sample)

    def close(self) -> None:
        self._inbox.close()

    def _bodies(self, stream: BinaryIO, name: str) -> Iterator[tuple[bytes, int]]:
        """The pages of a file as bytes, each with its number of records."""
        match KINDS[suffix_of(name)]:
            case dump_frames.PARQUET:
                yield from parquet.pages(stream, name, self._records)
            case dump_frames.CSV:
                header = stream.readline(MIB).removeprefix(b"\xef\xbb\xbf")
                if len(header) >= MIB - 3 and not header.endswith(b"\n"):
                    raise Malformed(f"{name}: the first line is no header", hint="CSV begins with a header")
                parts = whole_records(
                    stream, name, records=self._records, most_bytes=self._bytes, quotes=self._delimiter
                )
                yield from ((header + body, count) for body, count in parts)
            case _:
                yield from whole_records(
                    stream, name, records=self._records, most_bytes=self._bytes, mark=b"\xef\xbb\xbf"
                )

    def _looked_at(self, body: bytes, media_type: str, about: str, *, whole: bool) -> int:
        """How many records a page has, after a look that raises Malformed where it is none; `whole` as in `_rows`.

        A page of lines is read when its records are asked for, so never where nothing has changed: each line is a
        record then, right or refused.
        """
        kind, _, _ = file_source.stamp(media_type, *KINDS.values())
        if kind == dump_frames.NDJSON:
            if whole:
                self._titles(kind, body, about)
            return ndjson.records_in(body)
        rows = self._rows(body, media_type, about, whole=whole)
        self._read.append((body, media_type, rows))
        return rows.height

    def _rows(self, body: bytes, media_type: str, about: str, *, whole: bool = False) -> pl.DataFrame:
        """The records of a page under the file's own titles, as far as they are taken. `whole`: look at the titles of
        NDJSON too, whose lines have titles of their own. Raises Malformed.
        """
        kind, name, _ = file_source.stamp(media_type, *KINDS.values())
        lines = kind == dump_frames.NDJSON
        titles = self._titles(kind, body, about) if whole or not lines else []
        taken = [title for title in (self._fields if lines else titles) if self._fields[title] is not None]
        try:
            return dump_frames.frame_of(kind, body, titles, taken, self._fields, self._delimiter, name)
        except Malformed as error:
            raise restated(error, f"{about}: {error.message}") from None

    def _titles(self, kind: str, body: bytes, about: str) -> list[str]:
        """The titles of a page, each of them known. Raises Malformed."""
        try:
            titles = dump_frames.titles_of(kind, body, self._delimiter)
            self._require_known(titles, whole=kind != dump_frames.NDJSON)
        except Malformed as error:
            raise restated(error, f"{about}: {error.message}") from None
        return titles

    def _require_known(self, titles: list[str], *, whole: bool) -> None:
        """Every title is known; `whole`: and every required field is there."""
        unknown = [title for title in titles if title not in self._fields]
        if titles and len(unknown) == len(titles):  # values of a record, perhaps: they are not repeated
            raise Malformed("no title in it is a field of the contract", hint="CSV begins with a header")
        if unknown:
            hint = "columns: {title: field}, or {title: null} when it is not to be taken"
            raise Malformed(f"titles that no field has: {', '.join(unknown[:10])}", hint=hint)
        given = {self._fields[title] for title in titles}
        due = {f.name for f in self._dataset.fields if f.required} - {self._dataset.version_field}
        if whole and (missing := sorted(due - given)):
            hint = "have it delivered, or name its title in columns"
            raise Malformed(f"no title for {', '.join(missing)}, which the contract requires", hint=hint)

    def _sample(self, newest: Delivery) -> str:
        kind = KINDS[suffix_of(newest.name)]
        media = file_source.stamped(kind, newest.name, newest.changed)
        with self._inbox.opened(newest.files[0]) as stream:
            body, count = next(self._bodies(stream, newest.name), (b"", 0))
        rows = (
            self._rows(body, media, f"{newest.name}: first page", whole=True)
            if count
            else pl.DataFrame(schema={REFUSED: pl.String})
        )
        refused = int(rows[REFUSED].is_not_null().sum())
        unread = f", {refused} of which cannot be read" if refused else ""
        return f"{newest.name}: {rows.height} records on its first page{unread}"

    def _fields_of(self, contract: Contract) -> Mapping[str, str | None]:
        """Title in a file -> field, or None when it is not taken."""
        known = set(self._dataset.by_name)
        kind = Mapping[options.Name, Mapping[options.Name, options.Name | None]]
        given: Mapping[str, str | None] = options.value(self._system, "columns", kind, default={}).get(
            contract.name, {}
        )
        fields = [field for field in given.values() if field is not None]
        wrong = [f"{field}: no field of the contract" for field in sorted(set(fields) - known)]
        wrong += [f"{field}: given twice" for field in sorted({each for each in fields if fields.count(each) > 1})]
        if wrong:
            raise ContractInvalid(
                f"{contract.path}: {self._system.id} does not fit the contract {contract.name}; {'; '.join(wrong)}",
                hint="mend columns",
            )
        return {**{name: name for name in known if name not in fields}, **given}
