"""Decisions, reports, questions and receipts are rows of the agency that made them. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.tables import decision as decision_table
from hub.core.errors import DatabaseRefused
from hub.evidence.people import Subject

from .conftest import QUAN_1, SCHOOL, WIFE
from .reading import ALL, count, reading


def test_an_agency_writes_and_sees_its_own_only(held, engine, hub) -> None:
    service = DecisionService(hub)
    for agency in (QUAN_1, "000.00.28.H29"):
        service.ask(
            Question(
                Inquiry(agency, "officer-1", "civil-status", f"H-{agency}"),
                "2.001263",
                {"applicant": Subject(personal_id=WIFE["voSoGiayToTuyThan"])},
            )
        )
    with engine.connect() as connection:
        everything = {t: count(connection, t) for t in ("hub.decision", "hub.audit")}
    for agency in (QUAN_1, "000.00.28.H29"):
        with reading(engine, **ALL | {"agency": agency}) as connection:
            assert connection.scalars(sa.select(decision_table.c.agency).distinct()).all() == [agency]
            assert {t: count(connection, t) * 2 for t in everything} == everything
    with pytest.raises(DatabaseRefused, match="InsufficientPrivilege"), reading(engine, **ALL) as connection:
        connection.execute(
            sa.text("""
            insert into hub.audit (asked_at, agency, who, what, purpose, reference, subjects, datasets, grants, legal_bases, outcome, answer_sha256)
            values (now(), '000.00.28.H29', 'x', 'record', 'p', 'H', '{}', '{}', '{}', '{}', 'nothing', '')""")
        )


def test_reports_questions_and_receipts_are_read_by_their_own_agency(held, engine) -> None:
    """The words of a report are no column of the reader's, nor is who at the duty desk did what about it."""
    with engine.begin() as connection:
        for agency in (QUAN_1, SCHOOL):
            parameters = {"a": agency}
            report = connection.scalar(
                sa.text("""
                insert into hub.error_report (agency, who, purpose, dossier, dataset, system, record_key, field, kind, said, said_lookup, owner, reported_at, due_at)
                values (:a, 'x', 'civil-status', 'H', 'birth', 's', 'k', '', 'wrong', '\\x00', '\\x00', 'o', now(), now()) returning id"""),
                parameters,
            )
            connection.execute(
                sa.text(
                    "insert into hub.error_report_act (report, what, who, why, at) values (:r, 'forwarded', 'duty', 'y', now())"
                ),
                {"r": report},
            )
            asked = connection.scalar(
                sa.text("""
                insert into hub.ministry_question (unit, reference, agency, who, content, content_lookup, received_at)
                values ('760', :a, :a, 'x', '\\x00', '\\x00', now()) returning id"""),
                parameters,
            )
            connection.execute(
                sa.text("insert into hub.ministry_state (question, state, reasons, at) values (:q, '6', '[]', now())"),
                {"q": asked},
            )
            connection.execute(
                sa.text("""
                insert into hub.receipt (year, number, agency, who, pseudonym, what, purpose, reference, legal_basis, sha256, draft_sha256, handed_at)
                values (2022, hub.last_receipt(2022) + 1, :a, 'x', 'p', 'w', 'civil-status', 'H', 'l', 's', 'd', now())"""),
                parameters,
            )
    for agency in (QUAN_1, SCHOOL):
        with reading(engine, **ALL | {"agency": agency}) as connection:
            for table in ("error_report", "ministry_question", "receipt"):
                assert connection.scalars(sa.text(f"select agency from hub.{table}")).all() == [agency], table
            assert [count(connection, f"hub.{t}") for t in ("error_report_act", "ministry_state")] == [1, 1]
            assert connection.scalar(sa.text("select hub.last_receipt(2022)")) == 2, "numbers run through all agencies"
    for column, table in (("said", "error_report"), ("who", "error_report_act")):
        with pytest.raises(DatabaseRefused, match="InsufficientPrivilege"), reading(engine, **ALL) as connection:
            connection.execute(sa.text(f"select {column} from hub.{table}"))
