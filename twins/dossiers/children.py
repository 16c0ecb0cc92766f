"""What belongs to each dossier: papers handed in, fees, supplements that were asked for, results."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city.columns import Index, Rng, pick, weighted, where
from twins.city.fields import CHILD_FIELDS

OFFICERS = ("Nguyễn Thị Thu", "Trần Minh Quân", "Lê Ngọc Hà", "Phạm Quốc Huy", "Võ Thanh Trúc", "Huỳnh Gia Bảo")
PAPERS = (
    ("KQ.G15.000031", "Giấy khai sinh (bản sao)"),
    ("KQ.G15.000032", "Giấy chứng nhận kết hôn (bản sao)"),
    ("KQ.G15.000038", "Giấy xác nhận tình trạng hôn nhân"),
    ("KQ.G01.000068", "Căn cước công dân (bản sao)"),
    ("KQ.G17.000033", "Tờ khai theo mẫu"),
    ("KQ.G13.000102", "Giấy chứng nhận quyền sử dụng đất (bản sao)"),
    ("KQ.G13.000107", "Bản vẽ thiết kế"),
    ("KQ.G12.000045", "Hợp đồng thuê mặt bằng"),
    ("KQ.G15.000034", "Trích lục khai tử (bản sao)"),
)
FEES = (
    ("LP001", "Lệ phí hộ tịch", "8000"),
    ("LP002", "Phí chứng thực", "2000"),
    ("LP003", "Lệ phí đăng ký kinh doanh", "100000"),
    ("LP004", "Lệ phí cấp giấy phép xây dựng", "75000"),
    ("LP005", "Phí bản sao trích lục", "8000"),
)
SUPPLEMENTS = (
    "Bổ sung bản sao giấy tờ tùy thân",
    "Bổ sung tờ khai có chữ ký",
    "Nộp lại ảnh chụp rõ nét",
    "Bổ sung giấy ủy quyền",
)


def children_of(rng: Rng, dossier: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Kind -> children; `_parent` is the row of their dossier."""
    status = dossier["TrangThaiHoSo"].cast(pl.Int64).to_numpy()
    return {  # the order is that of the draws: a seed gives the same city only in it
        "component": _components(rng, len(status)),
        "fee": _fees(rng, len(status)),
        "supplement": _supplements(rng, dossier, status),
        "result": _results(rng, dossier, status),
    }


def _rows(counts: NDArray[np.integer]) -> Index:
    return np.repeat(np.arange(len(counts), dtype=np.int32), counts)


def _serial(prefix: str, count: int, start: int) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(prefix), pl.Series(start + np.arange(count)).cast(pl.String))).to_series()


def _frame(kind: str, parent: Index, columns: dict[str, pl.Series]) -> pl.DataFrame:
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(parent))
    return pl.DataFrame({"_parent": pl.Series(parent)} | {f: columns.get(f, blank) for f in CHILD_FIELDS[kind]})


def _components(rng: Rng, size: int) -> pl.DataFrame:
    parent = _rows(1 + rng.poisson(1.3, size))
    n = len(parent)
    paper = rng.integers(0, len(PAPERS), n)
    reused = rng.choice(3, n, p=[0.92, 0.03, 0.05])
    files = _serial("/tep/", n, 700_000_001)
    return _frame(
        "component",
        parent,
        {
            "TepDinhKemId": _serial("", n, 700_000_001),
            "TenTepDinhKem": pick([f"{name}.pdf" for _, name in PAPERS], paper),
            "IsDeleted": pick(("0", "1"), (rng.random(n) < 0.01).astype(np.int8)),
            "MaThanhPhanHoSo": pick([code for code, _ in PAPERS], paper),
            "DuongDanTaiTepTin": files,
            "DuocSoHoa": pick(("0", "1"), (rng.random(n) < 0.62).astype(np.int8)),
            "DuocTaiSuDung": pick(("0", "1", "2"), reused),
            "DuocLayTuKhoDMQG": pick(("0", "1"), (rng.random(n) < 0.02).astype(np.int8)),
            "MaKetQuaThayThe": where(reused == 2, pick([code for code, _ in PAPERS], paper), None),
        },
    )


def _fees(rng: Rng, size: int) -> pl.DataFrame:
    parent = _rows(rng.choice(3, size, p=[0.35, 0.5, 0.15]))
    n, kind = len(parent), rng.integers(0, len(FEES), len(parent))
    return _frame(
        "fee",
        parent,
        {
            "MaPhiLePhi": pick([f[0] for f in FEES], kind),
            "TenPhiLePhi": pick([f[1] for f in FEES], kind),
            "Gia": pick([f[2] for f in FEES], kind),
            "HinhThucThu": pick(("1", "2", "4"), weighted(rng, [8, 1, 3], n)),
            "LoaiPhiLePhi": pick(("1", "2"), rng.integers(0, 2, n)),
        },
    )


def _supplements(rng: Rng, dossier: pl.DataFrame, status: NDArray[np.int64]) -> pl.DataFrame:
    size, filed = len(status), dossier["NgayNopHoSo"]
    asked = (status == 5) | ((rng.random(size) < 0.05) & np.isin(status, (4, 9, 10)))
    parent = _rows(asked.astype(int))
    n, when = len(parent), filed.gather(parent)
    answered = status[parent] != 5
    asked_for = json.dumps([{"TenGiayTo": "Bản sao giấy tờ tùy thân", "SoLuong": "1"}], ensure_ascii=False)
    return _frame(
        "supplement",
        parent,
        {
            "HoSoBoSungId": _serial("BS", n, 100_001),
            "NguoiYeuCauBoSung": pick(OFFICERS, rng.integers(0, len(OFFICERS), n)),
            "NoiDungBoSung": pick(SUPPLEMENTS, rng.integers(0, len(SUPPLEMENTS), n)),
            "NgayBoSung": when,
            "NguoiTiepNhanBoSung": where(answered, pick(OFFICERS, rng.integers(0, len(OFFICERS), n)), None),
            "NgayTiepNhanBoSung": where(answered, when, None),
            "TrangThaiBoSung": pick(("0", "1"), answered.astype(np.int8)),
            "DanhSachGiayToBoSung": where(rng.random(n) < 0.5, asked_for, None),
            "NgayHenTraTruoc": dossier["NgayHenTra"].gather(parent),
            "NgayHenTraMoi": dossier["NgayHenTra"].gather(parent),
        },
    )


def _results(rng: Rng, dossier: pl.DataFrame, status: NDArray[np.int64]) -> pl.DataFrame:
    size = len(status)
    done = np.isin(status, (9, 10))
    parent = _rows(np.where(done, rng.choice(3, size, p=[0.15, 0.75, 0.1]), 0))
    n = len(parent)
    paper, number = rng.integers(0, len(PAPERS), n), rng.integers(1, 9999, n)
    issued = dossier["NgayKetThucXuLy"].gather(parent)
    return _frame(
        "result",
        parent,
        {
            "TenGiayTo": pick([name for _, name in PAPERS], paper),
            "MaThanhPhanHoSo": pick([code for code, _ in PAPERS], paper),
            "GiayToId": _serial("KQ", n, 500_001),
            "DuongDanTepTinKetQua": _serial("/ket-qua/", n, 500_001),
            "MaGiayToKetQua": pick([code for code, _ in PAPERS], paper),
            "SoKyHieu": pl.select(pl.concat_str(pl.Series(number).cast(pl.String), pl.lit("/UBND"))).to_series(),
            "NgayCap": issued,
            "PhamViHieuLuc": where(rng.random(n) < 0.7, "Toàn quốc", None),
            "TenGiayToKetQua": pick([name for _, name in PAPERS], paper),
        },
    )
