"""The second wall shows an agency the rows of its grants, and no row without one. All people are synthetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from hub.access.grants import granted
from hub.access.row_security import READER, read_as
from hub.core.errors import DatabaseRefused

from .conftest import BORN, SCHOOL
from .reading import ALL, DAY, count, reading


def test_rows_by_grant(held, engine) -> None:
    with reading(engine, **ALL) as connection:
        assert [count(connection, t) for t in ("warehouse.birth", "history.birth", "warehouse.marriage")] == [2, 1, 1]
    for who in (
        {"agency": SCHOOL},
        {"purpose": "school-enrolment"},
        {"purpose": ""},
        {"day": date(2021, 12, 31)},
        {"day": date(2025, 7, 1)},
        {"agency": "x"},
        {"legal_basis": "marital-status"},
        {"legal_basis": "once-held@2026-07-01"},
    ):
        with reading(engine, **ALL | who) as connection:
            assert [count(connection, t) for t in ("warehouse.birth", "history.birth", "warehouse.marriage")] == [
                0,
                0,
                0,
            ], who
    for law in ("once-held", "extract-anywhere@2016-01-01"):
        with reading(engine, **ALL, legal_basis=law) as connection:
            assert count(connection, "warehouse.birth") == 2
    with reading(engine, agency=SCHOOL, purpose="school-enrolment", day=DAY) as connection:
        assert count(connection, "warehouse.birth") == 2
        assert count(connection, "warehouse.marriage") == 0


def test_without_a_setting_nothing_is_there(held, engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(f"set local role {READER}"))
        for table in (
            "warehouse.birth",
            "history.birth",
            "warehouse.dossier",
            "hub.decision",
            "hub.decision_question",
            "hub.decision_act",
            "hub.audit",
            "hub.issued_copy",
            "hub.finding",
            "hub.error_report",
            "hub.error_report_act",
            "hub.ministry_question",
            "hub.ministry_state",
            "hub.receipt",
        ):
            assert count(connection, table) == 0, table


def test_a_pooled_connection_carries_nothing_over(held, engine) -> None:
    engine = sa.create_engine(engine.url, pool_size=1, max_overflow=0)
    try:
        for end in ("commit", "rollback"):
            with engine.connect() as connection:
                session = connection.scalar(sa.text("select pg_backend_pid()"))
                read_as(connection, **ALL)
                assert count(connection, "warehouse.birth") == 2
                getattr(connection, end)()
            with engine.begin() as connection:
                assert connection.scalar(sa.text("select pg_backend_pid()")) == session
                said = connection.execute(
                    sa.text(
                        "select current_user, current_setting('hub.agency', true), current_setting('hub.purpose', true)"
                    )
                ).one()
                assert said[0] == "tester"
                assert not said[1]
                assert not said[2]
                connection.execute(sa.text(f"set local role {READER}"))
                assert count(connection, "warehouse.birth") == 0
    finally:
        engine.dispose()


def test_the_next_inquiry_of_a_transaction_has_its_own_grants(held, engine) -> None:
    """Grants are looked up when the role is taken on: nothing of the inquiry before stays."""
    with engine.connect() as connection:
        read_as(connection, **ALL)
        assert count(connection, "warehouse.birth") == 2
        read_as(connection, **ALL | {"agency": "999.00.00.H29"})
        assert count(connection, "warehouse.birth") == 0
        read_as(connection, **ALL)
        assert count(connection, "warehouse.birth") == 2
        read_as(connection, **ALL | {"day": date(1999, 1, 1)})
        assert count(connection, "warehouse.birth") == 0


def test_territory_limits_rows(disclosure, put, folder, engine) -> None:
    text = (folder / "grants.yaml").read_text()
    head, tail = text.split("  - id: school-enrolment")
    (folder / "grants.yaml").write_text(
        head + "  - id: school-enrolment" + tail.replace("territory: city ", 'territory: "760" # ', 1)
    )
    put("birth", "1", **BORN)
    put("birth", "2", **BORN | {"nksSoDDCN": "079316000002", "noiDangKy": "27154"})
    disclosure()
    with reading(engine, agency=SCHOOL, purpose="school-enrolment", day=DAY) as connection:
        assert connection.scalars(sa.text("select _key from warehouse.birth")).all() == ["1"]


@pytest.mark.parametrize(
    "statement",
    [
        "select nkt_nguyen_nhan_chet from warehouse.death",
        "select nkt_nguyen_nhan_chet from history.death",
        "select * from warehouse.birth",
        "select * from hub.case",
        "select * from hub.granted",
        "select * from hub.landing",
        "insert into warehouse.birth (_key) values ('9')",
        "update warehouse.birth set nks_ho_ten = 'x'",
        "delete from warehouse.birth",
        "update hub.audit set who = 'x'",
        "delete from hub.decision",
        "truncate warehouse.birth",
        "copy warehouse.birth to stdout",
        "create table hub.mine (x int)",
        "insert into hub.granted values ('g','a','d','p','2020-01-01')",
        "alter table warehouse.birth disable row level security",
    ],
)
def test_what_the_reader_may_not(held, engine, statement: str) -> None:
    with pytest.raises(DatabaseRefused, match="InsufficientPrivilege"), reading(engine, **ALL) as connection:
        connection.execute(sa.text(statement))


def test_grants_as_rows_follow_the_file(held, hub, folder, engine) -> None:
    with engine.begin() as connection:
        assert not granted.write(connection, held.rule.grants, held.rule.territories)
        granted.write(connection, replace(held.rule.grants, all=()), held.rule.territories)
    with reading(engine, **ALL) as connection:
        assert count(connection, "warehouse.birth") == 0
