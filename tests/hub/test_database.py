"""Migrations and tables on a real PostgreSQL."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from contracts.load import load_contracts
from hub.database import connect, migrate
from hub.tables import metadata
from hub.warehouse import ensure_tables


def test_migrations_make_the_tables_of_the_code(engine: sa.Engine) -> None:
    """Autogeneration finds nothing left to do."""
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_schemas": True, "include_name": lambda name, kind, _: kind != "schema" or name == "hub",
                              "version_table": "migration", "version_table_schema": "hub", "compare_type": True},
        )
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_is_harmless(pg_url: str) -> None:
    """Every process migrates at its start."""
    engine = connect(pg_url)
    migrate(engine)
    migrate(engine)
    engine.dispose()


def test_tables_of_every_contract_stand_and_may_be_ensured_again(engine: sa.Engine) -> None:
    """Types, checks, comments and keys come from the contract; a second call changes nothing."""
    streams = ["birth", "death", "marriage", "recognition", "dossier"]
    for _ in range(2):
        with engine.begin() as connection:
            for name in streams:
                ensure_tables(connection, load_contracts()[name])
    inspector = sa.inspect(engine)
    birth = load_contracts()["birth"].datasets[0]
    columns = {c["name"]: c for c in inspector.get_columns("birth", schema="warehouse")}

    assert {f.column for f in birth.fields} <= set(columns)
    assert inspector.get_pk_constraint("birth", schema="warehouse")["constrained_columns"] == ["_system", "_key"]
    assert all(columns[f.column]["comment"] for f in birth.fields)


def test_unbalanced_row_is_refused_by_the_database(engine: sa.Engine) -> None:
    """The equation is a CHECK: no code can write a row that does not add up."""
    with engine.connect() as connection:
        checks = sa.inspect(connection).get_check_constraints("ledger", schema="hub")
    [balance] = [c["sqltext"] for c in checks if c["name"] == "ledger_balances"]

    assert all(term in balance for term in ("received", "accepted", "unchanged", "duplicate", "outdated", "quarantined"))
