"""Who is born to whom: newcomers of an age, couples of like age, and their children."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twins.city.columns import Days, Index, Mask, Rng, day, weighted

LOCAL = 0
"""Index of the province itself among the native places."""


@dataclass
class Crowd:
    """The columns while they grow."""

    female: Mask
    born: Days
    father: Index
    mother: Index
    parents: Index
    birthplace: Index

    @classmethod
    def empty(cls) -> Crowd:
        """Nobody yet."""
        nobody = np.zeros(0, np.int32)
        return cls(nobody.astype(bool), nobody, nobody, nobody, nobody, nobody)

    def join(self, other: Crowd) -> Crowd:
        """The others after these."""
        return Crowd(*(np.concatenate([getattr(self, f), getattr(other, f)]) for f in self.__dataclass_fields__))


def _newcomers(rng: Rng, size: int, female: bool, window: tuple[int, int], natives: int) -> Crowd:
    none = np.full(size, -1, np.int32)
    born = rng.integers(day(window[0]), day(window[1]), size).astype(np.int32) - (0 if female else 700)
    birthplace = weighted(rng, [0.05] + [0.95 / (natives - 1)] * (natives - 1), size)
    return Crowd(np.full(size, female), born.astype(np.int32), none, none.copy(), none.copy(), birthplace)


def pair(
    rng: Rng, crowd: Crowd, local: Index, *, size: int, window: tuple[int, int], today: int, natives: int
) -> tuple[Crowd, Index, Index]:
    """`size` couples of like age: most of the locals of a generation, filled up with newcomers."""
    chosen: list[Index] = []
    for female in (False, True):
        grown = local[(crowd.female[local] == female) & (crowd.born[local] < today - 24 * 365)]
        mine = rng.permutation(grown)[: min(size, int(len(grown) * 0.85))]
        newcomers = _newcomers(rng, size - len(mine), female, window, natives)
        start = len(crowd.born)
        crowd = crowd.join(newcomers)
        both = np.concatenate([mine, np.arange(start, start + len(newcomers.born), dtype=np.int32)])
        chosen.append(both[np.argsort(crowd.born[both] + rng.normal(0, 600, size), kind="stable")].astype(np.int32))
    husband, wife = chosen
    for _ in range(20):  # brother and sister do not marry
        kin = np.flatnonzero((crowd.parents[husband] >= 0) & (crowd.parents[husband] == crowd.parents[wife]))
        if not len(kin):
            break
        other = rng.integers(0, size, len(kin))
        for a, b in zip(kin, other, strict=True):
            wife[a], wife[b] = wife[b], wife[a]
    return crowd, husband, wife


def together(rng: Rng, crowd: Crowd, husband: Index, wife: Index) -> Days:
    """The day each couple starts: he past 20, she past 18, as the law has it."""
    lawful = np.maximum(crowd.born[husband] + 20 * 365.25 + 30, crowd.born[wife] + 18 * 365.25 + 30)
    since: Days = (lawful + rng.gamma(3.0, 550.0, len(husband))).astype(np.int32)
    return since


def children_of(
    rng: Rng, crowd: Crowd, couples: tuple[Index, Index, Days], *, count: int, most: int, today: int, offset: int
) -> Crowd:
    """Exactly `count` children: of all that could be born, some are."""
    husband, wife, since = couples
    couple = np.repeat(np.arange(len(husband), dtype=np.int32), most)
    turn = np.tile(np.arange(most), len(husband))
    born = since[couple] + 290 + turn * 880 + rng.integers(0, 500, len(couple))
    possible = np.flatnonzero((born < today - 3) & (born < crowd.born[wife[couple]] + 44 * 365))
    if len(possible) < count:  # a very small city: the first-born of any couple may come sooner
        extra = np.setdiff1d(np.arange(len(couple)), possible)
        span = np.maximum(today - 4 - since[couple[extra]], 1)
        born[extra] = np.minimum(since[couple[extra]] + 30 + rng.random(len(extra)) * span, today - 4)
        possible = np.concatenate([possible, extra[: count - len(possible)]])
    taken = np.sort(rng.permutation(possible)[:count])
    couple, born = couple[taken], born[taken].astype(np.int32)
    return Crowd(
        rng.random(count) < 0.485,
        born,
        husband[couple],
        wife[couple],
        (couple + offset).astype(np.int32),
        np.full(count, LOCAL, np.int32),
    )
