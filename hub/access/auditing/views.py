"""The views of `views.yaml`, and the statements that bring the schema `audit` to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlalchemy as sa
import yaml

from hub.access.logins import ownership
from hub.access.logins.duty import ROLES, Duty
from hub.core.database import identifier, literal

FILE = Path(__file__).with_name("views.yaml")
READERS = (ROLES[Duty.AUDITING], ROLES[Duty.LOADING])
"""Logins that may read them: auditors, and the city's own pages, which name their query."""


@dataclass(frozen=True)
class Column:
    """A column of a view."""

    name: str
    source: str
    """SQL."""
    english: str
    vietnamese: str


@dataclass(frozen=True)
class View:
    """A view of the schema `audit`."""

    name: str
    english: str
    vietnamese: str
    source: str
    """What stands behind FROM."""
    of: str
    """SQL: the system or agency that a row belongs to; empty: the whole city."""
    columns: tuple[Column, ...]

    def statements(self) -> Iterator[str]:
        """Make it, with its comments."""
        listed = ", ".join(f"{column.source} as {identifier(column.name)}" for column in self.columns)
        seen = "'*' = any ((select hub.audited())::text[])"
        seen += f" or {self.of} = any ((select hub.audited())::text[])" if self.of else ""
        name = f"audit.{identifier(self.name)}"
        yield f"create view {name} with (security_barrier) as select {listed} from {self.source} where {seen}"
        yield f"comment on view {name} is {literal(f'{self.english} · {self.vietnamese}')}"
        for column in self.columns:
            said = literal(f"{column.english} · {column.vietnamese}")
            yield f"comment on column {name}.{identifier(column.name)} is {said}"


@cache
def views() -> tuple[View, ...]:
    """All views, by the file."""
    read: Mapping[str, Mapping[str, object]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(_view(name, given) for name, given in read.items())


def _view(name: str, given: Mapping[str, object]) -> View:
    columns: Mapping[str, list[str]] = given["columns"]  # type: ignore[assignment]
    meaning: tuple[str, str] = tuple(given["meaning"])  # type: ignore[assignment, arg-type]
    return View(
        name,
        *meaning,
        str(given["from"]),
        str(given.get("of", "")),
        tuple(Column(column, *map(str, said)) for column, said in columns.items()),
    )


def missing_statements(connection: sa.Connection) -> list[str]:
    """The statements that bring the schema to this version; none if it is there."""
    wanted = [statement for view in views() for statement in view.statements()]
    mark = f"Views for auditors, {hashlib.sha256(repr(wanted).encode()).hexdigest()[:12]}"
    there = connection.scalar(
        sa.text("select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = 'audit'")
    )
    statements = []
    if there != mark:
        statements = ["drop schema if exists audit cascade", "create schema audit", *wanted]
        statements.append(f"comment on schema audit is {literal(mark)}")
    readable = sa.text("""
        select has_schema_privilege(oid, 'audit', 'usage') and has_function_privilege(oid, 'hub.audited()', 'execute')
        from pg_roles where rolname = :role""")
    for role in READERS:
        exists = connection.scalar(sa.text("select true from pg_roles where rolname = :role"), {"role": role})
        if exists and (there != mark or not connection.scalar(readable, {"role": role})):
            statements.append(f"grant usage on schema audit to {role}")
            statements.append(f"grant select on all tables in schema audit to {role}")
            statements.append(f"grant execute on function hub.audited to {role}")
    return statements


def apply(connection: sa.Connection) -> None:
    """Bring the views to this version. Raises DatabaseBehind: something is missing, and this login may not add it."""
    statements = missing_statements(connection)
    if statements:
        ownership.require(connection)
    for statement in statements:
        connection.execute(sa.text(statement.replace(":", "\\:")))
