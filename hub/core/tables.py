"""The hub's own tables (schema `hub`); the log of acts stands in `hub/core/actions.py`.

The dataset tables come from the contracts (`hub/load/warehouse.py`). More than 300 lines stand here on purpose: their
foreign keys make one schema of them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, UUID

metadata = MetaData(schema="hub")
Moment = DateTime(timezone=True)

stream = Table(
    "stream",
    metadata,
    Column("id", Text, primary_key=True, comment="<system>.<contract>, e.g. one-stop-760.dossier"),
    Column("system", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column(
        "epoch",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="grows with every run; only the newest may commit",
    ),
    Column("owner", Text, comment="host and process of the newest run"),
    Column("position", JSONB, comment="how far the source has been read, in the source's own time"),
    Column("last_batch", Text, comment="the batch applied last; the next one names it as its predecessor"),
    Column("polled_at", Moment, comment="when the source was last read to its end: freshness"),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Column(
        "repeats",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="what it tells, the system that handles it tells too: theirs counts",
    ),
    comment="One contract read from one system",
)

run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("stream", Text, ForeignKey("hub.stream.id"), nullable=False),
    Column("epoch", BigInteger, nullable=False, comment="of its newest try"),
    Column("mode", Text, nullable=False, comment="live, full, window, replay, again"),
    Column("since", JSONB, comment="first position asked for; null: from the beginning"),
    Column("until", Moment),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("seconds", Numeric(12, 3)),
    Column(
        "request", Text, comment="the request it serves, an Airflow task say: the next try of it goes on with this run"
    ),
    Column(
        "begun_by", Text, comment="a login, or airflow: and a user of Airflow; null: the schedule, or the hub by itself"
    ),
    CheckConstraint("mode in ('live', 'full', 'window', 'replay', 'again')", name="run_mode"),
    UniqueConstraint("stream", "epoch", name="run_epoch"),
    comment="One reading of a stream",
)
Index("run_begun", run.c.stream, run.c.started_at)
Index("run_unfinished", run.c.stream, run.c.request, postgresql_where=run.c.ended_at.is_(None))

landing = Table(
    "landing",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("stream", Text, ForeignKey("hub.stream.id"), nullable=False),
    Column("sha256", Text, nullable=False, comment="of the plain bytes; names the file"),
    Column("media_type", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("records", Integer, nullable=False, comment="by the source's own word"),
    Column("request", Text, nullable=False, comment="what was asked, without secrets or personal data"),
    Column("end", JSONB, comment="greatest position among its records"),
    Column("refused", JSONB, nullable=False, server_default="{}", comment="records the source refused by code"),
    Column("fetched_at", Moment, nullable=False),
    UniqueConstraint("stream", "sha256", name="landing_once"),
    comment="A page as received; its bytes lie encrypted in the landing folder",
)

batch = Table(
    "batch",
    metadata,
    Column(
        "id",
        Text,
        primary_key=True,
        comment="hash of stream, mode, predecessor and pages: the same bytes give the same id",
    ),
    Column(
        "serial",
        BigInteger,
        Identity(always=True),
        unique=True,
        nullable=False,
        comment="its short number, carried by every row it wrote",
    ),
    Column("run", Text, ForeignKey("hub.run.id"), nullable=False),
    Column("stream", Text, ForeignKey("hub.stream.id"), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("number", Integer, nullable=False, comment="its place in the run, from 1"),
    Column("previous", Text, comment="the batch applied before it"),
    Column("base", JSONB, comment="position it was read from"),
    Column("end", JSONB, comment="position after it"),
    Column("state", Text, nullable=False),
    Column("contract_version", Text, nullable=False),
    Column("rules", Text, comment="digest of the rules and lists under which it was judged"),
    Column("verdict", JSONB, comment="rule -> broken rows, a dataset, by the row engine"),
    Column("gate", JSONB, comment="rule -> broken rows by the declared suite, failed dataset rules, disagreements"),
    Column("gate_seconds", Numeric(12, 3)),
    Column("landed_at", Moment, nullable=False),
    Column("settled_at", Moment, comment="when it was applied, held or discarded"),
    Column("answer", BYTEA, comment="hash of its pages and of everything that could change a verdict"),
    Column("least_key", Text(collation="C"), comment="least key of the records in it, once it was applied"),
    Column("greatest_key", Text(collation="C"), comment="greatest key of the records in it"),
    Column("changed", Boolean, comment="whether it changed any row, once it was applied"),
    Column(
        "basis",
        Text,
        ForeignKey("hub.basis.id"),
        comment="what it was judged with; null: by a hub that did not keep it",
    ),
    CheckConstraint("state in ('landed', 'staged', 'applied', 'held', 'discarded')", name="batch_state"),
    comment="The unit of atomic effect",
)
Index("batch_run", batch.c.run)
Index(
    "batch_no_fork",
    batch.c.stream,
    text("coalesce(previous, '')"),
    unique=True,
    postgresql_where=batch.c.state == "applied",
)
Index("batch_held", batch.c.stream, batch.c.serial, postgresql_where=batch.c.state == "held")
Index("batch_applied", batch.c.stream, batch.c.serial, postgresql_where=batch.c.state == "applied")
Index("batch_answer", batch.c.stream, batch.c.answer, postgresql_where=batch.c.answer.is_not(None))
Index(
    "batch_changed",
    batch.c.stream,
    batch.c.serial,
    postgresql_where=(batch.c.state == "applied") & batch.c.changed.is_not(False),
)

batch_page = Table(
    "batch_page",
    metadata,
    Column("batch", Text, ForeignKey("hub.batch.id", ondelete="cascade"), primary_key=True),
    Column("number", Integer, primary_key=True, comment="order within the batch, from 1"),
    Column("landing", BigInteger, ForeignKey("hub.landing.id"), nullable=False),
    comment="The pages of a batch",
)

ledger = Table(
    "ledger",
    metadata,
    Column("batch", Text, ForeignKey("hub.batch.id"), primary_key=True),
    Column("dataset", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("received", BigInteger, nullable=False, comment="records in the landed bytes"),
    Column("accepted", BigInteger, nullable=False, comment="rows the merge wrote as current"),
    Column("unchanged", BigInteger, nullable=False, comment="content equal to the current row's"),
    Column("duplicate", BigInteger, nullable=False, comment="same key, version and content again in the batch"),
    Column("outdated", BigInteger, nullable=False, comment="older than the current version: history only"),
    Column("quarantined", BigInteger, nullable=False, comment="records that became cases"),
    Column(
        "removed",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="children that left with their owner's new version; not received, so outside the equation",
    ),
    Column(
        "findings",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="contradictions noted on accepted rows; outside the equation",
    ),
    CheckConstraint("state in ('applied', 'held')", name="ledger_state"),
    CheckConstraint(
        "state = 'held' or received = accepted + unchanged + duplicate + outdated + quarantined", name="ledger_balances"
    ),
    comment="One row a batch and table: every record received is accounted for",
)

case = Table(
    "case",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("stream", Text, ForeignKey("hub.stream.id"), nullable=False),
    Column("dataset", Text, nullable=False),
    Column("record_key", Text, comment="null when the record has none"),
    Column(
        "content",
        UUID(as_uuid=False),
        nullable=False,
        comment="fingerprint of key, version and content: one case a faulty record",
    ),
    Column("rules", ARRAY(Text), nullable=False, comment="every broken rule"),
    Column(
        "detail",
        Text,
        comment="where in the record, and by which clause, if it could not be read; names, never a value",
    ),
    Column(
        "landing",
        BigInteger,
        ForeignKey("hub.landing.id"),
        nullable=False,
        comment="the record itself stays in the landed bytes",
    ),
    Column("record", Integer, nullable=False, comment="its number in the page, from 1"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("owner", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("first_batch", Text, ForeignKey("hub.batch.id"), nullable=False),
    Column("last_batch", Text, ForeignKey("hub.batch.id"), nullable=False, comment="the batch that saw it last"),
    Column("seen", Integer, nullable=False, server_default="1"),
    Column("version", Moment, comment="change time of the record, where it can be read"),
    Column("record_owner", Text, comment="key of the record that owns it; null where none does"),
    Column(
        "asked",
        Integer,
        nullable=False,
        server_default="0",
        comment="how often the source was asked for the record again",
    ),
    Column("ask_at", Moment, comment="when it may be asked for next"),
    Column("unit", Text, comment="code of the unit whose record it is; null: known by its system only"),
    Column("unit_since", Text, comment="first day on which the code named that unit"),
    Column(
        "assigned",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="a person chose the owner: the list of owners does not change it",
    ),
    Column(
        "fault",
        Text,
        comment="digitisation: the entry differs from the paper book; book: the book itself is wrong",
    ),
    Column("decision_number", Text, comment="of the decision by which the book was corrected (cải chính)"),
    Column(
        "closed_seen",
        Integer,
        comment="how often it had been seen when a person closed it: seen more often, it opens again",
    ),
    Column("reminded_at", Moment, comment="when its owner was last reminded"),
    Column("escalated_at", Moment, comment="when the office above its owner was named, because it was long overdue"),
    Column("feed", Text, comment="the feed whose receiver refused it; null: the hub quarantined it"),
    Column("delivery", BigInteger, comment="number of the delivery in which it was refused last"),
    CheckConstraint("state in ('open', 'released', 'closed')", name="case_state"),
    CheckConstraint("fault in ('digitisation', 'book')", name="case_fault"),
    CheckConstraint("owner <> ''", name="case_owned"),
    CheckConstraint("(feed is null) = (delivery is null)", name="case_refused"),
    UniqueConstraint("stream", "dataset", "content", name="case_once"),
    comment="A quarantined record with its reasons, its owner and its clock",
)
Index("case_open", case.c.stream, case.c.dataset, case.c.record_key, postgresql_where=case.c.state == "open")
Index("case_due", case.c.stream, case.c.ask_at, postgresql_where=case.c.state == "open")

Index("case_of_feed", case.c.feed, case.c.record_key, postgresql_where=case.c.feed.is_not(None))
Index("case_overdue", case.c.due_at, postgresql_where=case.c.state == "open")

dataset_table = Table(
    "dataset",
    metadata,
    Column("dataset", Text, primary_key=True),
    Column("table", Text, nullable=False, unique=True),
    comment="Which table of warehouse and history holds a dataset, by its contract: a search by name follows it",
)

finding = Table(
    "finding",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("stream", Text, ForeignKey("hub.stream.id"), nullable=False),
    Column("dataset", Text, nullable=False),
    Column("record_key", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("batch", Text, ForeignKey("hub.batch.id"), nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("unit", Text, comment="code of the unit whose record it is; null: known by its system only"),
    Column("unit_since", Text, comment="first day on which the code named that unit"),
    Column(
        "until",
        Moment,
        comment="from when on the record is no evidence: its waiver ends, or it left its source and a person released it",
    ),
    Column("acknowledged_at", Moment, comment="when a person had looked at it; it stays with the record"),
    Column("resolved_at", Moment, comment="when the record came again without it"),
    Column("rekeyed", Text, comment="key under which the source has the entry now, if the record left it"),
    UniqueConstraint("stream", "dataset", "record_key", "rule", name="finding_once"),
    comment="Two facts disagree: the record is accepted and a person looks (decision 6)",
)
