"""Who answers for a record now: the office of its unit, or of the system that it came from.

The deployment's units, agencies, keepers of books and systems become rows of `hub.case_owner`, so that the merge can
name the owner of a case in the statement that opens it. A unit that ended has its books with the keeper of the day
(`hub/core/book_keepers.py`). Open cases follow when the list changes, unless a person chose their owner.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Table, Text

from contracts.local_time import local_day
from contracts.model import Dataset
from hub.access.grants.agencies import Agency, read_agencies
from hub.core import actions
from hub.core.actions import HUB, Actor
from hub.core.book_keepers import FILE, BookKeepers, read_keepers
from hub.core.database import identifier
from hub.core.deployment import Deployment
from hub.core.tables import metadata
from hub.core.units import FILE as UNITS
from hub.core.units import Unit, Units, read_units

case_owner = Table(
    "case_owner",
    metadata,
    Column("system", Text, primary_key=True, comment="empty: for a unit, whatever system has its record"),
    Column("unit", Text, primary_key=True, comment="code of the unit; empty: for the system; *: the office above all"),
    Column(
        "since", Text, primary_key=True, comment="first day on which the code named this unit; empty: for the system"
    ),
    Column("until", Text, comment="last day; null: it still does"),
    Column("owner", Text, nullable=False),
    Column("list", Text, nullable=False, comment="digest of what the rows were made of"),
    CheckConstraint("owner <> ''", name="case_owner_somebody"),
    comment="Who answers for a record now, by the unit that it is of or else by its system; written from the deployment",
)

ABOVE = "*"
"""In place of a unit's code: the office above all owners, to whom a case is escalated."""

Row = tuple[str, str, str, str | None, str]
"""system, unit, since, until, owner"""


def owner_of(dataset: Dataset) -> str:
    """SQL: the row of `hub.case_owner` for a stage row `s`; `:system` is the system that it came from.

    The contract's unit fields in their order, by the day that the contract names; a day that is not listed or not
    readable counts as the nearest that is. Then the system. No row: neither is known.
    """
    codes = [f"s.{identifier(dataset.by_name[name].column)}" for name in dataset.unit_fields]
    day = f"s.{identifier(dataset.by_name[dataset.unit_day].column)}" if dataset.unit_day else "null"
    rank = " ".join(f"when x.system = '' and x.unit = {code} then {place}" for place, code in enumerate(codes))
    mine = f" or (x.system = '' and x.unit <> '{ABOVE}' and x.unit in ({', '.join(codes)}))" if codes else ""
    return f"""
        select nullif(x.unit, '') as unit, nullif(x.since, '') as unit_since, x.owner
        from hub.case_owner x cross join (select coalesce(left({day} || '-01-01', 10), '9999') as day) d
        where (x.system = :system{mine})
        order by {f"case {rank} else {len(codes)} end," if codes else ""}
                 (x.since <= d.day and coalesce(x.until, '9999') >= d.day) desc, x.since > d.day,
                 case when x.since > d.day then x.since end, x.since desc
        limit 1"""


def publish(connection: sa.Connection, deployment: Deployment, now: datetime) -> bool:
    """Bring the list to the deployment's files and to the day; open cases follow it. Returns whether it changed.

    Raises:
        DeploymentInvalid: one of the files is wrong.
    """
    digest = _digest(deployment, local_day(now))
    known = sa.select(case_owner.c.list).where(case_owner.c.list == digest).limit(1)
    if connection.scalar(known) is not None:
        return False
    rows = sorted(set(_rows(deployment, local_day(now))))
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.case_owner'))"))
    if not rows or connection.scalar(known) is not None:
        return False
    connection.execute(sa.delete(case_owner))
    columns = ("system", "unit", "since", "until", "owner")
    connection.execute(sa.insert(case_owner), [dict(zip(columns, row, strict=True)) | {"list": digest} for row in rows])
    _follow(connection, now)
    return True


def _follow(connection: sa.Connection, now: datetime) -> None:
    """Open cases go to the owners of the new list; each change is an act."""
    # A system that is gone has no row of its own: its unit's row says who keeps its books now.
    query = sa.text("""
        with moved as (
            select c.id, coalesce(
                (select o.owner from hub.case_owner o where o.system = s.system and o.unit = coalesce(c.unit, '')),
                (select o.owner from hub.case_owner o where o.system = '' and o.unit = c.unit and o.since = c.unit_since)
            ) as owner
            from hub."case" c join hub.stream s on s.id = c.stream where c.state <> 'closed' and not c.assigned
        )
        update hub."case" c set owner = m.owner, reminded_at = null
        from moved m where m.id = c.id and m.owner <> c.owner returning c.id, c.owner""")
    by_list = Actor(HUB, "the deployment's list of owners changed")
    for case, owner in connection.execute(query).all():
        actions.append(connection, actions.CASES, (case, owner), "assigned", by_list, now)


def _rows(deployment: Deployment, day: date) -> Iterator[Row]:
    reference = deployment.folder / "reference"
    units = read_units(reference) if (reference / UNITS).exists() else Units((), ())
    agencies = tuple(read_agencies(deployment.folder).values()) if (reference / "agencies.csv").exists() else ()
    keepers = read_keepers(deployment.folder, units)
    if keepers is not None:
        yield "", ABOVE, "", None, keepers.otherwise
    owners = {unit: _office(unit, units, agencies, keepers, day) for unit in units}
    for unit, owner in owners.items():
        if owner:
            yield "", unit.code, unit.first.isoformat(), unit.last.isoformat() if unit.last else None, owner
    for system in deployment.systems.values():
        of_code = sorted(unit for unit in units if unit.code == system.unit)
        served = next((unit for unit in of_code if unit.on(day)), of_code[-1] if of_code else None)
        if served is None:
            if system.owner:
                yield system.id, "", "", None, system.owner
            continue
        until = served.last.isoformat() if served.last else None
        owner = (system.owner if served.on(day) else "") or owners[served] or system.owner
        yield system.id, served.code, served.first.isoformat(), until, owner


def _office(unit: Unit, units: Units, agencies: tuple[Agency, ...], keepers: BookKeepers | None, day: date) -> str:
    """The office that answers for the books of a unit on a day; empty: nobody is named."""
    if not unit.on(day):
        if keepers is None:
            return ""
        kept_by = keepers.of(unit, day)
        keeper = units.at(kept_by, day) if kept_by.isdigit() else None
        if not isinstance(keeper, Unit):
            return keepers.otherwise if kept_by.isdigit() else kept_by
        unit = keeper
    named = (each.name for each in agencies if each.unit == unit.code and each.registers and each.on(day))
    return next(named, f"Ủy ban nhân dân {unit.name}")


def _digest(deployment: Deployment, day: date) -> str:
    """Changes with everything that the rows are made of."""
    reference = deployment.folder / "reference"
    files = (reference / UNITS, reference / "agencies.csv", deployment.folder / FILE)
    content = hashlib.sha256(day.isoformat().encode())
    for system in sorted(deployment.systems.values(), key=lambda each: each.id):
        content.update(repr((system.id, system.unit, system.owner)).encode())
    for file in files:
        content.update(_bytes(file))
    return content.hexdigest()


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""
