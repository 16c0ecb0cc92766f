"""The second wall stands where the first is gone, comes back when it was taken down, and costs no index. All people are synthetic."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa

from hub.access import row_security
from hub.access.grants.model import Grant
from hub.access.row_security import READER
from hub.core.database import connect, migrate
from hub.core.errors import DatabaseRefused
from hub.evidence.indexes import build
from hub.evidence.people import Subject
from hub.load.warehouse import ensure_tables

from .conftest import CHILD, HOSPITAL, asking
from .reading import ALL, reading


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
    monkeypatch.setattr(Grant, "under", lambda self, legal_basis, day: True)
    assert not held.record(
        asking(legal_basis="marital-status"), "register:birth", Subject(personal_id=CHILD), ["nksHoTen"]
    ).found
    assert held.record(
        asking(legal_basis="once-held"), "register:birth", Subject(personal_id=CHILD), ["nksHoTen"]
    ).found


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
