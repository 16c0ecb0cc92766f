"""The city's people, such that so many are born here and so many have died by a day."""

from __future__ import annotations

import numpy as np

from twins.city.columns import Days, Index, stream
from twins.city.places import Places
from twins.people.generations import Crowd, children_of, pair, together
from twins.people.lives import finish
from twins.people.table import PersonTable


def build_people(seed: int, *, births: int, deaths: int, today: int, places: Places) -> PersonTable:
    """People such that exactly `births` of them are born here and `deaths` of all have died by `today`."""
    rng = stream(seed, "people")
    kids = [round(births * 0.12), round(births * 0.40)]
    kids.append(births - sum(kids))
    windows = ((1928, 1952), (1950, 1977), (1972, 2001))
    crowd = Crowd.empty()
    groups: list[tuple[Index, Index, Days]] = []
    local = np.zeros(0, np.int32)
    born_here: list[Index] = []
    for window, count, per_couple, most in zip(windows, kids, (3.0, 2.2, 1.35), (6, 5, 4), strict=True):
        size = max(3, round(count / per_couple))
        crowd, husband, wife = pair(
            rng, crowd, local, size=size, window=window, today=today, natives=len(places.native_places)
        )
        since = together(rng, crowd, husband, wife)
        offset = sum(len(g[0]) for g in groups)
        groups.append((husband, wife, since))
        children = children_of(rng, crowd, (husband, wife, since), count=count, most=most, today=today, offset=offset)
        local = np.arange(len(crowd.born), len(crowd.born) + count, dtype=np.int32)
        born_here.append(local)
        crowd = crowd.join(children)
    husband, wife, since = (np.concatenate(parts) for parts in zip(*groups, strict=True))
    return finish(seed, crowd, born_here, (husband, wife, since), deaths=deaths, today=today, places=places)
