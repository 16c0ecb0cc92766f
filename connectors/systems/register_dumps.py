"""A register's dump as files: NDJSON, CSV or Parquet, of any size, read in pages of whole records.

A register hands over everything, or everything since its last dump, as one file or several. The deployment declares:

    files    {birth: "births_*.ndjson"}: contract -> pattern of its files' names (fnmatch); the suffix says the format:
             .ndjson, .csv (UTF-8 with a header), .parquet
    columns  {birth: {SoDinhDanh: nksSoDDCN, ghi_chu_noi_bo: null}}: title in the file -> the contract's field; null:
             known, and not taken. Only titles that are not the field's own name
    delimiter (CSV), page_records, page_bytes

A title that no field has is refused by its name. A record without a change time gets the file's. A page of NDJSON holds
the lines as received, one of CSV the header and the lines as received; one of Parquet is written again, as a file of
its own. With a manifest the whole file is compared with its hash before the first page. Options and limits of the store
are those of `connectors.file_source`; the position moves with the last page of a file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import BinaryIO

import polars as pl

from contracts.errors import ContractInvalid
from contracts.model import Contract

from .. import dump_frames, file_source, options
from ..dump_lines import whole_records
from ..errors import Malformed
from ..files import MIB, Delivery
from ..interface import Page, Probe, Source, System, Window

KINDS = {".ndjson": dump_frames.NDJSON, ".csv": dump_frames.CSV, ".parquet": dump_frames.PARQUET}
_OPTIONS = file_source.OPTIONS | {"files", "columns", "delimiter", "page_records", "page_bytes"}


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
        self._delimiter = options.text(system, "delimiter", ",")
        if len(self._delimiter) != 1 or not self._delimiter.isascii():
            raise options.wrong(system, "delimiter", "the delimiter must be one character of ASCII")
        self._records = options.number(system, "page_records", default=10_000, most=1_000_000)
        self._bytes = options.number(system, "page_bytes", default=64 * MIB, most=512 * MIB)
        self._inbox = file_source.inbox(
            system,
            lambda name: (name,) if fnmatchcase(name, pattern) and PurePath(name).suffix in KINDS else (),
            max_file_bytes=1 << 40,
        )
        self._read: deque[tuple[bytes, str, pl.DataFrame]] = deque(maxlen=2)  # the page that goes out, and the next

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of each complete file, oldest first. A page was read before it goes out."""
        found, clock = self._inbox.find(window), self._system.now()
        for each in found.complete:
            file = each.files[0]
            media = file_source.stamped(KINDS[PurePath(each.name).suffix], each.name, each.changed)
            first, waiting = 1, None
            with self._inbox.opened(file) as stream:
                for body, count in self._bodies(stream, each.name):
                    if waiting is not None:
                        yield waiting
                    about = f"{each.name}: records {first} to {first + count - 1}"
                    self._read.append((body, media, self._rows(body, media, count, about)))
                    waiting, first = Page(body, media, count, about, None), first + count
                self._inbox.require_unchanged(file)
            if waiting is not None:  # the position moves behind a file that was read to its end
                yield Page(waiting.body, media, waiting.count, waiting.request, found.position(each, clock))
        self._inbox.late(found, clock)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        _, name, changed = file_source.stamp(media_type, *KINDS.values())
        # The same bytes were read when the page was made.
        read = (rows for its, media, rows in self._read if its is body and media == media_type)
        rows = next(read, None)
        if rows is None:
            rows = self._rows(body, media_type, None, name)
        given = {str(self._fields[title]): pl.col(title) for title in rows.columns}
        if (version := self._dataset.version_field) is not None:
            stated = pl.lit(changed.isoformat(), pl.String)
            given[version] = pl.coalesce(given[version], stated) if version in given else stated
        absent = pl.lit(None, pl.String)
        filled = rows.select(given.get(f.name, absent).alias(f.name) for f in self._dataset.fields)
        return {self._dataset.name: filled.select(pl.when(pl.all() != "").then(pl.all()))}

    def check(self) -> Iterable[Probe]:
        yield from file_source.probes(self._system, self._inbox, self._sample)

    def close(self) -> None:
        self._inbox.close()

    def _bodies(self, stream: BinaryIO, name: str) -> Iterator[tuple[bytes, int]]:
        """The pages of a file as bytes, each with its number of records."""
        match KINDS[PurePath(name).suffix]:
            case dump_frames.PARQUET:
                yield from dump_frames.parquet_pages(stream, name, self._records)
            case dump_frames.CSV:
                header = stream.readline(MIB).removeprefix(b"\xef\xbb\xbf")
                if len(header) >= MIB - 3 and not header.endswith(b"\n"):
                    raise Malformed(f"{name}: the first line is no header", hint="CSV begins with a header")
                parts = whole_records(stream, name, records=self._records, most_bytes=self._bytes, quotes=True)
                yield from ((header + body, count) for body, count in parts)
            case _:
                yield from whole_records(stream, name, records=self._records, most_bytes=self._bytes)

    def _rows(self, body: bytes, media_type: str, count: int | None, about: str) -> pl.DataFrame:
        """The records of a page under the file's own titles, as far as they are taken. Raises Malformed."""
        kind = file_source.stamp(media_type, *KINDS.values())[0]
        try:
            titles = dump_frames.titles_of(kind, body, self._delimiter)
            self._require_known(titles, whole=kind != dump_frames.NDJSON)
            held = titles if kind != dump_frames.NDJSON else self._fields
            taken = [title for title in held if self._fields[title] is not None]
            return dump_frames.frame_of(kind, body, count, taken, self._delimiter)
        except Malformed as error:
            raise Malformed(f"{self._system.id}: {about}: {error.message}", hint=error.hint) from None

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
            raise Malformed(f"no title for {', '.join(missing)}, which the contract requires")

    def _sample(self, newest: Delivery) -> str:
        kind = KINDS[PurePath(newest.name).suffix]
        media = file_source.stamped(kind, newest.name, newest.changed)
        with self._inbox.opened(newest.files[0]) as stream:
            body, count = next(self._bodies(stream, newest.name), (b"", 0))
        return f"{newest.name}: {self._rows(body, media, count, 'first page').height if count else 0} records on its first page"

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
