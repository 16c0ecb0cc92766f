"""Columns of a drafted contract from a table's own catalogue: no row of it is read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contracts.drafting.columns import DraftColumn, named
from contracts.drafting.text import DraftSource
from contracts.errors import DeploymentInvalid

from ..http.body import CallLimits
from ..interface import System
from .address import address, driver_arguments
from .failures import translate

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def columns_of(system: System, table: str, dataset: str) -> tuple[DraftSource, list[DraftColumn]]:
    """The source in words and the columns of a table or view, `schema.table` or `table`.

    Raises:
        DeploymentInvalid: no such table.
        Transient, Permanent: the database could not be asked; the message names no credential.
    """
    url = address(system)
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=driver_arguments(system, url, CallLimits()))
    schema, _, name = table.rpartition(".")
    try:
        with engine.connect() as connection:
            catalogue = sa.inspect(connection)
            there = [*catalogue.get_table_names(schema or None), *catalogue.get_view_names(schema or None)]
            if name not in there:
                raise DeploymentInvalid(
                    f"{system.id}: no table {table}", hint=f"known are {', '.join(sorted(there)[:20]) or 'none'}"
                )
            key = catalogue.get_pk_constraint(name, schema or None)["constrained_columns"]
            found = catalogue.get_columns(name, schema or None)
            comment = _comment(catalogue, name, schema or None)
    except sa.exc.SQLAlchemyError as error:
        raise translate(error, system.id, connected=False) from None
    finally:
        engine.dispose()
    names = named([str(each["name"]) for each in found], dataset)
    columns = [
        _column(own, each, unique=key == [each["name"]], part_of_key=each["name"] in key)
        for own, each in zip(names, found, strict=True)
    ]
    return DraftSource(f"the table {table} of {system.id}", comment), columns


def _comment(catalogue: sa.Inspector, table: str, schema: str | None) -> str:
    try:
        return str(catalogue.get_table_comment(table, schema).get("text") or "")
    except NotImplementedError:  # SQLite keeps no comments: the draft says what it says of a table without one
        return ""


def _column(name: str, column: Any, *, unique: bool, part_of_key: bool) -> DraftColumn:
    kind, required = column["type"], part_of_key or not column["nullable"]
    meaning = str(column.get("comment") or "")
    match kind:
        case sa.Integer():
            return DraftColumn(name, "integer", required, unique, meaning=meaning)
        case sa.Numeric() | sa.Float():
            return DraftColumn(name, "number", required, unique, meaning=meaning)
        case sa.DateTime():
            return DraftColumn(name, "timestamp", required, meaning=meaning)
        case sa.Date():
            return DraftColumn(name, "string", required, unique, pattern=_DAY, meaning=meaning)
        case sa.Boolean():
            return DraftColumn(name, "string", required, codes=("true", "false"), meaning=meaning)
        case sa.Enum():
            return DraftColumn(name, "string", required, codes=tuple(kind.enums), meaning=meaning)
        case _:
            longest = getattr(kind, "length", None)
            return DraftColumn(name, "string", required, unique, longest, meaning=meaning)
