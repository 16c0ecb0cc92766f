"""Tables of what people do to cases (schema `hub`); acts are in `hub.act`, waivers in `hub/load/waivers.py`."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text

from hub.answers.error_reports import error_report
from hub.core.tables import Moment, metadata
from hub.load.waivers import case_waiver

case_signature = Table(
    "case_signature",
    metadata,
    Column("waiver", BigInteger, ForeignKey(case_waiver.c.id), primary_key=True),
    Column("who", Text, primary_key=True, comment="the name in plain letters: another spelling is the same person"),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("who <> '' and why <> ''", name="case_signature_said"),
    comment="Who signed a waiver, and why; only ever appended",
)

case_request = Table(
    "case_request",
    metadata,
    Column("report", BigInteger, ForeignKey(error_report.c.id), primary_key=True),
    Column("case", BigInteger, ForeignKey("hub.case.id"), nullable=False),
    comment="The error report by which the owner of a case was asked to correct its record",
)
Index("case_request_case", case_request.c.case)
