"""The hub's own tables: made by migrations as the code declares them, from any state before, without loss."""

import importlib.resources
from pathlib import Path

import alembic.command
import alembic.config
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from contracts.load import load_contracts
from hub.access import audit as _audit  # noqa: F401 - its table joins the same metadata
from hub.access import nonces as _nonces  # noqa: F401 - its table joins too
from hub.access import reviews as _reviews  # noqa: F401 - its table joins too
from hub.access.auditing import auditors as _auditors  # noqa: F401 - its table joins too
from hub.access.clients import enrolment as _enrolment  # noqa: F401 - its tables join too
from hub.access.grants import granted as _granted  # noqa: F401 - its table joins the same metadata
from hub.access.grants import versions as _versions  # noqa: F401 - its table joins too
from hub.accounts import openid_store as _openid  # noqa: F401 - its tables join too
from hub.accounts import tables as _accounts  # noqa: F401 - its tables join too
from hub.answers import error_reports as _reports  # noqa: F401 - its tables join the same metadata
from hub.answers.decisions import store
from hub.answers.decisions import tables as _reuse  # noqa: F401 - its tables join the same metadata
from hub.answers.ministry import questions as _questions  # noqa: F401 - its tables join too
from hub.cases import tables as _cases  # noqa: F401 - its tables join too
from hub.core import database
from hub.core.database import connect, migrate
from hub.core.tables import metadata
from hub.cross_register import tables as _across  # noqa: F401 - its tables join too
from hub.feeds import tables as _feeds  # noqa: F401 - its tables join too
from hub.indicators import tables as _indicators  # noqa: F401 - its tables join too
from hub.load import case_owners as _owners  # noqa: F401 - its table joins too
from hub.load import kept_tables as _kept  # noqa: F401 - its tables join too
from hub.load import key_listings as _listings  # noqa: F401 - its table joins too
from hub.load import outbox as _outbox  # noqa: F401 - its tables join too
from hub.load.second_opinion import tables as _opinions  # noqa: F401 - its tables join the same metadata
from hub.load.warehouse import ensure_tables
from hub.notices import sent as _notices  # noqa: F401 - its table joins too
from hub.operations import watch_state as _watch_state  # noqa: F401 - its table joins too
from hub.operations.master_key import sealing_keys as _sealing_keys  # noqa: F401 - its tables join too
from hub.recall import tables as _recall  # noqa: F401 - its tables join too
from hub.reconciliation import tables as _reconciliation  # noqa: F401 - its table joins too
from hub.rights import requests as _rights  # noqa: F401 - its tables join too
from hub.sending import tables as _sending  # noqa: F401 - its tables join too
from hub.service_levels import excuses as _excuses  # noqa: F401 - its table joins too
from hub.submitting import tables as _submitting  # noqa: F401 - its table joins too
from hub.trends import tables as _trends  # noqa: F401 - its tables join too


def test_migrations_make_the_tables_of_the_code(engine: sa.Engine) -> None:
    """Autogeneration finds nothing left to do."""
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == "hub",
                "version_table": "migration",
                "version_table_schema": "hub",
                "compare_type": True,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_is_harmless(empty_pg_url: str) -> None:
    """Every process migrates at its start."""
    engine = connect(empty_pg_url)
    migrate(engine)
    migrate(engine)
    engine.dispose()


def test_the_newest_migration_is_alembic_s() -> None:
    """The name of the newest file is the head of the chain, which is one line: a start compares no more than this."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(importlib.resources.files("hub") / "migrations"))
    script = ScriptDirectory.from_config(config)

    assert [database.head()] == script.get_heads()
    assert len(list(script.walk_revisions())) == len(list(Path(script.versions).glob("[0-9]*.py")))


@pytest.mark.parametrize(
    "undone", ["drop schema stage cascade", "update hub.migration set version_num = '0012'", "drop table hub.migration"]
)
def test_a_database_that_lacks_something_is_migrated(pg_url: str, undone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick look at a start sees each of these, and leaves them to Alembic; a whole database it leaves alone."""
    upgraded: list[str] = []
    monkeypatch.setattr(alembic.command, "upgrade", lambda config, to: upgraded.append(to))
    engine = connect(pg_url)
    migrate(engine)
    before = list(upgraded)
    with engine.begin() as connection:
        connection.execute(sa.text(undone))
    migrate(engine)
    engine.dispose()

    assert [] == before
    assert ["head"] == upgraded


def test_what_was_decided_and_handed_over_before_survives(engine: sa.Engine) -> None:
    """From the tables as they were before sides and laws were kept, with rows in them; and back again."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(importlib.resources.files("hub") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "0012")
        for statement in (
            """insert into hub.decision (agency, dossier, requirement_set, requirement, procedure, purpose, outcome, evidence_type, dataset, system, record_key, version,
                                        legal_basis, why, known_at, decided_at)
               values ('a', 'H1', 's', 'r', 'p', 'civil-status', 'reuse', 'register:marriage', 'marriage', 'moj-registry', '1', now(), 'once-held', '[]', now(), now())""",
            """insert into hub.receipt (year, number, agency, who, pseudonym, what, purpose, reference, legal_basis, sha256, draft_sha256, handed_at)
               values (2022, 1, 'a', 'x', 'p', 'w', 'civil-status', 'H', 'extract-anywhere', 's', 'd', now())""",
            """insert into hub.granted ("grant", agency, dataset, purpose, valid_from) values ('g', 'a', 'birth', 'civil-status', '2022-01-01')""",
        ):
            connection.execute(sa.text(statement))
    migrate(engine)
    with engine.connect() as connection:
        [decision] = store.of_dossier(connection, "H1")
        assert (decision.outcome, decision.record, decision.role, decision.asked_under) == (
            "reuse",
            "marriage/moj-registry/1",
            None,
            "",
        )
        assert connection.scalar(sa.text("select hub.last_receipt(2022)")) == 1
        assert connection.scalars(sa.text("select legal_bases from hub.granted")).all() == [[]]


RELEASED = sorted(path.name[:4] for path in Path(database.__file__).parents[1].glob("migrations/versions/[0-9]*.py"))


@pytest.mark.parametrize("number", RELEASED)
def test_a_state_of_every_earlier_version_is_brought_forward(empty_pg_url: str, number: str) -> None:
    """From the tables that this migration left, the first command of this version makes the tables of the code.

    Each version of the program that was ever used ended with one of them. No step back is needed on the way.
    """
    engine = connect(empty_pg_url)
    config = alembic.config.Config()
    config.set_main_option("script_location", str(importlib.resources.files("hub") / "migrations"))
    with engine.begin() as connection:
        for schema in database.SCHEMAS:
            connection.execute(sa.schema.CreateSchema(schema))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, number)
    migrate(engine)
    with engine.connect() as connection:
        assert [database.head()] == list(connection.scalars(sa.text("select version_num from hub.migration")))
        kept = connection.scalars(sa.text("select tablename from pg_tables where schemaname = 'hub'")).all()
    engine.dispose()
    assert {table.name for table in metadata.tables.values() if table.schema == "hub"} <= set(kept)


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
    assert inspector.get_pk_constraint("birth", schema="warehouse")["constrained_columns"] == ["_key", "_system"]
    assert all(columns[f.column]["comment"] for f in birth.fields)
