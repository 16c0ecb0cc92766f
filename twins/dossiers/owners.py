"""Who files each dossier, and how the one-stop system names him."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city.columns import NEVER, Index, Rng, pick, where
from twins.city.places import Places
from twins.people.table import PersonTable


def owners(rng: Rng, people: PersonTable, places: Places, district: NDArray[np.integer], today: int) -> Index:
    """A living adult for each dossier; six in seven live in the district."""
    adults = np.flatnonzero(
        (people.died == NEVER)
        & (people.born < today - 18 * 366 - 200)
        & (people.born > today - 85 * 365)
        & (people.nation < 0)
    )
    lives = np.array([places.districts.index(d) for d in places.ward_districts])[people.home_ward[people.home[adults]]]
    owner = rng.choice(adults, len(district)).astype(np.int32)
    for d in range(len(places.districts)):
        mine, rows = adults[lives == d], np.flatnonzero((district == d) & (rng.random(len(district)) < 6 / 7))
        if len(mine):
            owner[rows] = rng.choice(mine, len(rows))
    return owner


def owner_fields(
    rng: Rng, people: PersonTable, owner: Index, online: NDArray[np.bool_], economy: NDArray[np.bool_]
) -> dict[str, pl.Series]:
    """Who files: a person, or for some economic procedures a firm through one. A synthetic person has no working telephone."""
    size = len(owner)
    firm = economy & (rng.random(size) < 0.3)
    name, card, old = people.name.gather(owner), people.personal_id.gather(owner), people.old_id.gather(owner)
    only_old = (rng.random(size) < 0.08) & old.is_not_null().to_numpy() & ~online
    serial = pl.Series(rng.integers(0, 10_000_000, size)).cast(pl.String).str.zfill(7)
    company = pl.select(pl.concat_str(pl.lit("Hộ kinh doanh "), name)).to_series()
    tax = pl.select(pl.concat_str(pl.lit("031"), serial)).to_series()
    mail = pl.select(pl.concat_str(pl.lit("cd"), pl.Series(owner).cast(pl.String), pl.lit("@example.vn"))).to_series()
    phone = pl.select(pl.concat_str(pl.lit("090"), serial)).to_series()
    account = pl.select(
        pl.concat_str(pl.lit("TK"), pl.Series(owner.astype(np.int64) + 1_000_000).cast(pl.String))
    ).to_series()
    return {
        "ChuHoSo": where(firm, company, name),
        "LoaiDoiTuong": pick(("1", "2"), firm.astype(np.int8)),
        "SoGiayToChuHoSo": where(firm, tax, where(only_old, old, card)),
        "DinhDanhCHS_CCCD": where(only_old, None, card),
        "DinhDanhCHS_CMND": where(only_old | (rng.random(size) < 0.05), old, None),
        "MaDoiTuong": where(online, account, None),
        "Email": where(online, mail, None),
        "SoDienThoai": where(rng.random(size) < 0.9, phone, None),
        "TrichYeuHoSo": where(
            rng.random(size) < 0.5, pl.select(pl.concat_str(pl.lit("Hồ sơ của "), name)).to_series(), None
        ),
    }
