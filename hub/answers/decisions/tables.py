"""The tables of this folder (schema `hub`). All of them are only ever appended to: triggers see to it.

The folder's statements are SQL text; what stands here is the schema that a test compares with the migrated database
(`tests/hub/core/test_database.py`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from hub.core.tables import Moment, metadata

decision = Table(
    "decision",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("agency", Text, nullable=False),
    Column("dossier", Text, nullable=False),
    Column(
        "requirement_set", Text, nullable=False, comment="keyed hash of what was asked: requirements, persons, purpose"
    ),
    Column("requirement", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("evidence_type", Text),
    Column("dataset", Text),
    Column("system", Text),
    Column("record_key", Text),
    Column("version", Moment),
    Column("result_code", Text),
    Column("legal_basis", Text, nullable=False),
    Column("why", JSONB, nullable=False, comment="each condition with its value; no value of a person"),
    Column("known_at", Moment, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column(
        "asked_under",
        Text,
        nullable=False,
        server_default="",
        comment="legal basis that the question named; empty: none",
    ),
    Column("role", Text, comment="side of the entry: child, wife ...; null: decided before sides were kept"),
    Column(
        "generation",
        Integer,
        nullable=False,
        server_default="1",
        comment="which answer to this question it is: 1 the first, the last one stands",
    ),
    Column("supersedes", BigInteger, ForeignKey("hub.decision.id"), comment="the decision in whose place it stands"),
    Column(
        "changed",
        ARRAY(Text),
        nullable=False,
        server_default="{}",
        comment="why: conditions that say otherwise than before, or record, version; never a value",
    ),
    Column(
        "candidates",
        ARRAY(Text),
        nullable=False,
        server_default="{}",
        comment="of a confirm with several: record@version of each",
    ),
    UniqueConstraint("agency", "dossier", "requirement_set", "requirement", "generation", name="decision_once"),
    UniqueConstraint("supersedes", name="decision_successor"),
    CheckConstraint(
        "(generation = 1) = (supersedes is null) and (generation = 1) = (changed = '{}')", name="decision_generation"
    ),
    CheckConstraint("outcome in ('reuse', 'confirm', 'ask')", name="decision_outcome"),
    CheckConstraint(
        "outcome = 'ask' or evidence_type = 'population' or num_nulls(dataset, system, record_key, version) = 0",
        name="decision_evidence",
    ),
    Index("decision_dossier", "dossier"),
    comment="Reuse, confirm or ask, for one requirement of one dossier; only ever appended",
)

decision_question = Table(
    "decision_question",
    metadata,
    Column("decision", BigInteger, ForeignKey("hub.decision.id"), primary_key=True, autoincrement=False),
    Column("content", BYTEA, nullable=False, comment="the question as JSON, sealed"),
    comment="The question of a decision, by which it is judged again; only ever appended",
)

decision_act = Table(
    "decision_act",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("decision", BigInteger, ForeignKey("hub.decision.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column(
        "record",
        Text,
        nullable=False,
        server_default="",
        comment="candidate that it is about, where it is not the decision's own record",
    ),
    UniqueConstraint("decision", "what", "record", name="decision_act_once"),
    CheckConstraint("what in ('previewed', 'confirmed', 'used', 'refused')", name="decision_act_what"),
    CheckConstraint("who <> '' and why <> ''", name="decision_act_said"),
    comment="What the officer did: looked at the evidence, then used it or refused it; only ever appended",
)

issued_copy = Table(
    "issued_copy",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("agency", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("record_key", Text, nullable=False),
    Column("version", Moment, nullable=False),
    Column("reference", Text, nullable=False, comment="the dossier or question for which it was issued"),
    Column("legal_basis", Text, nullable=False),
    Column("issued_at", Moment, nullable=False),
    UniqueConstraint("agency", "year", "kind", "number", name="issued_copy_number"),
    UniqueConstraint("agency", "reference", "dataset", "system", "record_key", "version", name="issued_copy_once"),
    comment="Register of issued copies (trích lục): one running number an agency, year and kind; only ever appended",
)

issued_copy_sheet = Table(
    "issued_copy_sheet",
    metadata,
    Column("copy", BigInteger, ForeignKey("hub.issued_copy.id"), primary_key=True, autoincrement=False),
    Column("sha256", Text, primary_key=True),
    comment="Hash of the data that a numbered copy showed; only ever appended",
)
