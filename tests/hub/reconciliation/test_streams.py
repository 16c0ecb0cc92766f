"""A stream compared with its source, read again: what lacks, what differs, what waits as a case, what left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.deployment.files import ListingTerms
from hub.load.exchange import Exchange
from hub.reconciliation import statement
from hub.reconciliation.reconciler import Reconciler, TooMuchGone
from tests.hub.conftest import NOW

ANY = ListingTerms.model_validate({"most_gone": "100%"})


@pytest.fixture
def reconciler(engine: sa.Engine, tmp_path: Path) -> Reconciler:
    return Reconciler(engine, tmp_path / "feed-keys", "hcmc", lambda: NOW)


def keys(names: tuple[tuple[str, str, str], ...]) -> list[str]:
    return [f"{register}/{key}" for register, _, key in names]


def test_a_stream_that_was_read(exchange: Exchange, source, record, reconciler: Reconciler) -> None:
    """Parents and children are compared; nothing differs after a reading, and the reading merges nothing."""
    source.served = [[record("A", "20220601080000", [("x", "1")]), record("B", "20220601090000", NgaySinh="1990")]]
    exchange.sync()
    found = reconciler.stream(exchange)
    assert found.equal
    assert (3, 3) == (found.comparison.rows_here, found.comparison.rows_there)


def test_what_differs(exchange: Exchange, source, record, reconciler: Reconciler) -> None:
    """Changed in silence, deleted, and new at the source; a child that was changed without its parent."""
    source.served = [[record(key, "20220601080000", [("x", "1")]) for key in "ABCDE"]]
    exchange.sync()
    source.served = [
        [
            record("A", "20220601080000", [("x", "1")], TrangThai="2"),
            record("B", "20220601080000", [("x", "2")]),
            record("D", "20220601080000", [("x", "1")]),
            record("E", "20220601080000", [("x", "1")]),
            record("N", "20220601080000"),
        ]
    ]
    found = reconciler.stream(exchange).comparison
    assert ["paper/A", "paper_part/B|x"] == keys(found.otherwise)
    assert ["paper/C", "paper_part/C|x"] == keys(found.only_here)
    assert ["paper/N"] == keys(found.only_there)


def test_what_is_a_case_is_accounted_for(exchange: Exchange, source, record, reconciler: Reconciler) -> None:
    """A record that its source has and a rule refused waits as a case, with what it owns."""
    source.served = [[record("A", "20220601080000"), record("B", "20220601080000", [("x", "1")], TrangThai="9")]]
    exchange.sync()
    found = reconciler.stream(exchange)
    assert ["paper/B", "paper_part/B|x"] == keys(found.comparison.only_there)
    assert 2 == found.in_cases
    assert found.equal


def test_what_left_its_source_is_noted(exchange: Exchange, source, engine, record, reconciler: Reconciler) -> None:
    """It has the finding by which decisions become *confirm*; noting again notes nothing."""
    source.served = [[record(key, "20220601080000") for key in "ABC"]]
    exchange.sync()
    source.served = [[record("A", "20220601080000"), record("B", "20220601080000")]]
    found = reconciler.stream(exchange)
    assert [1, 0] == [reconciler.note_departures(exchange, found, ANY) for _ in range(2)]
    with engine.connect() as connection:
        query = "select record_key, rule from hub.finding where resolved_at is null"
        assert [("C", "record.left-source")] == [tuple(row) for row in connection.execute(sa.text(query))]


def test_a_source_that_answers_with_nothing(exchange: Exchange, source, record, reconciler: Reconciler) -> None:
    """An empty answer is a broken source, not a city without records."""
    source.served = [[record(key, "20220601080000") for key in "ABC"]]
    exchange.sync()
    source.served = []
    found = reconciler.stream(exchange)
    with pytest.raises(TooMuchGone, match="3 records"):
        reconciler.note_departures(exchange, found, ANY)


def test_the_statement_names_no_record(exchange: Exchange, source, engine, record, reconciler: Reconciler) -> None:
    """Counts, a moment and a hash of the list are signed and kept; no key is in it."""
    source.served = [[record("KEY-A", "20220601080000", SoDinhDanh="079190000001")]]
    exchange.sync()
    source.served = [[record("KEY-B", "20220601080000")]]
    made = reconciler.signed(reconciler.stream(exchange), "Minh")
    said = json.loads(made.content)
    assert (False, 1, 1) == (said["equal"], said["only_here"]["count"], said["only_there"]["count"])
    assert b"KEY-" not in made.content
    with engine.connect() as connection:
        [kept] = statement.kept(connection)
    assert ("Minh", False, 1, 1, 0) == tuple(
        kept[name] for name in ("who", "equal", "only_here", "only_there", "otherwise")
    )
