"""The head of each dossier: its procedure, its channel, the places, the payment."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city.columns import Rng, pick, where
from twins.city.places import Places
from twins.city.procedures import Procedure


def head_of(
    rng: Rng,
    places: Places,
    *,
    district: NDArray[np.integer],
    procedure: NDArray[np.int64],
    procedures: tuple[Procedure, ...],
    online: NDArray[np.bool_],
) -> dict[str, pl.Series]:
    """Columns of the dossier beside its owner and its course."""
    size = len(district)
    fields = sorted({p.field for p in procedures})
    direct = pick(
        ("1", "3"), rng.choice([0, 1, -1], size, p=[0.95, 0.04, 0.01])
    )  # an empty channel counts as direct (Decision 766)
    other = json.dumps([{"TenGiayTo": "Giấy ủy quyền", "SoLuong": "1", "LoaiGiayTo": "1"}], ensure_ascii=False)
    paid = online & (rng.random(size) < 0.4)
    return {
        "MaTTHC": pick([p.code for p in procedures], procedure),
        "TenTTHC": pick([p.name for p in procedures], procedure),
        "MaLinhVuc": pick([f"LV{fields.index(p.field) + 1:03d}" for p in procedures], procedure),
        "TenLinhVuc": pick([p.field for p in procedures], procedure),
        "KenhThucHien": where(online, "2", direct),
        "HinhThuc": pick(("0", "1"), (rng.random(size) < 0.2).astype(np.int8)),
        "DonViXuLy": pick([f"Ủy ban nhân dân {places.district_titles[d]}" for d in places.districts], district),
        "NoiNopHoSo": where(online & (rng.random(size) < 0.35), "1", "2"),
        "HoSoCoThanhPhanSoHoa": pick(("0", "1"), (rng.random(size) < 0.6).astype(np.int8)),
        "TaiKhoanDuocXacThucVoiVNeID": pick(("0", "1"), (online & (rng.random(size) < 0.3)).astype(np.int8)),
        "DuocThanhToanTrucTuyen": where(paid, pick(("1", "2"), rng.integers(0, 2, size)), "0"),
        "DSKetNoiCSDL": pick(
            ("1", "1,7"), np.where(rng.random(size) < 0.5, -1, (rng.random(size) < 0.2).astype(np.int8))
        ),
        "DanhSachTepDinhKemKhac": where(rng.random(size) < 0.08, other, None),
        "GhiChu": pick(
            ("Hồ sơ gấp", "Đã liên hệ qua điện thoại"), np.where(rng.random(size) < 0.05, rng.integers(0, 2, size), -1)
        ),
        "ThongTinTra": where(rng.random(size) < 0.1, "Trả kết quả tại quầy số 3", None),
    }
