"""The second wall, tried from behind the first: as the reader, with statements of one's own. All people are synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import psycopg
import pytest
import sqlalchemy as sa

from hub.access import row_security
from hub.access.grants import granted
from hub.access.inquiry import Inquiry
from hub.access.row_security import READER, read_as
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.tables import decision as decision_table
from hub.core.database import connect
from hub.core.errors import DatabaseRefused
from hub.evidence.indexes import build
from hub.evidence.people import Subject
from hub.load.warehouse import ensure_tables

from .conftest import BORN, CHILD, DEAD, HOSPITAL, QUAN_1, SCHOOL, WIFE, asking

DAY = date(2022, 6, 2)
ALL = {"agency": QUAN_1, "purpose": "civil-status", "day": DAY}


@pytest.fixture
def held(put, disclosure, engine):
    """Some entries, current and superseded, and grants as rows."""
    from datetime import timedelta

    from tests.hub.registers import NOW

    put("birth", "1", **BORN)
    put("birth", "2", **BORN | {"nksSoDDCN": "079316000002", "noiDangKy": "27154"})
    put(
        "birth",
        "1",
        **BORN,
        _known_from=NOW - timedelta(days=9),
        _known_to=NOW - timedelta(days=2),
        _version=NOW - timedelta(days=60),
    )
    put("marriage", "1", **WIFE)
    return disclosure()


@contextmanager
def reading(engine: sa.Engine, **who: object) -> Iterator[sa.Connection]:
    with engine.begin() as connection:
        read_as(connection, **who)  # type: ignore[arg-type]
        yield connection


def count(connection: sa.Connection, table: str) -> int:
    return int(connection.scalar(sa.text(f"select count(*) from {table}")) or 0)


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


def test_names_are_looked_up_behind_the_policy(held, engine) -> None:
    named = sa.text(
        "select key from hub.named('birth', 'warehouse', 'nks_ho_ten', 'nks_ngay_sinh', 'nguyen minh an', '2016') order by 1"
    )
    with reading(engine, **ALL) as connection:
        assert connection.scalars(named).all() == ["1", "2"]
    with reading(engine, agency=HOSPITAL, purpose="civil-status", day=DAY) as connection:
        assert connection.scalars(named).all() == []


def test_a_search_by_name_stays_in_the_table_of_its_dataset(held, put, engine) -> None:
    """It was told the table beside the dataset: whoever is granted births could have had it look through deaths. Now the table follows."""
    put("death", "1", **DEAD | {"nktHoTen": "Nguyễn Minh An", "nktNgaySinh": "1950"})
    search = "select count(*) from hub.named({}, 'nkt_ho_ten', 'nkt_ngay_sinh', 'nguyen minh an', '{}')"
    deaths = search.format("'death', 'warehouse'", "1950")
    with engine.connect() as connection:
        assert connection.scalar(sa.text(deaths)) == 1, "as the owner: there is one"
        assert connection.scalar(sa.text(deaths.replace("'death'", "'nothing'"))) == 0
    only_births = {"agency": SCHOOL, "purpose": "school-enrolment", "day": DAY}
    with reading(engine, **only_births) as connection:
        assert connection.scalar(
            sa.text("select 'birth' = any (hub.readable()) and not 'death' = any (hub.readable())")
        )
        assert connection.scalar(sa.text(deaths)) == 0
    # With births' dataset only births' table can be looked through: it has no such column, and no other place is one.
    for among in ("warehouse", "warehouse.death", "hub", "pg_catalog", "Warehouse", ""):
        with pytest.raises(
            DatabaseRefused, match="UndefinedColumn" if among == "warehouse" else "RaiseException P0001"
        ):
            with reading(engine, **only_births) as connection:
                connection.scalar(sa.text(search.format(f"'birth', '{among}'", "2016")))


def test_a_search_by_name_follows_a_table_of_another_name(held, engine, contracts) -> None:
    """A contract may call its table otherwise than its dataset."""
    with engine.begin() as connection:
        connection.execute(sa.text("alter table warehouse.birth rename to births"))
        [birth] = contracts["birth"].datasets
        connection.execute(
            sa.text("""update hub.dataset set "table" = 'births' where dataset = :d"""), {"d": birth.name}
        )
    with reading(engine, **ALL) as connection:
        found = sa.text(
            "select count(*) from hub.named('birth', 'warehouse', 'nks_ho_ten', 'nks_ngay_sinh', 'nguyen minh an', '2016')"
        )
        assert connection.scalar(found) == 2


def test_the_first_wall_gone_the_second_stands(held, engine, monkeypatch) -> None:
    """A planted fault: the rule lets everything through."""
    monkeypatch.setattr(
        type(held.rule.grants), "fields", lambda self, a, d, p, day, requested, covers=None: frozenset(requested)
    )
    assert not held.record(
        asking(HOSPITAL, "civil-status"), "register:birth", Subject(personal_id=CHILD), ["nksHoTen"]
    ).found
    assert held.record(asking(), "register:birth", Subject(personal_id=CHILD), ["nksHoTen"]).found
    with pytest.raises(DatabaseRefused, match="InsufficientPrivilege"):
        held.record(asking(), "register:birth", Subject(personal_id=CHILD), ["nksMatTich"])


def test_the_first_wall_is_blind_for_the_law_the_second_is_not(held, monkeypatch) -> None:
    """A planted fault: whatever law a question names is taken for the grant's."""
    from hub.access.grants.model import Grant

    monkeypatch.setattr(Grant, "under", lambda self, legal_basis, day: True)
    assert not held.record(
        asking(legal_basis="marital-status"), "register:birth", Subject(personal_id=CHILD), ["nksHoTen"]
    ).found
    assert held.record(
        asking(legal_basis="once-held"), "register:birth", Subject(personal_id=CHILD), ["nksHoTen"]
    ).found


def test_grants_as_rows_follow_the_file(held, hub, folder, engine) -> None:
    with engine.begin() as connection:
        assert not granted.write(connection, held.rule.grants, held.rule.territories)
        granted.write(connection, replace(held.rule.grants, all=()), held.rule.territories)
    with reading(engine, **ALL) as connection:
        assert count(connection, "warehouse.birth") == 0


def test_walls_come_back(held, engine, contracts) -> None:
    wanted = tuple(row_security.policies(contracts))
    with engine.begin() as connection:
        assert row_security.drift(connection, wanted) == []
        for statement in (
            "alter table warehouse.birth no force row level security",
            "alter table history.birth disable row level security",
            f"grant select on warehouse.death to {READER}",
            "create policy other on hub.audit using (true)",
        ):
            connection.execute(sa.text(statement))
        assert len(row_security.drift(connection, wanted)) == 5  # a right on the table hides those on its columns
        row_security.apply(connection, wanted)
        assert row_security.drift(connection, wanted) == []


def test_a_new_table_and_a_new_column_have_their_wall(engine, contracts) -> None:
    with engine.begin() as connection:
        ensure_tables(connection, contracts["scan"])
        connection.execute(
            sa.text("alter table warehouse.death drop column nkt_nguyen_nhan_chet, drop column nkt_noi_chet")
        )
        ensure_tables(connection, contracts["death"])
        assert row_security.drift(connection, tuple(row_security.policies(contracts))) == []
        readable = sa.text("select has_column_privilege(:r, 'warehouse.death', :c, 'select')")
        assert [
            connection.scalar(readable, {"r": READER, "c": c}) for c in ("nkt_nguyen_nhan_chet", "nkt_noi_chet")
        ] == [False, True]


def test_an_owner_without_the_role_answers_nothing_but_loads(server, contracts) -> None:
    """A server of one's own whose administrator made no reader: said plainly, and the walls stand all the same."""
    url = server.ensure("test_no_reader", "lone_owner", "x")
    engine = connect(url)
    try:
        from hub.core.database import migrate

        migrate(engine)
        with engine.begin() as connection:
            ensure_tables(connection, contracts["birth"])
            with pytest.raises(DatabaseRefused, match="nothing is answered") as refused:
                row_security.require(connection)
            assert "create role hub_reader" in (refused.value.hint or "")
            assert row_security.drift(connection, tuple(row_security.policies({"birth": contracts["birth"]})))[
                0
            ].startswith("no role")
            assert connection.scalar(
                sa.text(
                    "select relforcerowsecurity from pg_class where oid = 'warehouse.birth'::regclass".replace(
                        "::", "\\:\\:"
                    )
                )
            )
    finally:
        engine.dispose()
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("drop database test_no_reader with (force)")
            admin.execute("drop role lone_owner")


def test_plans_stay_flat(held, engine, contracts) -> None:
    """The policy is asked once a statement, and look-ups use their indexes behind it."""
    build(engine, contracts)
    with engine.begin() as connection:
        for schema, more in (("warehouse", ""), ("history", ", _known_to, _end")):
            connection.execute(
                sa.text(f"""
                insert into {schema}.birth (_system, _key, _version, _hash, _known_from, _batch, _landing, _row, so, quyen_so, nks_so_ddcn_hmac{more})
                select 's', 'k' || i, now(), '\\x00', now(), 1, 1, 1, i, 'q' || i % 50, decode(md5(cast(i as text)), 'hex'){", now(), 'removed'" if more else ""}
                from generate_series(1, 5000) i""")
            )
            connection.execute(sa.text(f"analyze {schema}.birth"))
    look_up = "select r._key from warehouse.birth r where r.nks_so_ddcn_hmac = '\\x00' and r._known_from <= now()"
    by_entry = "select r._key from history.birth r where r.so in ('1', '2') and r.quyen_so = 'x'"
    by_name = """select r._key from warehouse.birth r where (r._key, r._system) in (select key collate "C", system collate "C"
                 from hub.named('birth', 'warehouse', 'nks_ho_ten', 'nks_ngay_sinh', 'a', '2016'))"""
    with reading(engine, **ALL) as connection:
        plans = ["\n".join(connection.scalars(sa.text(f"explain {query}"))) for query in (look_up, by_entry, by_name)]
    for plan, column in zip(plans, ("nks_so_ddcn_hmac", "quyen_so", "_key"), strict=True):
        assert "InitPlan" in plan, plan
        assert "SubPlan" not in plan, plan
        assert any("Index Cond" in line and column in line for line in plan.splitlines()), plan
