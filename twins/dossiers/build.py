"""So many dossiers a district, as they stand at a moment."""

from __future__ import annotations

import numpy as np
import polars as pl

from twins.city.columns import pick, stamps, stream
from twins.city.fields import DOSSIER_FIELDS
from twins.city.places import Places
from twins.city.procedures import Procedure, file_dossiers
from twins.dossiers.children import children_of
from twins.dossiers.course import DAY, course_of, numbers_of
from twins.dossiers.filed import Filed
from twins.dossiers.head import head_of
from twins.dossiers.owners import owner_fields, owners
from twins.people.table import PersonTable


def build_dossiers(
    seed: int, *, people: PersonTable, places: Places, procedures: tuple[Procedure, ...], each: int, now: int
) -> Filed:
    """`each` dossiers a district, as they stand at `now` (local seconds)."""
    rng = stream(seed, "dossiers")
    districts = places.districts
    filings = [
        file_dossiers(places.province.habits.get(d), procedures, each, stream(seed, f"filing{d}")) for d in districts
    ]
    district = np.repeat(np.arange(len(districts)), each)
    procedure, online = (np.concatenate([getattr(f, name) for f in filings]) for name in ("procedure", "online"))
    group = [procedures[i].group for i in procedure.tolist()]
    owner = owners(rng, people, places, district, now // DAY)
    columns = course_of(rng, online, now) | head_of(
        rng, places, district=district, procedure=procedure, procedures=procedures, online=online
    )
    columns |= owner_fields(rng, people, owner, online, np.array([g == "economy" for g in group]))
    columns["MaHoSo"] = numbers_of(places.agencies, district, columns.pop("_filed").to_numpy())
    changed = columns["_changed"].to_numpy()
    columns["NgayCapNhat"] = stamps(changed)
    system = pick([f"one-stop-{d}" for d in districts], district)
    offered = np.array([i in set(f.offered) for f in filings for i in f.procedure.tolist()], bool)
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(district))
    dossier = pl.DataFrame(
        {f: columns.get(f, blank) for f in DOSSIER_FIELDS}
        | {
            "_system": system,
            "_owner": pl.Series(owner),
            "_offered": pl.Series(offered),
            "_group": pl.Series(group),
            "_changed": pl.Series(changed),
        }
    )
    offers = [
        {"system": f"one-stop-{d}", "code": p.code, "name": p.name, "field": p.field, "group": p.group}
        for d, f in zip(districts, filings, strict=True)
        for p in (procedures[i] for i in f.offered)
    ]
    return Filed(dossier, children_of(rng, dossier), pl.DataFrame(offers))
