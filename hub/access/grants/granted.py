"""The grants in force as rows for the policies of the database (`hub/access/row_security.py`); each version brings
them along.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Column, Date, Index, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from hub.access.grants.model import CITY, Grants
from hub.access.grants.territory import Territories
from hub.core.tables import metadata

granted = Table(
    "granted",
    metadata,
    Column("grant", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("dataset", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Column(
        "places",
        ARRAY(Text),
        comment="codes of units in which an entry must have been registered; null: the whole city",
    ),
    Column(
        "legal_bases",
        ARRAY(Text),
        nullable=False,
        server_default="{}",
        comment="names under which a question may stand: the duty, and its version",
    ),
    Index("granted_agency", "agency", "purpose"),
    comment="The grants in force as rows, which the policies consult",
)

Row = tuple[str, str, str, str, date, date | None, tuple[str, ...] | None, tuple[str, ...]]


def rows(grants: Grants, territories: Territories) -> Iterator[Row]:
    """One row for each grant and version of its law: the days on which both are valid.

    A purpose that needs nothing of a dataset gets no row."""
    for grant in grants.all:
        if not grant.answers & grants.purposes.answers(grant.purpose) and not grant.fields & grants.purposes.needed(
            grant.purpose, grant.dataset
        ):
            continue
        places = None if grant.territory == CITY else territories.codes(grant)
        for law in grant.law:
            first = max(grant.valid_from, law.valid_from or date.min)
            last = min((day for day in (grant.valid_to, law.valid_to) if day), default=None)
            if law.in_force and (last is None or first <= last):
                yield grant.id, grant.agency, grant.dataset, grant.purpose, first, last, places, law.names


def stand(connection: sa.Connection, grants: Grants, territories: Territories) -> bool:
    """Whether the table holds what follows from the grants."""
    there = connection.execute(sa.select(granted)).all()
    return _wanted(grants, territories) == sorted(
        ((*row[:6], tuple(row.places) if row.places is not None else None, tuple(row.legal_bases)) for row in there),
        key=str,
    )


def write(connection: sa.Connection, grants: Grants, territories: Territories) -> bool:
    """Bring the table to the grants. Returns whether it changed. The caller holds the lock of `versions.py`."""
    if stand(connection, grants, territories):
        return False
    connection.execute(sa.delete(granted))
    filled = [
        dict(zip(granted.c.keys(), (*row[:6], list(row[6]) if row[6] is not None else None, list(row[7])), strict=True))
        for row in _wanted(grants, territories)
    ]
    if filled:
        connection.execute(sa.insert(granted), filled)
    return True


def _wanted(grants: Grants, territories: Territories) -> list[Row]:
    return sorted(set(rows(grants, territories)), key=str)
