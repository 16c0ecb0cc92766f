"""Tables of the way out: deliveries and what was in each, approvals by people, keys of receivers."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from hub.core.tables import Moment, metadata

STATES = ("built", "released", "sent", "acknowledged", "refused", "unknown")
"""built: waits for a person; released: may leave; sent: the receiver has it, and has not judged it; unknown: whether it
came is asked about, never guessed."""

delivery = Table(
    "delivery",
    metadata,
    Column("feed", Text, ForeignKey("hub.feed.id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False, comment="from 1, without a gap"),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="built"),
    Column("receiver", Text, nullable=False, comment="identity code of the agency"),
    Column("terms", Text, nullable=False, comment="hash of receiver, columns and grants under which it was built"),
    Column("grants", ARRAY(Text), nullable=False),
    Column("legal_bases", ARRAY(Text), nullable=False),
    Column("columns", ARRAY(Text), nullable=False),
    Column("form", Text, nullable=False),
    Column("manifest", BYTEA, nullable=False, comment="as it was signed"),
    Column("signature", BYTEA, nullable=False),
    Column("digest", Text, nullable=False, unique=True, comment="SHA-256 of the manifest; the next delivery names it"),
    Column("file", Text, nullable=False, comment="name of the payload"),
    Column("content_sha256", Text, nullable=False, comment="of its lines: what a rebuilt one is compared by"),
    Column(
        "once", BYTEA, nullable=False, comment="the key made for it, sealed: with it the same bytes can be made again"
    ),
    Column("built_at", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, comment="end of its retention: then hash and counts remain"),
    Column("deleted_at", Moment, comment="when its payload was deleted here"),
    Column("put", BigInteger, nullable=False),
    Column("deleted", BigInteger, nullable=False),
    Column("released", BigInteger, nullable=False, server_default=text("0"), comment="items that may leave"),
    Column("acknowledged", BigInteger, nullable=False, server_default=text("0")),
    Column("refused", BigInteger, nullable=False, server_default=text("0")),
    Column("waiting", BigInteger, nullable=False, server_default=text("0")),
    Column("unknown", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("kind in ('snapshot', 'delta')", name="delivery_kind"),
    CheckConstraint(f"state in {STATES}", name="delivery_state"),
    CheckConstraint("sequence >= 1", name="delivery_sequence"),
    CheckConstraint("deleted_at is null or once = ''", name="delivery_deleted_key"),
    CheckConstraint("released = acknowledged + refused + waiting + unknown", name="delivery_balances"),
    CheckConstraint(
        "released = case when state = 'built' then 0 else put + deleted end", name="delivery_released_whole"
    ),
    CheckConstraint(
        "waiting = case when state in ('released', 'sent') then released else 0 end"
        " and unknown = case when state = 'unknown' then released else 0 end"
        " and (state <> 'refused' or acknowledged = 0)",
        name="delivery_counts_follow",
    ),
    comment="Issues of feeds: the same bytes under the same number for ever",
)
Index("delivery_expiring", delivery.c.expires_at, postgresql_where=delivery.c.deleted_at.is_(None))

# Without a foreign key: items are written in the transaction of their delivery, which is never deleted, and the check of
# a million single rows costs as much as a third of the snapshot.
delivery_item = Table(
    "delivery_item",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False, comment="its line, from 1"),
    Column("system", Text(collation="C"), nullable=False),
    Column("key", Text(collation="C"), nullable=False, comment="the source's own record id"),
    Column("operation", Text, nullable=False),
    Column("batch", BigInteger, comment="which version of the record: the batch that brought it; null: it was deleted"),
    CheckConstraint("operation in ('put', 'delete')", name="delivery_item_operation"),
    CheckConstraint("(operation = 'put') = (batch is not null)", name="delivery_item_version"),
    comment="What was in each delivery: key and version, never a value. The newest line of a key says what the receiver holds",
)
Index("delivery_item_held", *(delivery_item.c[name] for name in ("feed", "key", "system", "sequence")))
Index(
    "delivery_item_gone",
    *(delivery_item.c[name] for name in ("feed", "key", "system", "sequence")),
    postgresql_where=delivery_item.c.operation == "delete",
)

feed_approval = Table(
    "feed_approval",
    metadata,
    Column("feed", Text, ForeignKey("hub.feed.id"), primary_key=True),
    Column("terms", Text, primary_key=True, comment="what was approved: hash of receiver, columns and grants"),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("who <> '' and why <> ''", name="feed_approval_said"),
    comment="A person let a feed begin under these terms; only ever appended",
)

receiver_key = Table(
    "receiver_key",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("receiver", Text, nullable=False, comment="identity code of the agency"),
    Column("use", Text, nullable=False, comment="opening: payloads are sealed for it; signing: its receipts"),
    Column("key", Text, nullable=False, comment="id of the key, as the receiver read it out"),
    Column("pem", Text, nullable=False, comment="the public key"),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("use in ('opening', 'signing')", name="receiver_key_use"),
    CheckConstraint("who <> '' and why <> ''", name="receiver_key_said"),
    comment="Public keys of receivers, as a person pinned them; the newest of each use counts; only ever appended",
)
Index("receiver_key_newest", receiver_key.c.receiver, receiver_key.c.use, receiver_key.c.id)
