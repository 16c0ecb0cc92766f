"""What is kept: the facts of each dossier, their sums by unit, field, procedure and month, and how far both have come."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, SmallInteger, Table, Text, text

from hub.core.tables import Moment, metadata

MEASURES = {
    "received": "dossiers received",
    "synced": "of these, told to a portal too",
    "in_time": "ended in time, or asked for one supplement in time",
    "late": "ended late, or asked for more than one supplement",
    "unjudged": "without a day that was promised",
    "finished": "done or returned",
    "handled_s": "seconds from receipt to end, without the citizen's",
    "filed_online": "filed online",
    "online": "filed online, and with an electronic result where a result is due",
    "by_post": "filed by post",
    "result_due": "done, of procedures that end in a paper",
    "electronic": "of these, with code and link of the electronic result",
    "components": "with digitised components",
    "digitised": "with digitised components, and an electronic result where one is due",
    "reusing": "with digitised components, by either signal of the formula (HoSoCoThanhPhanSoHoa, DuocSoHoa)",
    "reused": "with a component marked as reused (DuocTaiSuDung 1 or 2)",
    "unproven": "of these, none of the marks names the result that was reused",
    "shared": "with a file from the personal store, or an electronic result told to a portal",
    "population": "checked against population data",
    "fee_due": "with a fee above nothing",
    "paid_online": "of these, paid online",
    "reduced_due": "filed online, with a fee, of a procedure whose fee online is a reduced one by then",
    "in_full": "of these, a fee is not below the full one, and none is the reduced one",
    "rewritten": "told to a portal as done although the system says 5, 6 or 8",
}
"""Name -> meaning of each count of a dossier; the columns of both tables."""

fact = Table(
    "indicator_fact",
    metadata,
    Column("system", Text, primary_key=True),
    Column("key", Text, primary_key=True, comment="of the dossier at its system"),
    Column("unit", Text, nullable=False, comment="code of the unit that handles it; empty: unknown"),
    Column("field", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("month", Date, nullable=False, comment="first day of the month of receipt"),
    Column("due", Moment, comment="of a dossier that has not ended: when it becomes late; null: it has ended"),
    *(Column(name, BigInteger if name == "handled_s" else SmallInteger, nullable=False) for name in MEASURES),
    Index("indicator_fact_open", "month", postgresql_where=text("due is not null")),
    comment="What each dossier counts for; names no person",
)

cell = Table(
    "indicator_cell",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("procedure", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    *(Column(name, BigInteger, nullable=False, comment=meaning) for name, meaning in MEASURES.items()),
    comment="Sums of the facts by unit, field, procedure and month of receipt",
)

mark = Table(
    "indicator_mark",
    metadata,
    Column("system", Text, primary_key=True),
    Column("serial", BigInteger, nullable=False, comment="newest batch that is counted"),
    Column("at", Moment, nullable=False, comment="when it was counted, by the deployment's clock"),
    Column(
        "basis",
        Text,
        nullable=False,
        comment="digest of lists and settings that facts depend on: another one counts anew",
    ),
    comment="How far the indicators have come, a system",
)
