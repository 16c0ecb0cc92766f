"""Accounts and sessions: who gets in, who waits, and what ends at once. All synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.accounts import sessions, store
from hub.accounts.passwords import PasswordUnfit, hashed, matches
from hub.accounts.roles import RIGHTS, AccountRight, AccountRole
from hub.accounts.scope import scope_of
from hub.accounts.store import Account, AccountUnfit, SignInRefused
from hub.core.actions import Actor
from hub.core.book_keepers import read_keepers
from hub.core.database import connect
from hub.core.deployment import load_deployment
from hub.core.errors import DatabaseRefused, NotFound
from hub.core.settings import ROOT
from hub.core.units import read_units

NOW = datetime(2022, 6, 2, 3, tzinfo=UTC)
BOSS = Actor("Bùi Quản Trị", "Quyết định 12")
HCMC = ROOT / "deployments" / "hcmc"


@pytest.fixture
def engine(pg_url: str) -> Iterator[sa.Engine]:
    made = connect(pg_url)
    yield made
    made.dispose()


def added(engine: sa.Engine, login: str = "lan", role: str = "auditor", unit: str = "") -> str:
    with engine.begin() as connection:
        return store.add(connection, login, "Trần Thị Lan", role, unit, BOSS, NOW)


def tried(engine: sa.Engine, password: str, at: datetime = NOW, login: str = "lan") -> bool:
    with engine.begin() as connection:
        return store.sign_in(connection, login, password, at) is not None


def test_a_password_is_kept_as_a_hash_of_its_own() -> None:
    """The same password twice gives two texts; both open, and another does not."""
    one, other = hashed("bốn từ không liên quan"), hashed("bốn từ không liên quan")

    assert one != other
    assert matches("bốn từ không liên quan", one)
    assert not matches("bốn từ không liên quam", other)
    with pytest.raises(PasswordUnfit):
        hashed("ngắn")


def test_the_given_password_opens_the_account_and_must_be_changed(engine: sa.Engine) -> None:
    password = added(engine)
    with engine.begin() as connection:
        assert store.sign_in(connection, "lan", "not-it-at-all", NOW) is None
        account = store.sign_in(connection, "lan", password, NOW)
    assert account is not None
    assert account.must_change


def test_wrong_passwords_make_it_wait_and_the_wait_ends(engine: sa.Engine) -> None:
    """Five are free; then even the right one waits, for seconds at first, for a quarter of an hour at most."""
    password = added(engine)
    assert [False] * 5 == [tried(engine, "guess") for _ in range(5)]
    assert not tried(engine, password)
    assert tried(engine, password, NOW + store.LONGEST_WAIT)
    assert not tried(engine, password, login="nobody")


def test_a_changed_password_ends_every_session(engine: sa.Engine) -> None:
    password = added(engine)
    with engine.begin() as connection:
        text = sessions.begin(connection, "lan", NOW)
        with pytest.raises(SignInRefused):
            store.change(connection, "lan", "not-the-old-one", "bốn từ mới khác hẳn", NOW)
        with pytest.raises(PasswordUnfit):
            store.change(connection, "lan", password, password, NOW)
        store.change(connection, "lan", password, "bốn từ mới khác hẳn", NOW)
        assert sessions.find(connection, text, NOW) is None
    assert tried(engine, "bốn từ mới khác hẳn")
    assert not tried(engine, password)


def test_a_session_ends_when_it_is_idle_when_it_is_old_and_when_it_is_left(engine: sa.Engine) -> None:
    added(engine)
    with engine.begin() as connection:
        text = sessions.begin(connection, "lan", NOW)
        assert sessions.find(connection, text, NOW + sessions.IDLE) is None
        used = NOW
        while used < NOW + sessions.LONGEST - timedelta(minutes=20):
            used += timedelta(minutes=20)
            assert sessions.find(connection, text, used) is not None
        assert sessions.find(connection, text, NOW + sessions.LONGEST) is None
        assert sessions.find(connection, "another-text", NOW) is None
        again = sessions.begin(connection, "lan", NOW)
        found = sessions.find(connection, again, NOW)
        assert found is not None
        sessions.end(connection, found, NOW)
        assert sessions.find(connection, again, NOW) is None


def test_a_disabled_account_is_out_at_once(engine: sa.Engine) -> None:
    password = added(engine)
    with engine.begin() as connection:
        text = sessions.begin(connection, "lan", NOW)
        store.disable(connection, "lan", BOSS, NOW)
        assert sessions.find(connection, text, NOW) is None
    assert not tried(engine, password)


@pytest.mark.parametrize(
    ("login", "role", "unit"),
    [
        ("Lan", "auditor", ""),
        ("l.an", "auditor", ""),
        ("lan", "king", ""),
        ("lan", "clerk", ""),
        ("lan", "auditor", "760"),
    ],
)
def test_an_account_is_whole_or_refused(engine: sa.Engine, login: str, role: str, unit: str) -> None:
    """A login is plain letters, so that two never pass for one person under a waiver; only a clerk has a unit."""
    with pytest.raises(AccountUnfit):
        added(engine, login, role, unit)


def test_a_login_is_taken_once(engine: sa.Engine) -> None:
    added(engine)
    with pytest.raises(AccountUnfit, match="taken"):
        added(engine)
    with engine.begin() as connection, pytest.raises(NotFound):
        store.disable(connection, "nobody", BOSS, NOW)


def test_what_was_done_to_accounts_stays(engine: sa.Engine) -> None:
    added(engine)
    with engine.begin() as connection, pytest.raises(DatabaseRefused, match="only ever appended"):
        connection.execute(sa.text("delete from hub.account_act"))
    with engine.connect() as connection:
        [row] = store.listed(connection)
    assert ("lan", "auditor", None) == (row["login"], row["role"], row["disabled_at"])
    assert "password" not in row


def test_each_role_has_the_own_account_and_no_role_has_everything() -> None:
    """A jurist's act is a jurist's alone; who keeps the accounts sees no case."""
    assert set(AccountRole) == set(RIGHTS)
    assert all(AccountRight.OWN in rights for rights in RIGHTS.values())
    assert [AccountRole.JURIST] == [role for role, rights in RIGHTS.items() if AccountRight.REVIEW in rights]
    assert AccountRight.CASES not in RIGHTS[AccountRole.ADMINISTRATOR]
    assert all(set(AccountRight) != rights for rights in RIGHTS.values())


def test_a_clerk_is_held_to_the_unit_with_its_wards_and_systems(engine: sa.Engine) -> None:
    added(engine, "quan1", "clerk", "760")
    with engine.begin() as connection:
        text = sessions.begin(connection, "quan1", NOW)
        found = sessions.find(connection, text, NOW)
    assert found is not None
    deployment = load_deployment(HCMC)
    scope = scope_of(found.account, deployment, read_units(HCMC / "reference"))

    assert scope.has_record("760", "2021-01-01", "moj-registry.birth")
    assert scope.has_record("26734", "2021-01-01", "moj-registry.birth")
    assert not scope.has_record("770", "2021-01-01", "moj-registry.birth")
    assert not scope.has_record("760", None, "moj-registry.birth")
    assert scope.has_record(None, None, "one-stop-760.dossier")
    assert not scope.has_record(None, None, "one-stop-761.dossier")


def test_after_a_reform_whoever_keeps_the_books_sees_the_former_unit(tmp_path: Path) -> None:
    """A code that was given to another unit shows that unit nothing of the one before; the former unit sees no more."""
    reference = HCMC / "reference"
    (tmp_path / "book_keepers.yaml").write_text(
        """otherwise: Sở Tư pháp
keepers:
  - {unit: "760", ended: 2025-06-30, keeper: "26740", from: 2025-07-01, to: 2025-09-30, basis: Biên bản 1}
  - {unit: "760", ended: 2025-06-30, keeper: "26737", from: 2025-10-01, basis: Biên bản 2}
""",
        encoding="utf-8",
    )
    units = read_units(reference)
    keepers = read_keepers(tmp_path, units)

    def seen(code: str, day: date) -> tuple[str, ...] | None:
        zone = load_deployment(HCMC).zone
        at = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
        clerk = Account(login="lan", name="Lan", role=AccountRole.CLERK, unit=code, must_change=False)
        return scope_of(clerk, replace(load_deployment(HCMC), clock=lambda: at), units, keepers).units

    before, after, later = date(2025, 6, 30), date(2025, 7, 1), date(2025, 10, 1)
    assert "26737@2021-01-01" in (seen("760", before) or ())
    assert () == seen("760", after)
    assert ("26737@2025-07-01",) == seen("26737", after)
    assert {"760@2021-01-01", "26740@2025-07-01"} == {*(seen("26740", after) or ())}
    assert {"760@2021-01-01", "26737@2025-07-01"} == {*(seen("26737", later) or ())}
    assert ("26740@2025-07-01",) == seen("26740", later)
