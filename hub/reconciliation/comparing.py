"""From digests to differences: buckets, then halves of those that differ, then the few rows that are left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from hub.reconciliation.places import Party, Place, PlaceDigest, PrintedRow

FEW = 8
"""Rows of a place that are compared one by one; a larger place is halved."""
DEEPEST = 60
"""Halvings after which rows are compared anyway: keys of one hash cannot be told apart by it."""
NOTHING = PlaceDigest()

Answer = TypeVar("Answer")
Name = tuple[str, str, str]
"""Register, system and key of a record."""


@dataclass(frozen=True)
class Comparison:
    """What two parties hold differently."""

    rows_here: int
    rows_there: int
    buckets: int
    """Buckets in which either holds something."""
    rounds: int
    """Questions after the first."""
    only_here: tuple[Name, ...] = field(repr=False)
    only_there: tuple[Name, ...] = field(repr=False)
    otherwise: tuple[Name, ...] = field(repr=False)
    """Held by both, with another version or content."""

    @property
    def equal(self) -> bool:
        """Whether there is no difference."""
        return not (self.only_here or self.only_there or self.otherwise)


def compare(here: Party, there: Party) -> Comparison:
    """Compare what two parties hold; both work at the same time."""
    with ThreadPoolExecutor(2) as threads:

        def both(ask: Callable[[Party], Answer]) -> tuple[Answer, Answer]:
            own, other = threads.submit(ask, here), threads.submit(ask, there)
            return own.result(), other.result()

        own, other = both(lambda party: party.buckets())
        known = sorted(own.keys() | other.keys())
        pairs = [(Place(each), own.get(each, NOTHING), other.get(each, NOTHING)) for each in known]
        few, rounds = list[Place](), 0
        while suspects := [each for each in pairs if each[1] != each[2]]:
            few += [place for place, mine, theirs in suspects if _is_few(place, mine, theirs)]
            halved = [
                half for place, mine, theirs in suspects if not _is_few(place, mine, theirs) for half in place.halves()
            ]
            if not halved:
                break
            mine_s, their_s = both(lambda party, asked=halved: party.digests(asked))  # type: ignore[misc]
            pairs = list(zip(halved, mine_s, their_s, strict=True))
            rounds += 1
        rows_here, rows_there = both(lambda party: _by_name(party, few))
    return Comparison(
        sum(each.rows for each in own.values()),
        sum(each.rows for each in other.values()),
        len(known),
        rounds + bool(few),
        *_differences(rows_here, rows_there),
    )


def _is_few(place: Place, mine: PlaceDigest, theirs: PlaceDigest) -> bool:
    """Whether the rows of a place are compared one by one: few, or there is nothing to compare them with."""
    return max(mine.rows, theirs.rows) <= FEW or min(mine.rows, theirs.rows) == 0 or place.depth >= DEEPEST


def _by_name(party: Party, places: Sequence[Place]) -> dict[Name, list[str]]:
    """The prints of each record: a party may hold one twice."""
    found: dict[Name, list[str]] = {}
    for row in party.rows(places) if places else list[PrintedRow]():
        found.setdefault((row.register, row.system, row.key), []).append(row.print)
    return {name: sorted(prints) for name, prints in found.items()}


def _differences(
    here: dict[Name, list[str]], there: dict[Name, list[str]]
) -> tuple[tuple[Name, ...], tuple[Name, ...], tuple[Name, ...]]:
    return (
        tuple(sorted(here.keys() - there.keys())),
        tuple(sorted(there.keys() - here.keys())),
        tuple(sorted(name for name in here.keys() & there.keys() if here[name] != there[name])),
    )
