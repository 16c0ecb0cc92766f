"""The store of digitised books: a contractor's database with one table for each register, each row keyed by two clerks.

The columns of a register are the book's fields (Công văn 1437/BTP-CNTT, 25/04/2019) and the store's own: ID,
TinhTrangID (state of the work on a row), NamMoSo (year in which the book was opened), NgayCapNhat, and the path of the
scan. `noiDangKy` is a code in the store's own table of places, whose IDMap is the unit's national code. Stores differ,
so the deployment declares:

    tables    {birth: HT_KHAISINH, ...}: contract -> table
    maps      folder with a field map for each contract, `<contract>.yaml` (`connectors/mapping.py`)
    key       column of the key, unique in its table
    changed   column of the change time, local; left out: the table is read whole each time, by key
    state     {column: TinhTrangID, finished: [5, 6, 7]}: rows in other states are still being worked on, and not read
    places    {table, column, code, unit, parent}: `column` of a register holds `code` of `table`, whose `unit` is the national code
    years     {column: NamMoSo, from: 2005, to: 2006}: books that are read; left out: all
    kept      columns without a field that are landed too: path of the scan, flags

A page is landed as lines of JSON (NDJSON): the first has columns, count and SHA-256 of the rest; each further line is a
row with every value as text. The unit of a place is a column of its own, so that no value of the store is overwritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import polars as pl
import sqlalchemy as sa
from pydantic import Field, StrictInt

from contracts.errors import HubError, Transient
from contracts.local_time import LOCAL
from contracts.model import Contract
from contracts.yaml_models import FileModel

from .. import options, probe
from ..errors import CheckFailed, Malformed
from ..file_source import only_dataset
from ..http_body import CallLimits
from ..interface import Page, Probe, Source, System, Window
from ..mapping import read_mapping
from ..options import Name
from ..sql import ChangeTime, Database, TableListing, Texts
from ..wire_time import from_iso, furthest

NDJSON = "application/x-ndjson"
UNIT_OF = "maDonVi"
"""Field of the unit that is responsible for a record. A store does not have it; it is the unit of the place."""
_OPTIONS = {"tables", "maps", "key", "changed", "state", "places", "years", "kept"}


class _Head(msgspec.Struct):
    columns: list[str]
    count: int
    sha256: str


class PlaceTable(FileModel):
    """The table of places, and the column of a register that names one."""

    table: Name
    column: Name
    code: Name
    unit: Name
    parent: Name

    @property
    def landed(self) -> tuple[str, str]:
        """Columns of a landed page: the place's national code, and the code of the place above."""
        return f"{self.table}.{self.unit}", f"{self.table}.{self.parent}"


class StateColumn(FileModel):
    """The column that says how far the work on a row is, and the numbers in it that mean finished."""

    column: Name = Field(examples=["TinhTrangID"])
    finished: tuple[StrictInt, ...] = Field(min_length=1, examples=["[7]"])


class Years(FileModel):
    """The column of a book's year, with the first and the last that are read."""

    column: Name = Field(examples=["NamMoSo"])
    first: StrictInt = Field(alias="from", examples=["2005"])
    last: StrictInt = Field(alias="to", examples=["2006"])


def source(system: System, contract: Contract) -> DigitisedStore:
    """One register of the store."""
    return DigitisedStore(system, contract)


class DigitisedStore(Source):
    """The finished rows of one register."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        self._system, self._dataset = system, only_dataset(system, contract)
        tables = options.names(system, "tables")
        if contract.name not in tables:
            raise options.wrong(
                system,
                "tables",
                f"the option tables names none for {contract.name}",
                hint=f"it has {', '.join(tables)}",
            )
        self._table = tables[contract.name]
        self._map = read_mapping(options.path(system, "maps", f"{contract.name}.yaml"), contract)
        self._key = options.text(system, "key")
        self._changed = options.text(system, "changed") if "changed" in system.options else None
        self._places: PlaceTable = options.value(system, "places", PlaceTable)
        state: StateColumn = options.value(system, "state", StateColumn)
        self._state, self._finished = state.column, state.finished
        years: Years | None = options.value(system, "years", Years, default=None)
        self._year: str | None = years.column if years else None
        self._years: tuple[int, int] = (years.first, years.last) if years else (0, 0)
        if self._years[0] > self._years[1]:
            raise options.wrong(
                system,
                "years",
                "the option years ends before it begins",
                hint="years: {column: NamMoSo, from: 2005, to: 2006}",
            )
        self._kept = options.texts(system, "kept")
        self._page_size = options.number(system, "page_size", default=500, most=10_000)
        self._database = Database(system, options.limits(system, CallLimits))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the register's table in the order of a landed page: first the key, then the change time if there is one."""
        first = (
            self._key,
            self._changed,
            *self._map.wire_names,
            self._places.column,
            self._state,
            self._year,
            *self._kept,
        )
        return tuple(dict.fromkeys(each for each in first if each is not None))

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of finished rows: first rows without a change time, then by change time and key."""
        about = f"reading {self._table}"
        self._require(about)
        since, until = _local(window.since.changed_at if window.since else None), _local(window.until)
        columns = [*self.columns, *self._places.landed]
        for number, rows in enumerate(self._database.pages(self._listing(), since, until, self._page_size, about), 1):
            now = self._system.now()
            media = NDJSON if self._changed else f"{NDJSON}; read={now.astimezone(UTC).isoformat()}"
            # Bounded by our clock: a row with a future change time is read, but does not move the position past other rows.
            marks = [(from_iso(row[1]) if self._changed else now, row[0] or "") for row in rows]
            yield Page(
                _body(columns, rows),
                media,
                len(rows),
                f"{self._table} (page {number}: {len(rows)} rows)",
                furthest(marks, now),
            )

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        kind, _, read = media_type.partition("; read=")
        if kind != NDJSON:
            raise Malformed(f"{self._system.id}: a page of this dialect is {NDJSON}")
        landed = _rows(body, f"{self._system.id}: a page")
        unit = self._places.landed[0]
        if unit not in landed.columns:
            raise Malformed(
                f"{self._system.id}: a page without the column {unit}",
                hint="it was landed under another description of the system",
            )
        absent = pl.lit(None, pl.String)

        def column_of(field: str, wire: str | None) -> pl.Expr:
            if wire == self._places.column or (field == UNIT_OF and wire is None):
                return pl.col(unit)
            if field == self._dataset.version_field and self._changed is None:
                return pl.lit(read, pl.String)
            if wire is not None and wire == self._changed:
                return pl.col(wire).str.replace(" ", "T", literal=True)  # some engines keep a time as text
            return pl.col(wire) if wire in landed.columns else absent

        filled = landed.select(column_of(field, wire).alias(field) for field, wire in self._map.fields)
        return {self._dataset.name: filled.select(pl.when(pl.all() != "").then(pl.all()))}

    def check(self) -> Iterable[Probe]:
        yield probe.attempt("connection and login", self._connects)
        yield self._tls()
        yield probe.attempt("reads only", self._reads_only)
        yield probe.attempt("tables and columns", self._fits)
        yield probe.attempt("places", self._mapped)
        yield probe.attempt("sample", self._sample)
        yield Probe("clock", None, "not asked for: a change time beyond our own clock never moves the position")

    def close(self) -> None:
        self._database.close()

    # -- asking -----------------------------------------------------------------------------------

    def _listing(self) -> TableListing:
        typed: dict[str | None, Any] = {self._changed: ChangeTime()}
        held = {name: sa.column(name, typed.get(name)) for name in self.columns}
        register = sa.table(self._table, *held.values())
        place = sa.table(
            self._places.table,
            *(sa.column(each) for each in dict.fromkeys((self._places.code, self._places.unit, self._places.parent))),
        )
        joined = register.join(place, register.c[self._places.column] == place.c[self._places.code], isouter=True)
        place_columns = [
            place.c[name].label(label)
            for name, label in zip((self._places.unit, self._places.parent), self._places.landed, strict=True)
        ]
        select = (
            sa.select(*(register.c[name] for name in self.columns), *place_columns)
            .select_from(joined)
            .where(register.c[self._state].in_(self._finished))
        )
        if self._year is not None:
            select = select.where(register.c[self._year].between(*self._years))
        return TableListing(select, register.c[self._key], register.c[self._changed] if self._changed else None)

    def _require(self, about: str) -> None:
        self._database.require(
            {
                self._table: self.columns,
                self._places.table: (self._places.code, self._places.unit, self._places.parent),
            },
            about,
        )

    # -- trying -----------------------------------------------------------------------------------

    def _connects(self) -> str:
        with self._database.reading("the first question") as connection:
            connection.execute(sa.select(1))
        return f"{self._database.engine} answers"

    def _tls(self) -> Probe:
        said = {
            True: "encrypted, certificate verified",
            False: "records travel readable for everyone on the way",
            None: "on this machine, or unknown for this engine",
        }
        try:
            found = self._database.encrypted()
        except HubError as error:
            return Probe("TLS", False, f"{type(error).__name__}: {error.message}", heals=isinstance(error, Transient))
        return Probe("TLS", found, said[found])

    def _reads_only(self) -> str:
        if self._database.may_write((self._table, self._places.table)):
            raise CheckFailed(
                f"the role may write to {self._table}; our sessions cannot, but a role with SELECT alone is what was agreed"
            )
        return (
            "the session is read only, and the role has no right to write"
            if self._database.engine == "postgresql"
            else "the session is read only"
        )

    def _fits(self) -> str:
        self._require("comparing columns")
        return f"{self._table}: {len(self.columns)} columns as the map names them"

    def _mapped(self) -> str:
        place = sa.table(self._places.table, sa.column(self._places.unit))
        with self._database.reading("counting places") as connection:
            all_, mapped = connection.execute(
                sa.select(sa.func.count(), sa.func.count(place.c[self._places.unit])).select_from(place)
            ).one()
        return f"{all_} places, {all_ - mapped} of them without a national code: their entries become cases"

    def _sample(self) -> str:
        first = next(self._database.pages(self._listing(), None, None, 5, "a sample"), [])
        return f"{len(first)} finished rows, each read as text"


def _body(columns: Sequence[str], rows: Sequence[Texts]) -> bytes:
    """A page as it is landed: the same rows give the same bytes."""
    lines = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    return msgspec.json.encode(_Head(list(columns), len(rows), hashlib.sha256(lines).hexdigest())) + b"\n" + lines


def _rows(body: bytes, about: str) -> pl.DataFrame:
    """The rows of a landed page; every column is text."""
    first, _, rest = body.partition(b"\n")
    try:
        head = msgspec.json.decode(first, type=_Head)
        rows = msgspec.json.decode(b"[" + b",".join(rest.splitlines()) + b"]", type=list[list[str | None]])
    except msgspec.MsgspecError:
        raise Malformed(f"{about}: not lines of JSON under a head of columns, count and hash") from None
    if (head.count, head.sha256) != (len(rows), hashlib.sha256(rest).hexdigest()) or any(
        len(row) != len(head.columns) for row in rows
    ):
        raise Malformed(f"{about}: not the rows that its first line states")
    return pl.DataFrame(rows, schema=dict.fromkeys(head.columns, pl.String), orient="row")


def _local(moment: datetime | None) -> datetime | None:
    """As the store's clock shows it, without a zone."""
    return None if moment is None else moment.astimezone(LOCAL).replace(tzinfo=None)
