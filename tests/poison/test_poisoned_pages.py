"""Pages with bad records, from a socket to PostgreSQL: the good ones exact, the bad ones cases, too many held."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .dialect import Place
from .dialects import DIALECTS
from .road import Road
from .walk import MOST, walk

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("share", [1, 10, 50])
@pytest.mark.parametrize("name", DIALECTS)
def test_a_poisoned_page(road: Road, place: Callable[[], Place], name: str, share: int) -> None:
    """1 and 10 % of bad records of six kinds are cases; 50 % hold the batch, and the position stays."""
    dialect, count = DIALECTS[name], 100
    chosen = random.Random(share).sample(range(count), count * share // 100)

    held = walk(road, dialect, place, count, {number: at % 6 for at, number in enumerate(chosen)}, size=40)

    assert (share > MOST) == held


@st.composite
def poisoned(draw: st.DrawFn) -> tuple[int, dict[int, int], int]:
    """Number of records, the bad ones by kind, size of a page."""
    count = draw(st.integers(1, 70))
    bad = draw(st.dictionaries(st.integers(0, count - 1), st.integers(0, 5), max_size=count))
    return count, bad, draw(st.integers(1, 80))


@pytest.mark.parametrize("name", DIALECTS)
def test_any_page(road: Road, place: Callable[[], Place], name: str) -> None:
    """Any number of records, any of them bad, pages of any size: no good record is lost, no bad one passes."""

    @settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
    @given(poisoned())
    def property_of(drawn: tuple[int, dict[int, int], int]) -> None:
        walk(road, DIALECTS[name], place, *drawn)

    property_of()


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_poison_proof(road: Road, place: Callable[[], Place]) -> None:
    """PAGES= random pages over all dialects (1,000), SEED=; writes proofs/poison.json."""
    pages, seed = int(os.environ.get("PAGES", "1000")), os.environ.get("SEED", "1")
    found = {name: dict.fromkeys(("pages", "records", "bad", "held"), 0) for name in DIALECTS}
    for number in range(pages):
        chance = random.Random(f"{seed} {number}")
        name = [*DIALECTS][number % len(DIALECTS)]
        count = chance.randint(1, 120)
        bad = {at: chance.randrange(6) for at in range(count) if chance.random() < chance.choice([0.0, 0.01, 0.1, 0.5])}
        held = walk(road, DIALECTS[name], place, count, bad, chance.randint(1, 130))
        for word, more in {"pages": 1, "records": count, "bad": len(bad), "held": int(held)}.items():
            found[name][word] += more
        print(number, name, count, len(bad), flush=True)
    made = {"pages": pages, "seed": seed, "good records lost or changed": 0, "dialects": found}
    path = Path(__file__).parents[2] / "proofs" / "poison.json"
    path.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
