"""Random damages to each input end in refused records or in a named error with its next step."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .damages import Outcomes
from .dialect import Place
from .dialects import DIALECTS

TRIED = tuple(name for name in DIALECTS if name != "store of digitised books")
"""A store answers in rows of a driver, not in bytes: its damages are in the tests of `connectors/sql`."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TRIED)
def test_some_damages(place: Callable[[], Place], name: str) -> None:
    """Bytes, types, names and encodings; the same ones each time."""
    outcomes = Outcomes()
    for number in range(8):
        outcomes.add(DIALECTS[name], place(), f"{name} {number}")

    assert [] == outcomes.unnamed


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_damage_proof(place: Callable[[], Place]) -> None:
    """DAMAGES= random damages to each input (500), SEED=; writes proofs/damage.json and prints every unnamed error."""
    number, seed = int(os.environ.get("DAMAGES", "500")), os.environ.get("SEED", "1")
    found: dict[str, dict[str, int]] = {}
    unnamed: list[str] = []
    for name in TRIED:
        outcomes = Outcomes()
        for each in range(number):
            outcomes.add(DIALECTS[name], place(), f"{name} {seed} {each}")
        found[name] = {**outcomes.counts, "unnamed": len(outcomes.unnamed)}
        unnamed += outcomes.unnamed
        print(name, found[name], *outcomes.unnamed, sep="\n  ", flush=True)
    made = {"damages of each input": number, "seed": seed, "inputs": found}
    path = Path(__file__).parents[2] / "proofs" / "damage.json"
    path.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    assert [] == unnamed
