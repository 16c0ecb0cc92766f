"""Dossiers of the 22 one-stop systems with their children, filed by the city's people."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.columns import NEVER, Index, Rng, pick, stamps, stream, weighted, where
from twins.fields import CHILD_FIELDS, DOSSIER_FIELDS
from twins.people import PersonTable
from twins.places import DISTRICTS, Places
from twins.procedures import Procedure, agency_code, file_dossiers

DAY = 86_400
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


@dataclass(frozen=True)
class Filed:
    """All dossiers: children say by `_parent` to which row of `dossier` they belong."""

    dossier: pl.DataFrame
    """DOSSIER_FIELDS plus `_system`, `_owner` (person), `_online` (procedure is offered online), `_group`, `_changed` (local seconds)."""
    children: dict[str, pl.DataFrame]
    offers: pl.DataFrame
    """{system, code, name, field, group}: the procedures each district offers online."""


def build_dossiers(
    seed: int, *, people: PersonTable, places: Places, procedures: tuple[Procedure, ...], each: int, now: int
) -> Filed:
    """`each` dossiers a district, as they stand at `now` (local seconds)."""
    rng = stream(seed, "dossiers")
    filings = [file_dossiers(d, procedures, each, stream(seed, f"filing{d}")) for d in DISTRICTS]
    district = np.repeat(np.arange(len(DISTRICTS)), each)
    procedure, online = (np.concatenate([getattr(f, name) for f in filings]) for name in ("procedure", "online"))
    group = [procedures[i].group for i in procedure.tolist()]
    owner = _owners(rng, people, places, district, now)
    columns = _course(rng, online, now) | _head(
        rng, places, district=district, procedure=procedure, procedures=procedures, online=online
    )
    columns |= _owner_fields(rng, people, owner, online, np.array([g == "economy" for g in group]))
    columns["MaHoSo"] = _numbers(district, columns.pop("_filed").to_numpy())
    changed = columns["_changed"].to_numpy()
    columns["NgayCapNhat"] = stamps(changed)
    system = pick([f"one-stop-{d}" for d in DISTRICTS], district)
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
        for d, f in zip(DISTRICTS, filings, strict=True)
        for p in (procedures[i] for i in f.offered)
    ]
    return Filed(dossier, _children(rng, dossier), pl.DataFrame(offers))


def _owners(rng: Rng, people: PersonTable, places: Places, district: NDArray[np.integer], now: int) -> Index:
    """A living adult for each dossier; six in seven live in the district."""
    today = now // DAY
    adults = np.flatnonzero(
        (people.died == NEVER)
        & (people.born < today - 18 * 366 - 200)
        & (people.born > today - 85 * 365)
        & (people.nation < 0)
    )
    lives = np.array([DISTRICTS.index(d) for d in places.ward_districts])[people.home_ward[people.home[adults]]]
    owner = rng.choice(adults, len(district)).astype(np.int32)
    for d in range(len(DISTRICTS)):
        mine, rows = adults[lives == d], np.flatnonzero((district == d) & (rng.random(len(district)) < 6 / 7))
        if len(mine):
            owner[rows] = rng.choice(mine, len(rows))
    return owner


def _course(rng: Rng, online: NDArray[np.bool_], now: int) -> dict[str, pl.Series]:
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


def _head(
    rng: Rng,
    places: Places,
    *,
    district: NDArray[np.integer],
    procedure: NDArray[np.int64],
    procedures: tuple[Procedure, ...],
    online: NDArray[np.bool_],
) -> dict[str, pl.Series]:
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
        "DonViXuLy": pick([f"Ủy ban nhân dân {places.district_titles[d]}" for d in DISTRICTS], district),
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


def _owner_fields(
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


def _numbers(district: NDArray[np.integer], filed: NDArray[np.int64]) -> pl.Series:
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
            pick([agency_code(d) for d in DISTRICTS], district),
            pl.lit("-"),
            date,
            pl.lit("-"),
            pl.Series(rank).cast(pl.String).str.zfill(4),
        )
    ).to_series()


def _children(rng: Rng, dossier: pl.DataFrame) -> dict[str, pl.DataFrame]:
    status, filed = dossier["TrangThaiHoSo"].cast(pl.Int64).to_numpy(), dossier["NgayNopHoSo"]
    size = len(status)

    def rows(counts: NDArray[np.integer]) -> Index:
        return np.repeat(np.arange(size, dtype=np.int32), counts)

    def serial(prefix: str, count: int, start: int) -> pl.Series:
        return pl.select(pl.concat_str(pl.lit(prefix), pl.Series(start + np.arange(count)).cast(pl.String))).to_series()

    def frame(kind: str, parent: Index, columns: dict[str, pl.Series]) -> pl.DataFrame:
        blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(parent))
        return pl.DataFrame({"_parent": pl.Series(parent)} | {f: columns.get(f, blank) for f in CHILD_FIELDS[kind]})

    parent = rows(1 + rng.poisson(1.3, size))
    n = len(parent)
    paper = rng.integers(0, len(PAPERS), n)
    reused = rng.choice(3, n, p=[0.92, 0.03, 0.05])
    files = serial("/tep/", n, 700_000_001)
    component = frame(
        "component",
        parent,
        {
            "TepDinhKemId": serial("", n, 700_000_001),
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

    parent = rows(rng.choice(3, size, p=[0.35, 0.5, 0.15]))
    n, kind = len(parent), rng.integers(0, len(FEES), len(parent))
    fee = frame(
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

    asked = (status == 5) | ((rng.random(size) < 0.05) & np.isin(status, (4, 9, 10)))
    parent = rows(asked.astype(int))
    n, when = len(parent), filed.gather(parent)
    answered = status[parent] != 5
    asked_for = json.dumps([{"TenGiayTo": "Bản sao giấy tờ tùy thân", "SoLuong": "1"}], ensure_ascii=False)
    supplement = frame(
        "supplement",
        parent,
        {
            "HoSoBoSungId": serial("BS", n, 100_001),
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

    done = np.isin(status, (9, 10))
    parent = rows(np.where(done, rng.choice(3, size, p=[0.15, 0.75, 0.1]), 0))
    n = len(parent)
    paper, number = rng.integers(0, len(PAPERS), n), rng.integers(1, 9999, n)
    issued = dossier["NgayKetThucXuLy"].gather(parent)
    result = frame(
        "result",
        parent,
        {
            "TenGiayTo": pick([name for _, name in PAPERS], paper),
            "MaThanhPhanHoSo": pick([code for code, _ in PAPERS], paper),
            "GiayToId": serial("KQ", n, 500_001),
            "DuongDanTepTinKetQua": serial("/ket-qua/", n, 500_001),
            "MaGiayToKetQua": pick([code for code, _ in PAPERS], paper),
            "SoKyHieu": pl.select(pl.concat_str(pl.Series(number).cast(pl.String), pl.lit("/UBND"))).to_series(),
            "NgayCap": issued,
            "PhamViHieuLuc": where(rng.random(n) < 0.7, "Toàn quốc", None),
            "TenGiayToKetQua": pick([name for _, name in PAPERS], paper),
        },
    )
    return {"component": component, "fee": fee, "supplement": supplement, "result": result}
