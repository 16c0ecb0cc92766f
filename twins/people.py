"""People and couples of the synthetic city, three generations deep, as columns.

Founders come first, without a birth record here; their children are born, meet newcomers of
their age, marry and have children in turn. So each child's parents exist, are old enough, and
are one household; nobody acts after his death. Everything is an array: row i of each column is
person i (or couple i).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from twins import names
from twins.columns import (
    NEVER,
    Days,
    Index,
    Mask,
    Rng,
    day,
    pick,
    stream,
    weighted,
    year_of,
)
from twins.places import NATIVE_PLACES, PROVINCE_OF_PLACE, STREETS, Places

ETHNIC = ("Kinh", "Hoa", "Khơ-me", "Chăm", "Tày", "Nùng")
FOREIGN_NATIONS = ("Hàn Quốc", "Trung Quốc (Đài Loan)", "Hoa Kỳ", "Nhật Bản", "Đức")
LOCAL = 0
"""Index of Ho Chi Minh City in `NATIVE_PLACES`."""


@dataclass(frozen=True)
class Couples:
    """Pairs who share a home and may have children; `married` is NEVER for those who did not marry."""

    husband: Index
    wife: Index
    since: Days
    married: Days
    home: Index


@dataclass(frozen=True)
class PersonTable:
    """All persons, founders and newcomers before those born here."""

    female: Mask
    born: Days
    died: Days
    father: Index
    mother: Index
    parents: Index
    """The couple they were born to; -1 for founders and newcomers."""
    couple: Index
    """The couple they form; -1 if none."""
    birthplace: Index
    native: Index
    """Quê quán: the father's, by custom."""
    ethnic: Index
    nation: Index
    """-1 Vietnamese, else an index into FOREIGN_NATIONS."""
    home: Index
    name: pl.Series
    personal_id: pl.Series
    """12 digits; null for foreigners."""
    old_id: pl.Series
    """9 digits (CMND); null for those too young to have had one."""
    couples: Couples
    homes: pl.Series
    """Addresses as text; home h stands in ward `home_ward[h]`."""
    home_ward: Index

    def __len__(self) -> int:
        return len(self.born)


@dataclass
class _Crowd:
    """The columns while they grow."""

    female: Mask
    born: Days
    father: Index
    mother: Index
    parents: Index
    birthplace: Index

    @classmethod
    def empty(cls) -> _Crowd:
        """Nobody yet."""
        nobody = np.zeros(0, np.int32)
        return cls(nobody.astype(bool), nobody, nobody, nobody, nobody, nobody)

    def join(self, other: _Crowd) -> _Crowd:
        """The others after these."""
        return _Crowd(*(np.concatenate([getattr(self, f), getattr(other, f)]) for f in self.__dataclass_fields__))


def build_people(seed: int, *, births: int, deaths: int, today: int, places: Places) -> PersonTable:
    """People such that exactly `births` of them are born here and `deaths` of all have died by `today`."""
    rng = stream(seed, "people")
    kids = [round(births * 0.12), round(births * 0.40)]
    kids.append(births - sum(kids))
    windows = ((1928, 1952), (1950, 1977), (1972, 2001))
    crowd = _Crowd.empty()
    groups: list[tuple[Index, Index, Days]] = []
    local = np.zeros(0, np.int32)
    born_here: list[Index] = []
    for window, count, per_couple, most in zip(windows, kids, (3.0, 2.2, 1.35), (6, 5, 4), strict=True):
        size = max(3, round(count / per_couple))
        crowd, husband, wife = _pair(rng, crowd, local, size=size, window=window, today=today)
        since = _together(rng, crowd, husband, wife)
        offset = sum(len(g[0]) for g in groups)
        groups.append((husband, wife, since))
        children = _children(rng, crowd, (husband, wife, since), count=count, most=most, today=today, offset=offset)
        local = np.arange(len(crowd.born), len(crowd.born) + count, dtype=np.int32)
        born_here.append(local)
        crowd = crowd.join(children)
    husband, wife, since = (np.concatenate(parts) for parts in zip(*groups, strict=True))
    return _finish(seed, crowd, born_here, (husband, wife, since), deaths=deaths, today=today, places=places)


def _newcomers(rng: Rng, size: int, female: bool, window: tuple[int, int]) -> _Crowd:
    none = np.full(size, -1, np.int32)
    born = rng.integers(day(window[0]), day(window[1]), size).astype(np.int32) - (0 if female else 700)
    birthplace = weighted(rng, [0.05] + [0.95 / (len(NATIVE_PLACES) - 1)] * (len(NATIVE_PLACES) - 1), size)
    return _Crowd(np.full(size, female), born.astype(np.int32), none, none.copy(), none.copy(), birthplace)


def _pair(
    rng: Rng, crowd: _Crowd, local: Index, *, size: int, window: tuple[int, int], today: int
) -> tuple[_Crowd, Index, Index]:
    """`size` couples of like age: most of the locals of a generation, filled up with newcomers."""
    chosen: list[Index] = []
    for female in (False, True):
        grown = local[(crowd.female[local] == female) & (crowd.born[local] < today - 24 * 365)]
        mine = rng.permutation(grown)[: min(size, int(len(grown) * 0.85))]
        newcomers = _newcomers(rng, size - len(mine), female, window)
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


def _together(rng: Rng, crowd: _Crowd, husband: Index, wife: Index) -> Days:
    """The day each couple starts: he past 20, she past 18, as the law has it."""
    lawful = np.maximum(crowd.born[husband] + 20 * 365.25 + 30, crowd.born[wife] + 18 * 365.25 + 30)
    since: Days = (lawful + rng.gamma(3.0, 550.0, len(husband))).astype(np.int32)
    return since


def _children(
    rng: Rng, crowd: _Crowd, couples: tuple[Index, Index, Days], *, count: int, most: int, today: int, offset: int
) -> _Crowd:
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
    return _Crowd(
        rng.random(count) < 0.485,
        born,
        husband[couple],
        wife[couple],
        (couple + offset).astype(np.int32),
        np.full(count, LOCAL, np.int32),
    )


def _finish(
    seed: int,
    crowd: _Crowd,
    born_here: list[Index],
    pairs_of: tuple[Index, Index, Days],
    *,
    deaths: int,
    today: int,
    places: Places,
) -> PersonTable:
    """What follows from who was born to whom: names, native places, deaths, homes, numbers."""
    rng = stream(seed, "lives")
    husband, wife, since = pairs_of
    size, pairs = len(crowd.born), len(husband)
    couple = np.full(size, -1, np.int32)
    couple[husband] = couple[wife] = np.arange(pairs, dtype=np.int32)
    married = np.where((rng.random(pairs) < 0.88) & (since < today - 5), since, NEVER).astype(np.int32)
    nation = np.full(size, -1, np.int32)
    abroad = rng.random(pairs) < 0.006
    nation[husband[abroad & (crowd.parents[husband] < 0) & (crowd.born[husband] > day(1965))]] = 0
    nation[nation == 0] = weighted(rng, [4, 4, 3, 1, 1], int((nation == 0).sum()))

    surname = names.surnames(rng, size)
    native, ethnic = crowd.birthplace.copy(), weighted(rng, [92.5, 5.6, 0.9, 0.5, 0.3, 0.2], size)
    for child in born_here:  # parents before their children
        source = np.where(nation[crowd.father[child]] >= 0, crowd.mother[child], crowd.father[child])
        surname[child], native[child], ethnic[child] = surname[source], native[source], ethnic[source]
    name = names.full_names(surname, names.given_part(rng, crowd.female, year_of(crowd.born)))
    foreign = pl.Series(nation >= 0)
    name = pick(names.FOREIGN, rng.integers(0, len(names.FOREIGN), size)).zip_with(foreign, name)

    died = _deaths(rng, crowd, couple, since, deaths=deaths, today=today)
    homes, home_ward, home = _homes(rng, crowd, couple, pairs, places)
    return PersonTable(
        crowd.female,
        crowd.born,
        died,
        crowd.father,
        crowd.mother,
        crowd.parents,
        couple,
        crowd.birthplace,
        native,
        ethnic,
        nation,
        home,
        name,
        *_identity(rng, crowd, nation),
        Couples(husband, wife, since, married, np.arange(pairs, dtype=np.int32)),
        homes,
        home_ward,
    )


def _deaths(rng: Rng, crowd: _Crowd, couple: Index, since: Days, *, deaths: int, today: int) -> Days:
    """A day of death for exactly `deaths` persons, after all they still had to do."""
    size = len(crowd.born)
    floor = np.maximum(crowd.born + 1, day(1976))
    paired = couple >= 0
    floor[paired] = np.maximum(floor[paired], since[couple[paired]] + 2)
    has = crowd.mother >= 0
    np.maximum.at(floor, crowd.mother[has], crowd.born[has])
    np.maximum.at(floor, crowd.father[has], crowd.born[has] - 200)
    age = (today - crowd.born) / 365.25
    score = np.log(rng.random(size)) / np.exp(
        (age - 70) / 9
    )  # weighted choice without replacement (Efraimidis and Spirakis)
    score[floor > today - 40] = -np.inf
    dead = np.argsort(-score)[:deaths]
    died = np.full(size, NEVER, np.int32)
    died[dead] = floor[dead] + 1 + (np.sqrt(rng.random(len(dead))) * (today - 8 - floor[dead])).astype(np.int32)
    return died


def _homes(rng: Rng, crowd: _Crowd, couple: Index, pairs: int, places: Places) -> tuple[pl.Series, Index, Index]:
    """One home a couple, and new ones for every eighth person, who moved."""
    size = len(crowd.born)
    moved = rng.random(size) < 0.12
    alone = (couple < 0) & (crowd.parents < 0)
    new = np.flatnonzero(moved | alone)
    home = np.where(couple >= 0, couple, crowd.parents).astype(np.int32)
    home[new] = pairs + np.arange(len(new))
    ward = weighted(rng, places.ward_weights, pairs + len(new))
    number = pl.Series(rng.integers(1, 480, len(ward))).cast(pl.String)
    lane = pl.Series(rng.integers(1, 60, len(ward))).cast(pl.String)
    slash = pl.Series(rng.random(len(ward)) < 0.4)
    street = pick(STREETS, rng.integers(0, len(STREETS), len(ward)))
    text = pl.select(
        pl.concat_str(
            pl.when(slash).then(pl.concat_str(number, pl.lit("/"), lane)).otherwise(number),
            pl.lit(" "),
            street,
            pl.lit(", "),
            pick(places.ward_titles, ward),
        )
    ).to_series()
    return text, ward, home


def _identity(rng: Rng, crowd: _Crowd, nation: Index) -> tuple[pl.Series, pl.Series]:
    """12-digit numbers (province, century and sex, year, serial; unique) and the 9-digit ones of those born before 2002."""
    size, year = len(crowd.born), year_of(crowd.born)
    province = np.asarray(PROVINCE_OF_PLACE)[crowd.birthplace]
    century = (year // 100 - 19) * 2 + crowd.female
    head = (province * 10 + century) * 100 + year % 100
    number = head * 1_000_000 + rng.integers(0, 1_000_000, size)
    for _ in range(50):
        _, first = np.unique(number, return_index=True)
        again = np.setdiff1d(np.arange(size), first, assume_unique=True)
        if not len(again):
            break
        number[again] = head[again] * 1_000_000 + rng.integers(0, 1_000_000, len(again))
    personal = pl.Series(number).cast(pl.String).str.zfill(12)
    office = np.where(crowd.birthplace == LOCAL, 20 + rng.integers(0, 6, size), 27 + rng.integers(0, 10, size))
    old = pl.Series(office * 10_000_000 + rng.permutation(10_000_000)[:size]).cast(pl.String).str.zfill(9)
    citizen = pl.Series(nation < 0)
    return (
        pl.select(pl.when(citizen).then(personal)).to_series(),
        pl.select(pl.when(citizen & pl.Series(year < 2002)).then(old)).to_series(),
    )
