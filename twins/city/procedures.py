"""The procedures of a district, those offered online, and how its people file.

A deployment may say how the people of a district file (`habits` in `twins.yaml`); the other districts are synthetic.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contracts.deployment.twins import HabitsEntry
from twins.city.columns import Rng

GROUPS = {
    "economy": r"kinh doanh|hợp tác|thương|công nghiệp|kế hoạch|đầu tư|rượu|thuốc lá",
    "urban": r"xây dựng|đất|nhà ở|quy hoạch|hạ tầng|đô thị|đường bộ|bản đồ",
    "justice": r"hộ tịch|chứng thực|tư pháp|nuôi con nuôi|bồi thường|hòa giải|pháp luật",
}
"""Group -> what the name of its fields contains; a field of none of them is "other"."""


@dataclass(frozen=True)
class Procedure:
    """One administrative procedure (thủ tục hành chính)."""

    code: str
    name: str
    field: str
    group: str


@dataclass(frozen=True)
class Habits:
    """How a district's people file."""

    online: dict[str, int]
    """Procedures offered online, by group."""
    busy: dict[str, int]
    """Number of those that had dossiers."""
    share: float
    """Share of all dossiers that are for procedures offered online."""
    mix: dict[str, float]
    """Of those dossiers, the share of each group."""
    filed_online: dict[str, float]
    """Of a group's dossiers for online procedures, the share filed online."""


def read_procedures(path: Path) -> tuple[Procedure, ...]:
    """The district's procedures from the deployment's reference list."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(Procedure(r["code"], r["name"], r["field"], group_of(r["field"])) for r in rows)


def group_of(field: str) -> str:
    """economy, urban, justice or other."""
    return next((group for group, words in GROUPS.items() if re.search(words, field, re.IGNORECASE)), "other")


def habits(given: HabitsEntry | None, rng: Rng) -> Habits:
    """A district's habits: as its deployment gives them, or synthetic ones."""
    if given is not None:
        return Habits(dict(given.online), dict(given.busy), given.share, dict(given.mix), dict(given.filed_online))
    online = {g: int(rng.integers(8, 24)) for g in ("economy", "urban", "justice", "other")}
    busy = {g: max(1, round(n * rng.uniform(0.3, 0.9))) for g, n in online.items()}
    rates = {"economy": (0.75, 0.97), "urban": (0.45, 0.8), "justice": (0.2, 0.7), "other": (0.4, 0.9)}
    return Habits(
        online,
        busy,
        rng.uniform(0.4, 0.8),
        {"economy": 0.3, "urban": 0.18, "justice": 0.4, "other": 0.12},
        {g: float(rng.uniform(*span)) for g, span in rates.items()},
    )


@dataclass(frozen=True)
class Filing:
    """What is filed in one district: row i is dossier i."""

    procedure: NDArray[np.int64]
    """Index into the procedures."""
    online: NDArray[np.bool_]
    offered: tuple[int, ...]
    """Indexes of the procedures that the district offers online."""


def file_dossiers(given: HabitsEntry | None, procedures: tuple[Procedure, ...], count: int, rng: Rng) -> Filing:
    """Procedures and channels of `count` dossiers; proportions are met exactly, not on average, where the list has
    procedures of every group; those of a group that it lacks are filed for the others.
    """
    habit = habits(given, rng)
    by_group = {g: rng.permutation([i for i, p in enumerate(procedures) if p.group == g]) for g in (*GROUPS, "other")}
    offered = {g: by_group[g][:n] for g, n in habit.online.items()}
    missing = sum(habit.online.values()) - sum(len(o) for o in offered.values())
    if (
        missing and given is not None and given.whole
    ):  # a list with few procedures of one group: the others make up for it
        spare = [i for g in by_group for i in by_group[g][habit.online.get(g, 0) :]]
        offered["other"] = np.concatenate([offered["other"], np.array(spare[:missing], int)])
    elsewhere = np.setdiff1d(np.arange(len(procedures)), np.concatenate(list(offered.values())))
    groups = [group for group in habit.mix if len(offered[group])]
    of_offered = (round(count * habit.share) if groups else 0) if len(elsewhere) else count
    procedure, online = (
        [rng.choice(elsewhere[: max(1, len(elsewhere) // 2)], count - of_offered)],
        [np.zeros(count - of_offered, bool)],
    )
    left = of_offered
    for group in groups:
        size = left if group == groups[-1] else min(left, round(of_offered * habit.mix[group]))
        left -= size
        busy = offered[group][: max(1, habit.busy[group])]
        procedure.append(
            np.concatenate([busy[:size], rng.choice(busy, max(0, size - len(busy)))])
        )  # each busy one at least once
        online.append(np.arange(size) >= size - round(size * habit.filed_online[group]))
    order = rng.permutation(count)
    return Filing(
        np.concatenate(procedure).astype(np.int64)[order],
        np.concatenate(online)[order],
        tuple(int(i) for g in offered.values() for i in g),
    )
