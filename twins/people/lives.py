"""What follows from who was born to whom: names, native places, deaths, homes, numbers."""

from __future__ import annotations

import numpy as np
import polars as pl

from twins.city import names
from twins.city.columns import NEVER, Days, Index, Rng, day, pick, stream, weighted, year_of
from twins.city.places import STREETS, Places
from twins.people.generations import LOCAL, Crowd
from twins.people.table import Couples, PersonTable

SERIALS = 10_000_000
"""Old identity numbers that an office can give: its two digits, then seven."""


def finish(
    seed: int,
    crowd: Crowd,
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
        *_identity(rng, crowd, nation, places),
        Couples(husband, wife, since, married, np.arange(pairs, dtype=np.int32)),
        homes,
        home_ward,
    )


def _deaths(rng: Rng, crowd: Crowd, couple: Index, since: Days, *, deaths: int, today: int) -> Days:
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


def _homes(rng: Rng, crowd: Crowd, couple: Index, pairs: int, places: Places) -> tuple[pl.Series, Index, Index]:
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


def serials(rng: Rng, office: Index, most: int = SERIALS) -> Index:
    """A serial below `most` for each person, so that office and serial together are unique."""
    if len(office) <= most:
        return rng.permutation(most)[: len(office)]
    serial = np.zeros(len(office), np.int64)
    for each in np.unique(office):  # more people than serials: each office begins anew
        its = np.flatnonzero(office == each)
        serial[its] = rng.permutation(most)[: len(its)]
    return serial


def _identity(rng: Rng, crowd: Crowd, nation: Index, places: Places) -> tuple[pl.Series, pl.Series]:
    """12-digit numbers (province, century and sex, year, serial; unique) and the 9-digit ones of those born before 2002."""
    size, year = len(crowd.born), year_of(crowd.born)
    province = np.asarray(places.province_of_place)[crowd.birthplace]
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
    old = pl.Series(office * SERIALS + serials(rng, office)).cast(pl.String).str.zfill(9)
    citizen = pl.Series(nation < 0)
    return (
        pl.select(pl.when(citizen).then(personal)).to_series(),
        pl.select(pl.when(citizen & pl.Series(year < 2002)).then(old)).to_series(),
    )
