"""Migrations and tables on a real PostgreSQL."""

import pytest
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


@pytest.mark.parametrize(("received", "state", "refused_by"), [
    (7, "applied", "ledger_balances"),
    (8, "applied", "ledger_balances"),
    (6, "applied", "ledger_batch_fkey"),  # it adds up: only the batch that it names is missing
    (9, "held", "ledger_batch_fkey"),  # nothing of a held batch became anything
])
def test_unbalanced_row_is_refused_by_the_database(engine: sa.Engine, received: int, state: str, refused_by: str) -> None:
    """The equation is a CHECK: no code can write a row that does not add up, whatever term is wrong by one."""
    terms = {"accepted": 1, "unchanged": 1, "duplicate": 1, "outdated": 1, "quarantined": 2}
    with engine.connect() as connection, pytest.raises(sa.exc.IntegrityError) as refused:
        connection.execute(sa.insert(metadata.tables["hub.ledger"]).values(batch="none", dataset="paper", state=state, received=received, **terms))

    assert refused.value.orig.diag.constraint_name == refused_by  # type: ignore[union-attr]
