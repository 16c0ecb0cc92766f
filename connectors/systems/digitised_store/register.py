"""The table of one register as the deployment describes it: its columns, its finished rows, their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pydantic import Field, StrictInt

from contracts.model import Contract
from contracts.yaml.models import FileModel

from ... import options
from ...interface import System
from ...mapping import FieldMap, read_mapping
from ...options import Name
from ...sql.listing import RowRefusal, TableListing, untyped

SEVERAL_UNITS = "a code of several units"
"""Clause of a row whose place is not one unit."""
OPTIONS = {"tables", "maps", "key", "changed", "state", "places", "years", "kept"}


class PlaceTable(FileModel):
    """The table of places, and the column of a register that names one."""

    table: Name
    column: Name
    code: Name
    unit: Name
    parent: Name
    decided: dict[str, Name] = Field(default={}, examples=["{'12': '26740'}"])
    """Code -> the unit that it stands for, where a person decided it: of a code that the table has for several units."""

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


@dataclass(frozen=True)
class RegisterTable:
    """One register: the names in the store that are read, and how they become a listing."""

    table: str
    map: FieldMap
    key: str
    changed: str | None
    """None: without a change time, the table is read whole each time."""
    places: PlaceTable
    state: StateColumn
    years: Years | None
    """None: all books are read."""
    kept: tuple[str, ...]

    @classmethod
    def of(cls, system: System, contract: Contract) -> RegisterTable:
        """The register of a contract.

        Raises:
            DeploymentInvalid: an option is missing or cannot be.
            ContractInvalid: the field map has other fields than the contract.
        """
        tables = options.names(system, "tables")
        if contract.name not in tables:
            raise options.wrong(
                system,
                "tables",
                f"the option tables names none for {contract.name}",
                hint=f"it has {', '.join(tables)}",
            )
        map_ = read_mapping(options.path(system, "maps", f"{contract.name}.yaml"), contract)
        key = options.text(system, "key")
        changed = options.text(system, "changed") if "changed" in system.options else None
        places: PlaceTable = options.value(system, "places", PlaceTable)
        state: StateColumn = options.value(system, "state", StateColumn)
        years: Years | None = options.value(system, "years", Years, default=None)
        if years is not None and years.first > years.last:
            raise options.wrong(
                system,
                "years",
                "the option years ends before it begins",
                hint="years: {column: NamMoSo, from: 2005, to: 2006}",
            )
        kept = options.texts(system, "kept")
        return cls(tables[contract.name], map_, key, changed, places, state, years, kept)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the register's table in the order of a landed page: first the key, then the change time if there is one."""
        first = (
            self.key,
            self.changed,
            *self.map.wire_names,
            self.places.column,
            self.state.column,
            self.years.column if self.years else None,
            *self.kept,
        )
        return tuple(dict.fromkeys(each for each in first if each is not None))

    @property
    def read_columns(self) -> Mapping[str, tuple[str, ...]]:
        """Table -> the columns that must be there."""
        return {
            self.table: self.columns,
            self.places.table: (self.places.code, self.places.unit, self.places.parent),
        }

    @property
    def landed(self) -> list[str]:
        """Columns of a landed page."""
        return [*self.columns, *self.places.landed]

    @property
    def sure(self) -> list[str]:
        """Landed columns that name a record and its unit."""
        named = (self.key, self.changed, self.places.column, *self.places.landed)
        return [name for name in dict.fromkeys(named) if name is not None]

    def listing(self) -> TableListing:
        """The finished rows of the years that are read, each with the unit of its place.

        Places are grouped by their code, so that a code that stands there twice makes no row of two. Such a row is
        refused if the code stands for several units and nobody decided which one.
        """
        register = sa.table(self.table, *(sa.column(name) for name in self.columns))
        places, code = self.places, register.c[self.places.column]
        place = self.units().subquery("places")
        place_columns = [place.c.unit.label(places.landed[0]), place.c.parent.label(places.landed[1])]
        select = (
            sa.select(*(register.c[name] for name in self.columns), *place_columns)
            .select_from(register.join(place, code == place.c.code, isouter=True))
            .where(*self._read_rows(register))
        )
        undecided = [code != untyped(decided) for decided in places.decided]
        several = RowRefusal(places.column, SEVERAL_UNITS, sa.and_(place.c.units > 1, *undecided))
        changed = register.c[self.changed] if self.changed else None
        return TableListing(select, register.c[self.key], changed, self.table, (several,))

    def keys(self) -> TableListing:
        """Key and change time of the same rows, without their places."""
        named = (self.key, self.changed, self.state.column, self.years.column if self.years else None)
        register = sa.table(self.table, *(sa.column(name) for name in dict.fromkeys(named) if name is not None))
        key, changed = register.c[self.key], register.c[self.changed] if self.changed else None
        select = sa.select(key, *([changed] if changed is not None else [])).where(*self._read_rows(register))
        return TableListing(select, key, changed, self.table)

    def _read_rows(self, register: sa.TableClause) -> list[sa.ColumnElement[bool]]:
        """The conditions of a row that is read."""
        found: list[sa.ColumnElement[bool]] = [register.c[self.state.column].in_(self.state.finished)]
        if self.years is not None:
            found.append(register.c[self.years.column].between(self.years.first, self.years.last))
        return found

    def units(self) -> sa.Select[Any]:
        """The places by their code: code, unit, parent, and number of units; a place without a unit counts as one."""
        places = self.places
        columns = dict.fromkeys((places.code, places.unit, places.parent))
        table = sa.table(places.table, *(sa.column(each) for each in columns))
        unit, parent = (sa.cast(table.c[name], sa.String(255)) for name in (places.unit, places.parent))
        unmapped = sa.case((sa.func.count(unit) < sa.func.count(), 1), else_=0)
        return sa.select(
            table.c[places.code].label("code"),
            sa.func.min(unit).label("unit"),
            sa.func.min(parent).label("parent"),
            (sa.func.count(unit.distinct()) + unmapped).label("units"),
        ).group_by(table.c[places.code])

    def ambiguous(self) -> sa.Select[str, str]:
        """The codes that stand for several units, with each of these: code, unit."""
        places, several = self.places, self.units().subquery("several")
        table = sa.table(places.table, sa.column(places.code), sa.column(places.unit))
        code, unit = table.c[places.code], sa.cast(table.c[places.unit], sa.String(255))
        joined = table.join(several, code == several.c.code)
        return sa.select(sa.cast(code, sa.String(255)), unit).select_from(joined).where(several.c.units > 1).distinct()
