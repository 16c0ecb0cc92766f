"""The log of acts: what people, or the hub by itself, did to cases, findings, held batches, stopped streams,
decisions and error reports: who, when, why.

One module writes three tables (docs/decisions/0022-one-way.md says why they stay three). All are only ever appended to:
triggers see to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import insert

from hub.core.errors import ReasonMissing
from hub.core.tables import Moment, metadata

HUB = "hub"
"""Actor of automatic actions."""


act = Table(
    "act",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("case", BigInteger, ForeignKey("hub.case.id")),
    Column("batch", Text, ForeignKey("hub.batch.id")),
    Column("stream", Text, ForeignKey("hub.stream.id")),
    Column("finding", BigInteger, ForeignKey("hub.finding.id")),
    Column("what", Text, nullable=False),
    Column("detail", Text, comment="what was set: an owner, a day, the number of a decision; no value of a record"),
    Column("who", Text, nullable=False, comment="a name given by the person, or hub"),
    Column("why", Text, nullable=False, comment="the reason in the person's words; no value of a record"),
    Column("at", Moment, nullable=False),
    CheckConstraint('num_nonnulls("case", batch, stream, finding) = 1', name="act_about"),
    CheckConstraint(
        "what in ('assigned', 'retried', 'released', 'closed', 'passed', 'discarded', 'settled', 'classified',"
        " 'requested', 'reminded', 'signed', 'expired', 'reopened', 'viewed', 'acknowledged', 'left', 'escalated', 'refused',"
        " 'replayed')",
        name="act_what",
    ),
    CheckConstraint("why <> '' and who <> ''", name="act_why"),
    comment="What people, or the hub by itself, did to a case, a finding, a held batch or a stopped stream; only ever"
    " appended",
)
Index("act_case", act.c.case)
Index("act_batch", act.c.batch)
Index("act_stream", act.c.stream)
Index("act_finding", act.c.finding)


@dataclass(frozen=True)
class Actor:
    """A person who decides, and the reason. Both are kept, so neither may hold a value of a record.

    Raises:
        ReasonMissing: the name or the reason is empty.
    """

    who: str
    why: str

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.why.strip():
            raise ReasonMissing(
                "A decision needs a name and a reason", hint="give --because, and --by when the login is not your name"
            )


@dataclass(frozen=True)
class Log:
    """One table of acts in the schema `hub`.

    All have the columns what, who, why and at; each says its own way about what.
    """

    table: str
    about: tuple[str, ...]
    """Columns that say what an act is about."""
    once: bool
    """The same act again changes nothing."""


BATCHES = Log("act", ("batch",), once=False)
CASES = Log("act", ("case", "detail"), once=False)
FINDINGS = Log("act", ("finding",), once=False)
STREAMS = Log("act", ("stream",), once=False)
DECISIONS = Log("decision_act", ("decision", "record"), once=True)
ERROR_REPORTS = Log("error_report_act", ("report",), once=True)


def append(
    connection: sa.Connection, log: Log, about: tuple[object, ...], what: str, person: Actor, now: datetime
) -> None:
    """Append one act; `about` are the values of the log's own columns, in their order. The caller commits."""
    own = dict(zip(log.about, about, strict=True))
    given = {**own, "what": what, "who": person.who, "why": person.why, "at": now}
    statement = insert(sa.table(log.table, *map(sa.column, given), schema="hub")).values(given)
    connection.execute(statement.on_conflict_do_nothing() if log.once else statement)
