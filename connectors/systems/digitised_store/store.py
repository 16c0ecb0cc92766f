"""One register of the store as a Source: its finished rows, page by page, and the records of a landed page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import polars as pl

from contracts.local_time import LOCAL
from contracts.model import Contract

from ... import options
from ...errors import Malformed
from ...file_source import only_dataset
from ...http_body import CallLimits
from ...interface import Page, Position, Probe, Source, System, WantedRecord, Window
from ...sql.database import Database
from ...sql.page import CSV, NDJSON, RowsPage
from ...wire_time import from_iso, furthest
from .check import probes
from .landed import body_of, rows_of
from .register import OPTIONS, RegisterTable

UNIT_OF = "maDonVi"
"""Field of the unit that is responsible for a record. A store does not have it; it is the unit of the place."""

_KEYS_AT_ONCE = 500
"""Keys of one question: engines limit the values of a statement."""


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
        since, until = _local(window.since.changed_at if window.since else None), _local(window.until)
        for number, rows in enumerate(self._database.pages(listing, since, until, self._page_size, about), 1):
            yield self._landed(rows, f"page {number}")

    def again(self, wanted: Sequence[WantedRecord]) -> Iterator[Page]:
        """The finished rows with these keys."""
        about, listing = f"reading {self._register.table} again", self._register.listing()
        keys = [each.key for each in wanted if "\0" not in each.key]
        for number, rows in enumerate(self._database.matching(listing, keys, _KEYS_AT_ONCE, about), 1):
            yield self._landed(rows, f"again, page {number}")

    def _landed(self, rows: RowsPage, what: str) -> Page:
        register, now = self._register, self._system.now()
        media = rows.form if register.changed else f"{rows.form}; read={now.astimezone(UTC).isoformat()}"
        return Page(
            body_of(register.landed, rows),
            media,
            rows.count,
            f"{register.table} ({what}: {rows.count} rows)",
            self._end(rows.first, now),
        )

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        kind, _, read = media_type.partition("; read=")
        if kind not in (CSV, NDJSON):
            raise Malformed(f"{self._system.id}: a page of this dialect is {CSV} or {NDJSON}")
        landed, register = rows_of(body, kind, f"{self._system.id}: a page"), self._register
        unit = register.places.landed[0]
        if unit not in landed.columns:
            raise Malformed(
                f"{self._system.id}: a page without the column {unit}",
                hint="it was landed under another description of the system",
            )
        absent = pl.lit(None, pl.String)

        def column_of(field: str, wire: str | None) -> pl.Expr:
            if wire == register.places.column or (field == UNIT_OF and wire is None):
                return pl.col(unit)
            if field == self._dataset.version_field and register.changed is None:
                return pl.lit(read, pl.String)
            if wire is not None and wire == register.changed:
                return pl.col(wire).str.replace(" ", "T", literal=True)  # some engines keep a time as text
            return pl.col(wire) if wire in landed.columns else absent

        filled = landed.select(column_of(field, wire).alias(field) for field, wire in register.map.fields)
        return {self._dataset.name: filled.select(pl.when(pl.all() != "").then(pl.all()))}

    def check(self) -> Iterable[Probe]:
        return probes(self._database, self._register)

    def close(self) -> None:
        self._database.close()

    def _end(self, first: pl.DataFrame, now: datetime) -> Position | None:
        """The position after a page, by its keys and change times.

        Bounded by our clock: a row with a future change time is read, but does not move the position past other rows.
        """
        if not self._register.changed:
            return furthest(((now, key or "") for key in first["0"].to_list()), now)
        latest = first.group_by("1").agg(pl.col("0").fill_null("").max())
        return furthest(((from_iso(when), key) for when, key in latest.iter_rows()), now)


def _local(moment: datetime | None) -> datetime | None:
    """As the store's clock shows it, without a zone."""
    return None if moment is None else moment.astimezone(LOCAL).replace(tzinfo=None)
