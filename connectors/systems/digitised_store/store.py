"""One register of the store as a Source: its finished rows, page by page, and the records of a landed page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from contracts.model import Contract, Kind

from ... import options
from ...errors import Malformed
from ...files.file_source import only_dataset
from ...http.body import CallLimits
from ...interface import Page, Position, Probe, SoughtRecord, Source, System, TimesAnswer, Window
from ...key_pages import KeyPage, keys_of
from ...refusals import with_refusals
from ...sql.change_times import local_clock, local_text
from ...sql.database import Database
from ...sql.page import CSV, NDJSON, RefusedRow, RowsPage
from ...sql.reading import TableReading
from ...wire_time import from_compact, from_iso, furthest
from .check import probes
from .landed import body_of, rows_of
from .places import ambiguous_places
from .register import OPTIONS, SEVERAL_UNITS, RegisterTable

UNIT_OF = "maDonVi"
"""Field of the unit that is responsible for a record. A store does not have it; it is the unit of the place."""

_KEYS_ON_A_PAGE = 50_000
"""Of a listing: keys alone are short."""
_KEYS_AT_ONCE = 500
"""Keys of one question: engines limit the values of a statement."""
_ROWS_AT_A_TIME = 20_000
"""Most rows of one change time that are read again for one without a key: an import may have given all the same."""


_WHOLE = r"^(-?[0-9]+)\.0+$"
"""A whole number with a fraction of zeros, as a column `numeric(8,2)` has it."""


class DigitisedStore(Source):
    """The finished rows of one register."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, OPTIONS)
        self._system, self._dataset = system, only_dataset(system, contract)
        self._register = RegisterTable.of(system, contract)
        self._page_size = options.number(system, "page_size", default=5_000, most=10_000)
        self._database = Database(system, options.limits(system, CallLimits))

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of finished rows: first rows without a change time, then by change time and key."""
        register, listing = self._register, self._register.listing()
        about = f"reading {register.table}"
        self._database.require(register.read_columns, about)
        since, until = local_clock(window.since.changed_at if window.since else None), local_clock(window.until)
        units = ambiguous_places(self._database, register)
        for number, rows in enumerate(self._database.pages(listing, since, until, self._page_size, about), 1):
            yield self._landed(rows, f"page {number}", units)

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page]:
        """The finished rows with these keys."""
        about, listing = f"reading {self._register.table} again", self._register.listing()
        keys = [each.key for each in wanted if "\0" not in each.key]
        units = ambiguous_places(self._database, self._register)
        for number, rows in enumerate(self._database.matching(listing, keys, _KEYS_AT_ONCE, about), 1):
            yield self._landed(rows, f"again, page {number}", units)

    def at_times(self, times: Sequence[datetime]) -> TimesAnswer | None:
        """The finished rows of these change times, those with and those without a key; not of one that too many have."""
        register, listing = self._register, self._register.listing()
        if register.changed is None:
            return None
        about = f"reading {register.table} at change times"
        answered = dict[datetime, TableReading]()
        for each in times:
            moment = local_clock(each)
            reading = self._database.listed(listing, moment, moment, about)
            if reading.number_timed() <= _ROWS_AT_A_TIME:
                answered[each] = reading
        return TimesAnswer(frozenset(answered), self._landed_at(answered.values()))

    def _landed_at(self, readings: Iterable[TableReading]) -> Iterator[Page]:
        units = ambiguous_places(self._database, self._register)
        for reading in readings:
            for number, rows in enumerate(reading.pages(self._page_size), 1):
                yield self._landed(rows, f"at a change time, page {number}", units)

    def listing(self) -> Iterator[KeyPage]:
        """Keys and change times of the finished rows, in one snapshot where the engine has one."""
        register, about = self._register, f"listing {self._register.table}"
        self._database.require({register.table: register.columns}, about)
        names = {column: name for name, column in register.map.fields if column is not None}
        key, version = names[register.key], names.get(register.changed or "")
        whole = self._dataset.by_name[key].kind is Kind.INTEGER
        columns = [(pl.col("0").str.replace(_WHOLE, "$1") if whole else pl.col("0")).alias(key)]
        if version is not None:
            columns.append(_local(pl.col("1").str.replace(" ", "T", literal=True)).alias(version))
        for number, rows in enumerate(self._database.keys(register.keys(), _KEYS_ON_A_PAGE, about), 1):
            place = f"{register.table}, keys, page {number}"
            yield keys_of(self._dataset, rows.select(columns), place, version=version is not None)

    def _landed(self, rows: RowsPage, what: str, units: Mapping[str, Sequence[str]]) -> Page:
        register, now = self._register, self._system.now()
        media = rows.form if register.changed else f"{rows.form}; read={now.astimezone(UTC).isoformat()}"
        return Page(
            body_of(register.landed, self._named(rows, units), register.sure),
            media,
            rows.count,
            f"{register.table} ({what}: {rows.count} rows)",
            self._end(rows.first, now),
        )

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        kind, _, read = media_type.partition("; read=")
        if kind not in (CSV, NDJSON):
            raise Malformed(f"{self._system.id}: a page of this dialect is {CSV} or {NDJSON}")
        (landed, refused), register = rows_of(body, kind, f"{self._system.id}: a page"), self._register
        unit, place = register.places.landed[0], register.places.column
        if unit not in landed.columns:
            raise Malformed(
                f"{self._system.id}: a page without the column {unit}",
                hint="it was landed under another description of the system",
            )
        absent, decided = pl.lit(None, pl.String), register.places.decided
        if decided:
            landed = landed.with_columns(
                pl.coalesce(pl.col(place).replace_strict(decided, default=None, return_dtype=pl.String), unit).alias(
                    unit
                )
            )

        def column_of(field: str, wire: str | None) -> pl.Expr:
            if wire == place or (field == UNIT_OF and wire is None):
                return pl.col(unit)
            if field == self._dataset.version_field and register.changed is None:
                return pl.lit(read, pl.String)
            if wire is not None and wire == register.changed:
                return _local(pl.col(wire).str.replace(" ", "T", literal=True))  # some engines keep a time as text
            if wire is None or wire not in landed.columns:
                return absent
            if self._dataset.by_name[field].kind is Kind.INTEGER:
                return pl.col(wire).str.replace(_WHOLE, "$1")
            return pl.col(wire)

        filled = landed.select(column_of(field, wire).alias(field) for field, wire in register.map.fields)
        frame = filled.select(pl.when(pl.all() != "").then(pl.all()))
        return {self._dataset.name: with_refusals(frame, refused)}

    def check(self) -> Iterable[Probe]:
        return probes(self._database, self._register)

    def close(self) -> None:
        self._database.close()

    def _end(self, first: pl.DataFrame, now: datetime) -> Position | None:
        """The position after a page, by its keys and change times.

        Bounded by our clock: a row with a future change time is read, but does not move the position past other rows.
        """
        # A key with a control character is a case; as part of the position it would stop the stream.
        first = first.filter(~first["0"].str.contains(r"[\x00-\x1f\x7f]").fill_null(False))
        if not self._register.changed:
            return furthest(((now, key or "") for key in first["0"].to_list()), now)
        latest = first.group_by("1").agg(pl.col("0").fill_null("").max())
        return furthest(((_moment(when), key) for when, key in latest.iter_rows()), now)

    def _named(self, rows: RowsPage, units: Mapping[str, Sequence[str]]) -> RowsPage:
        """A page whose rows of an ambiguous place say for which units its code stands, and have none of them."""
        places = self._register.places

        def named(row: RefusedRow) -> RefusedRow:
            if row.clause != SEVERAL_UNITS:
                return row
            texts = {name: text for name, text in row.texts.items() if name not in places.landed}
            code = texts.get(places.column) or ""
            clause = f"the code {code} stands for the units {', '.join(units[code])}" if code in units else row.clause
            return replace(row, clause=clause, texts=texts)

        return replace(rows, refused=tuple(map(named, rows.refused))) if rows.refused else rows


def _local(changed: pl.Expr) -> pl.Expr:
    """As `local_text`."""
    size = changed.str.len_bytes()
    return (
        pl.when(size == len("yyyy-MM-dd"))
        .then(changed + "T00:00:00")
        .when(size == len("yyyy-MM-ddTHH:mm"))
        .then(changed + ":00")
        .otherwise(changed)
    )


def _moment(when: str | None) -> datetime | None:
    """A change time as UTC: in the wire's compact form, or in ISO 8601 with a blank or a T."""
    return None if when is None else from_compact(when) or from_iso(local_text(when))
