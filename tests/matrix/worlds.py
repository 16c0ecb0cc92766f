"""Worlds of random grants: purposes with what they need, grants, and limits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from tests.matrix.policy import ANSWERED_FROM, LAWS
from tests.matrix.registered import (
    ASKERS,
    PURPOSES,
    SIDES,
)

OF_PERSONS = ("officer_hourly", "officer_subjects", "subject_daily")
"""Limits of officers and about persons, which have tests of their own: no world stops anybody by them."""
LAID_DOWN = ("grants", "hourly_limit_without_grant", "hourly_misses", "daily_answers", *OF_PERSONS)
"""What `grants.yaml` says."""
Pool = Mapping[str, tuple[str, ...]]
"""Dataset -> the fields that may be granted of it."""


def random_world(chance: random.Random, pool: Pool, tight_share: float) -> dict[str, Any]:
    """Purposes, grants and limits; in a share of the worlds an hour is soon used up."""

    def needed(purpose: str) -> dict[str, list[str]]:
        whole = 0.9 if purpose == PURPOSES[0] else 0.5
        return {d: _pick(chance, pool[d], whole) for d in pool if chance.random() < 0.9}

    tight = chance.random() < tight_share
    world: dict[str, Any] = {
        "purposes": {
            p: {
                "id": p,
                "title": p,
                "legal_basis": "once-held",
                "needed": needed(p),
                "answers": [a for a in ANSWERED_FROM if chance.random() < 0.7],
            }
            for p in PURPOSES
        }
    }
    world["grants"] = [_grant(chance, pool, n, chance.randint(10, 60) if tight else 10**9) for n in range(36)]
    world["hourly_limit_without_grant"] = chance.randint(3, 8) if tight else 10**9
    world["hourly_misses"] = chance.randint(5, 30) if tight else 10**9
    world["daily_answers"] = chance.randint(5, 30) if tight else 10**9
    world |= dict.fromkeys(OF_PERSONS, 10**9)
    return world


def _grant(chance: random.Random, pool: Pool, number: int, limit: int) -> dict[str, Any]:
    """A random grant; each fourth is one of copies, for an office that keeps registers."""
    copies = number % 4 == 0
    answers = [a for a in ANSWERED_FROM if chance.random() < 0.3]
    territory = chance.choice(["city", "city", "760", "770"])
    within = pool if territory == "city" else SIDES
    datasets = {
        d: _pick(chance, pool[d], 0.9 if copies else 0.4) for d in within if chance.random() < (0.8 if copies else 0.4)
    }
    if not answers and not datasets:
        answers = ["matches"]
    found = {
        "id": f"g{number}",
        "agencies": [chance.choice(ASKERS[:2])] if copies else chance.sample(ASKERS, chance.choice([1, 1, 2])),
        "datasets": datasets,
        "answers": answers,
        "purpose": PURPOSES[0] if copies else chance.choice(PURPOSES),
        "legal_basis": "extract-anywhere" if copies else chance.choice(list(LAWS)),
        "territory": territory,
        "valid_from": chance.choice(["2022-01-01", "2022-06-02"]),
        "hourly_limit": limit,
        "approver": "mẫu",
    }
    return found | ({"valid_to": chance.choice(["2022-12-31", "2025-07-01"])} if chance.random() < 0.4 else {})


def _pick(chance: random.Random, fields: tuple[str, ...], whole: float) -> list[str]:
    return list(fields) if chance.random() < whole else sorted(chance.sample(fields, chance.randint(1, len(fields))))
