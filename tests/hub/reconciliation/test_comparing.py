"""Two parties that hold nearly the same: exactly the differences are found, and few bytes are needed for it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from hub.reconciliation.comparing import compare
from hub.reconciliation.held_rows import HeldRows, said
from hub.reconciliation.places import Bucket, Place, PlaceDigest

Row = tuple[str, str, str, str]
"""Unit, year, key, content."""


def held(connection: sa.Connection, rows: list[Row]) -> HeldRows:
    select = f"""
        select 'birth' as register, u as unit, y as year, 's' as system, k as key, {said(["k", "c"])} as said
        from unnest(cast(:units as text[]), cast(:years as text[]), cast(:keys as text[]), cast(:contents as text[]))
             as t (u, y, k, c)"""
    columns = [list(each) for each in zip(*rows, strict=True)] if rows else [[], [], [], []]
    return HeldRows.of(connection, select, dict(zip(("units", "years", "keys", "contents"), columns, strict=True)))


@pytest.fixture
def sessions(engine: sa.Engine) -> Iterator[tuple[sa.Connection, sa.Connection]]:
    with engine.connect() as one, engine.connect() as other:
        yield (
            one.execution_options(isolation_level="AUTOCOMMIT"),
            other.execution_options(isolation_level="AUTOCOMMIT"),
        )
        one.invalidate()
        other.invalidate()


def city(number: int) -> dict[str, Row]:
    return {str(n): (f"{760 + n % 7}", f"{2000 + n % 5}", str(n), f"content {n}") for n in range(number)}


@pytest.mark.parametrize("seed", range(5))
def test_exactly_the_planted_differences(sessions: tuple[sa.Connection, sa.Connection], seed: int) -> None:
    """Records that lack on either side, and records with another content, in any mixture; nothing else."""
    chance = random.Random(seed)
    here, there = city(3000), city(3000)
    chosen = chance.sample(sorted(here), 60)
    lost, unknown, changed = chosen[:20], chosen[20:40], chosen[40:]
    for key in lost:
        del there[key]
    for key in unknown:
        del here[key]
    for key in changed:
        unit, year, _, _ = there[key]
        there[key] = (unit, year, key, f"{key} is other")

    found = compare(held(sessions[0], [*here.values()]), held(sessions[1], [*there.values()]))

    names = [sorted(key for _, _, key in part) for part in (found.only_here, found.only_there, found.otherwise)]
    assert [sorted(lost), sorted(unknown), sorted(changed)] == names
    assert (2980, 2980, 35) == (found.rows_here, found.rows_there, found.buckets)


def test_a_record_that_moved_to_another_unit_is_one_difference(sessions: tuple[sa.Connection, sa.Connection]) -> None:
    """Its key stands in two buckets; it is held by both, otherwise."""
    here, there = city(500), city(500)
    there["7"] = ("999", "2000", "7", "content 7 of another unit")
    found = compare(held(sessions[0], [*here.values()]), held(sessions[1], [*there.values()]))
    assert [("birth", "s", "7")] == list(found.otherwise)
    assert () == found.only_here + found.only_there


def test_equal_parties_ask_once(sessions: tuple[sa.Connection, sa.Connection]) -> None:
    """The order of rows does not matter, and no row travels."""
    rows = [*city(500).values()]
    found = compare(held(sessions[0], rows), held(sessions[1], rows[::-1]))
    assert found.equal
    assert 0 == found.rounds


def test_one_party_holds_nothing(sessions: tuple[sa.Connection, sa.Connection]) -> None:
    """A lost table is no reason to halve: everything lacks."""
    found = compare(held(sessions[0], [*city(300).values()]), held(sessions[1], []))
    assert 300 == len(found.only_here)


def test_a_record_twice(sessions: tuple[sa.Connection, sa.Connection]) -> None:
    """One that a party holds twice is a difference, though the sums of its halves could hide it."""
    rows = [*city(300).values()]
    found = compare(held(sessions[0], rows), held(sessions[1], [*rows, rows[5]]))
    assert [("birth", "s", rows[5][2])] == list(found.otherwise)


def test_what_is_said_runs_into_nothing(engine: sa.Engine) -> None:
    """Null, the empty text and texts with separators are told apart."""
    values = [("a", "b"), ("a,1:b", ""), ("", "a"), ("a", ""), (None, "a"), ("a", None), ("-,", "b")]
    query = sa.text(f"select {said(['cast(:one as text)', 'cast(:two as text)'])}")
    with engine.connect() as connection:
        texts = [connection.scalar(query, {"one": one, "two": two}) for one, two in values]
    assert len(values) == len(set(texts))


def test_the_halves_of_a_place_hold_its_rows(sessions: tuple[sa.Connection, sa.Connection]) -> None:
    """Digests add up, to the last halving."""
    rows = held(sessions[0], [("760", "2000", str(n), "x") for n in range(200)])
    place, whole = Place(Bucket("birth", "760", "2000")), rows.buckets()[Bucket("birth", "760", "2000")]
    for _ in range(6):
        left, right = (rows.digests([half])[0] for half in place.halves())
        assert whole == PlaceDigest(
            left.rows + right.rows, (left.first + right.first) % 2**64, (left.second + right.second) % 2**64
        )
        place, whole = place.halves()[0], left
