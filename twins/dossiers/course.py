"""The course of each dossier: its dates, its status, and the number that follows from the day of receipt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city.columns import Rng, pick, stamps

DAY = 86_400


def course_of(rng: Rng, online: NDArray[np.bool_], now: int) -> dict[str, pl.Series]:
    """Dates and status of each dossier, and when it last changed. Statuses are the national ones, 1..10."""
    size = len(online)
    end = now - 3600
    days = np.arange(now // DAY - 150, now // DAY)
    days = days[(days + 3) % 7 < 5]  # 1970-01-01 was a Thursday: offices open Monday to Friday
    filed = rng.choice(days, size) * DAY + np.where(
        online, rng.integers(6 * 3600, 22 * 3600, size), rng.integers(27_000, 59_000, size)
    )
    received = filed + np.where(online, rng.integers(900, 30 * 3600, size), rng.integers(60, 600, size))
    term = rng.choice([1, 2, 3, 5, 7, 10, 15, 20], size, p=[0.1, 0.1, 0.25, 0.25, 0.1, 0.1, 0.06, 0.04])
    due = received + term * DAY
    finish = received + (term * DAY * rng.uniform(0.2, 1.08, size)).astype(np.int64) + 600
    returned = finish + rng.integers(600, 4 * DAY, size)
    fate = rng.choice([10, 3, 7, 8, 5, 6], size, p=[0.905, 0.02, 0.015, 0.015, 0.03, 0.015])
    waits = received + rng.integers(1800, 2 * DAY, size)
    usual, turned = fate == 10, (fate != 10) & (waits <= end)
    status = np.select(
        [received > end, turned, usual & (returned <= end), usual & (finish <= end)],
        [1, fate, 10, 9],
        np.where(end - received < 4 * 3600, 2, 4),
    )
    done, late = np.isin(status, (9, 10)), status == 10
    changed = np.select(
        [status == 1, done & ~late, late, np.isin(status, (3, 5, 6, 7, 8))], [filed, finish, returned, waits], received
    )
    changed = np.minimum(changed, end)
    bulk = ((now // DAY) - 20) * DAY + 2 * 3600  # one night a clean-up touched many dossiers in the same second
    changed = np.where((changed < bulk) & (rng.random(size) < 0.06), bulk, changed)
    none = np.full(size, -1, np.int64)
    return {
        "_filed": pl.Series(filed),
        "_changed": pl.Series(changed.astype(np.int64)),
        "TrangThaiHoSo": pl.Series(status).cast(pl.String),
        "NgayNopHoSo": stamps(filed),
        "NgayTiepNhan": stamps(np.where(np.isin(status, (1, 3)), none, received)),
        "NgayHenTra": stamps(np.where(np.isin(status, (1, 3)), none, due)),
        "NgayKetThucXuLy": stamps(np.where(done, finish, none)),
        "NgayTra": stamps(np.where(late, returned, none)),
        "NgayTuChoi": stamps(np.where(status == 3, waits, none)),
    }


def numbers_of(agencies: Sequence[str], district: NDArray[np.integer], filed: NDArray[np.int64]) -> pl.Series:
    """Mã số hồ sơ: agency, day of receipt, sequence of the day (TT 01/2018/TT-VPCP Art. 19)."""
    days = filed // DAY
    order = np.lexsort((filed, days, district))
    daily = district[order].astype(np.int64) * 100_000 + days[order]
    first = np.r_[True, np.diff(daily) != 0][: len(order)]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0)) + 1
    date = stamps(filed, "%y%m%d")
    return pl.select(
        pl.concat_str(
            pick(agencies, district),
            pl.lit("-"),
            date,
            pl.lit("-"),
            pl.Series(rank).cast(pl.String).str.zfill(4),
        )
    ).to_series()
