"""Errors that consumers find in shared data, on their way back to the source (Decree 47/2020 Art. 52.2c).

A report names a record and a field, never a value; the reporter's own words are sealed. The hub changes nothing:
whoever owns the source repairs it there, and the next version arrives by itself.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import BYTEA

from contracts.errors import Permanent
from contracts.model import Dataset
from hub.access.inquiry import Inquiry
from hub.core import actions
from hub.core.actions import Actor
from hub.core.crypto import Keys
from hub.core.errors import NotFound
from hub.core.tables import Moment, metadata
from hub.load.warehouse import has_table

PLACE = b"hub.error_report.said"
KINDS = ("wrong", "missing", "outdated", "other-person")
"""A value is wrong; is not there; was overtaken by events; the record is about somebody else."""
OUTCOMES = ("forwarded", "corrected", "rejected")
"""What becomes of a report: forwarded to the owner; then corrected at the source, or rejected."""

error_report = Table(
    "error_report",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("agency", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("dossier", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("record_key", Text, nullable=False),
    Column("field", Text, nullable=False, comment="wire name; empty: the record as a whole"),
    Column("kind", Text, nullable=False),
    Column("said", BYTEA, nullable=False, comment="the reporter's words, sealed: they may name people"),
    Column("said_lookup", BYTEA, nullable=False, comment="keyed HMAC of the words: the same report twice is one"),
    Column("owner", Text, nullable=False),
    Column("reported_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    UniqueConstraint(
        "agency", "dossier", "dataset", "system", "record_key", "field", "kind", "said_lookup", name="error_report_once"
    ),
    CheckConstraint(f"kind in {KINDS}", name="error_report_kind"),
    comment="What consumers of shared data found wrong in it, for the owner of the source (Decree 47/2020 Art. 52.2c); only ever appended",
)

error_report_act = Table(
    "error_report_act",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("report", BigInteger, ForeignKey("hub.error_report.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("report", "what", name="error_report_act_once"),
    CheckConstraint(f"what in {OUTCOMES}", name="error_report_act_what"),
    CheckConstraint("who <> '' and why <> ''", name="error_report_act_said"),
    comment="What became of a report: told to the source's owner, corrected there, or rejected; only ever appended",
)


class AlreadyClosed(Permanent):
    """A report that was closed already."""


@dataclass(frozen=True)
class Reported:
    """An error report as it stands."""

    id: int
    agency: str
    who: str
    purpose: str
    dossier: str
    dataset: str
    system: str
    record_key: str
    field: str
    kind: str
    owner: str
    reported_at: datetime
    due_at: datetime
    state: str
    """`open`, or the newest of `OUTCOMES`."""

    @property
    def record(self) -> str:
        """For `hub trace`."""
        return f"{self.dataset}/{self.system}/{self.record_key}"


@dataclass(frozen=True)
class Finding:
    """What a consumer found wrong."""

    record: tuple[str, str, str]
    """Dataset, system, key."""
    field: str
    kind: str
    words: str = dataclasses.field(repr=False)


def report(
    connection: sa.Connection,
    found: Finding,
    keys: Keys,
    *,
    inquiry: Inquiry,
    owner: str,
    now: datetime,
    term: timedelta,
) -> Reported:
    """Record a report for the owner of the source. A repeated report is the same one."""
    names = ("agency", "who", "purpose", "dossier", "dataset", "system", "record_key", "field", "kind")
    asker = (inquiry.agency, inquiry.officer, inquiry.purpose, inquiry.reference)
    row: dict[str, Any] = dict(zip(names, (*asker, *found.record, found.field, found.kind), strict=True))
    row |= {
        "said": keys.seal(found.words.encode(), PLACE),
        "said_lookup": bytes.fromhex(keys.lookup(found.words)),
        "owner": owner,
        "reported_at": now,
        "due_at": now + term,
    }
    columns, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(
        sa.text(
            f"insert into hub.error_report ({columns}) values ({places}) on conflict on constraint error_report_once do nothing"
        ),
        row,
    )
    same = " and ".join(
        f"r.{name} = :{name}"
        for name in ("agency", "dossier", "dataset", "system", "record_key", "field", "kind", "said_lookup")
    )
    return _reported(connection.execute(sa.text(f"{SELECT} where {same}"), row).one())


@dataclass(frozen=True)
class Held:
    """Where and when a held record was registered; some datasets have no place."""

    place: str | None = None
    registered: str | None = None


def held(connection: sa.Connection, dataset: Dataset, system: str, key: str) -> Held | None:
    """A record that is in the warehouse now; None: it is not there."""
    if not has_table(connection, dataset.table):
        return None
    columns = [dataset.by_name[name].column for name in (dataset.place_field, dataset.day_field) if name]
    query = sa.text(
        f"select {', '.join(columns)} from warehouse.{dataset.table} where _system = :system and _key = :key"
    )
    found = connection.execute(query, {"system": system, "key": key}).first()
    return Held(*found) if found is not None else None


def one(connection: sa.Connection, number: int, asker: Inquiry | None = None) -> Reported:
    """A report by its number; `asker`: only one of its own. Raises NotFound."""
    query, values = f"{SELECT} where r.id = :id", dict[str, object](id=number)
    if asker is not None:  # the database decides, so that another's takes as long as none
        query += " and r.agency = :agency and r.purpose = :purpose and (:only = '' or r.dossier = :only)"
        values |= {"agency": asker.agency, "purpose": asker.purpose, "only": asker.dossier}
    found = connection.execute(sa.text(query), values).first()
    if found is None:
        raise NotFound(f"No error report {number}", hint="hub reports list shows them")
    return _reported(found)


def words(connection: sa.Connection, number: int, keys: Keys) -> str:
    """The reporter's text, for the person who repairs.

    It may hold personal data; no agency reads it. Raises NotFound.
    """
    one(connection, number)
    said = connection.scalar(sa.text("select said from hub.error_report where id = :id"), {"id": number})
    return keys.open(bytes(said), PLACE).decode()


def listed(connection: sa.Connection, *, still_open: bool = True, system: str | None = None) -> tuple[Reported, ...]:
    """Reports, the most urgent first."""
    rows = connection.execute(sa.text(f"{SELECT} order by r.due_at, r.id"))
    found = (_reported(row) for row in rows)
    return tuple(
        r for r in found if (not still_open or r.state in ("open", "forwarded")) and system in (None, r.system)
    )


def act(connection: sa.Connection, number: int, what: str, person: Actor, now: datetime) -> Reported:
    """Record that a report was `forwarded`, `corrected` or `rejected`.

    Raises:
        NotFound: no such report.
        AlreadyClosed: it was closed before.
    """
    connection.execute(sa.text("select from hub.error_report where id = :id for no key update"), {"id": number})
    known = one(connection, number)
    if known.state in ("corrected", "rejected"):
        raise AlreadyClosed(f"Error report {number} was {known.state} already", hint="a new fault is a new report")
    actions.append(connection, actions.ERROR_REPORTS, (number,), what, person, now)
    return one(connection, number)


SELECT = """
    select r.id, r.agency, r.who, r.purpose, r.dossier, r.dataset, r.system, r.record_key, r.field, r.kind, r.owner, r.reported_at, r.due_at,
           coalesce((select a.what from hub.error_report_act a where a.report = r.id order by a.id desc limit 1), 'open') as state
    from hub.error_report r"""


def _reported(row: Any) -> Reported:
    return Reported(**row._mapping)
