"""A death locks behind the second wall, also for whom it is hidden. All people are synthetic."""

from __future__ import annotations

import psycopg
import sqlalchemy as sa

from hub.access import row_security
from hub.access.inquiry import Inquiry
from hub.access.row_security import READER
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.evidence.people import Subject

from .conftest import CHILD, DEAD, HOSPITAL, QUAN_1, SCHOOL, asking
from .reading import DAY, count


def test_the_hub_s_own_question_sees_deaths_and_nothing_else(held, put, engine) -> None:
    """Whether a death locks: rows of one dataset, for no agency; the next `read_as` ends it."""
    put("death", "1", **DEAD)
    named = sa.text(
        "select count(*) from hub.named('death', 'warehouse', 'nkt_ho_ten', 'nkt_ngay_sinh', 'nguyen minh an', '2016')"
    )
    tables = (
        "warehouse.birth",
        "history.birth",
        "warehouse.marriage",
        "warehouse.dossier",
        "hub.decision",
        "hub.audit",
        "hub.error_report",
        "hub.receipt",
    )
    with engine.begin() as connection:
        row_security.read_own(connection, "death", DAY)
        assert count(connection, "warehouse.death") == 1
        assert [count(connection, t) for t in tables] == [0] * len(tables)
        assert connection.scalar(named) == 0
        row_security.read_as(connection, agency=HOSPITAL, purpose="civil-status", day=DAY)
        assert count(connection, "warehouse.death") == 0
    with engine.begin() as connection:
        row_security.read_own(connection, "death", DAY)
        readable = connection.scalars(
            sa.text("""
            select attname from pg_attribute where attrelid = 'warehouse.death'\\:\\:regclass and attnum > 0
            and has_column_privilege(attrelid, attnum, 'select')""")
        ).all()
    assert "nkt_so_giay_to_tuy_than_hmac" in readable
    assert "nkt_nguyen_nhan_chet" not in readable


def test_a_death_locks_behind_the_wall_for_whom_it_is_hidden(held, put, engine) -> None:
    """The lock is asked as the reader: with every role but the owner's statements watched, none reads deaths or decides as the owner."""
    put("death", "1", **DEAD)
    roles = set[tuple[str, str]]()

    def watch(connection: sa.Connection, cursor: psycopg.Cursor, statement: str, *_: object) -> None:
        if any(
            f"{schema}.{table} r" in statement
            for schema in ("warehouse", "history")
            for table in ("death", "birth", "marriage")
        ):
            with connection.connection.driver_connection.cursor() as asked:  # type: ignore[union-attr]
                roles.add(
                    (
                        asked.execute("select current_setting('role')").fetchone()[0],
                        "death" if ".death r" in statement else "other",
                    )
                )

    sa.event.listen(engine, "before_cursor_execute", watch)
    try:
        assert not held.record(
            asking(SCHOOL, "school-enrolment"), "register:birth", Subject(personal_id=CHILD), ["nksHoTen"]
        ).found
        DecisionService(held.hub).ask(
            Question(
                Inquiry(QUAN_1, "officer-1", "civil-status", "H-9"),
                "2.001263",
                {"applicant": Subject(personal_id=CHILD)},
            )
        )
    finally:
        sa.event.remove(engine, "before_cursor_execute", watch)
    assert roles == {(READER, "death"), (READER, "other")}
