"""The store of digitised books keeps the suite of every dialect, on PostgreSQL and on SQLite; the suite can fail."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import System
from connectors.errors import Malformed
from connectors.testing import sql_conformance
from connectors.testing.conformance import PLAIN, Target, Unmet
from connectors.testing.sql_conformance import NAMES, SqlTarget, run_check
from connectors.testing.sql_faults import SqlFault
from tests.connectors import digitised_books
from tests.connectors.digitised_books import CONTRACT

owner = digitised_books.owner
store = digitised_books.store
sqlite = digitised_books.sqlite


@pytest.mark.parametrize("check", NAMES)
def test_promise(owner: str, store: System, check: str) -> None:
    """Each documented fault of a database becomes its error, and honest reading is whole, pure and inclusive."""
    target = Target(store, CONTRACT, lambda request: True, ())
    run_check(check, SqlTarget(target, owner, "HT_KHAISINH", "ghiChu"))


@pytest.mark.parametrize("check", PLAIN, ids=lambda check: check.name)
def test_promise_on_another_engine(sqlite: System, check: Any) -> None:
    """The same dialect reads whatever SQLAlchemy opens."""
    check.run(Target(sqlite, CONTRACT, lambda request: True, ()))


def test_the_suite_can_fail(owner: str, store: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that nothing is done to raises nothing: the suite says that the promise is unmet."""
    monkeypatch.setitem(sql_conformance._FAULTS, "harmless", SqlFault("harmless", Malformed))
    with pytest.raises(Unmet, match="Malformed was due"):
        run_check(
            "harmless", SqlTarget(Target(store, CONTRACT, lambda request: True, ()), owner, "HT_KHAISINH", "ghiChu")
        )
