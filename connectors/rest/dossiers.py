"""Flattens dossiers of `DongBoHoSoMC`: one frame for the dossiers and one for each of their lists.

It works by columns, not by rows: a page of 1000 dossiers is about 100 lists of texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
import polars as pl

from contracts.logs import Logger

from ..interface import RecordRefusal
from ..refusals import with_refusals
from .json_text import shown

log = Logger()

Dossier: TypeAlias = dict[str, Any]

_TEXTS = frozenset({str, type(None)})

OWNER = ("MaHoSo", "NgayCapNhat")
"""Fields of the dossier that every row of a list repeats."""

_PLAIN = (
    *(
        "MaHoSo",
        "MaTTHC",
        "TenTTHC",
        "MaLinhVuc",
        "TenLinhVuc",
        "KenhThucHien",
        "ChuHoSo",
        "SoGiayToChuHoSo",
        "LoaiDoiTuong",
        "MaDoiTuong",
    ),
    *("ThongTinKhac", "Email", "Fax", "SoDienThoai", "GhiChu", "TrichYeuHoSo"),
    *("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayTra", "NgayKetThucXuLy", "NgayTuChoi"),
    *("TrangThaiHoSo", "HinhThuc", "ThongTinTra", "DonViXuLy", "NoiNopHoSo", "HoSoCoThanhPhanSoHoa"),
    *("TaiKhoanDuocXacThucVoiVNeID", "DuocThanhToanTrucTuyen", "DanhSachTepDinhKemKhac", "NgayCapNhat", "MaHoSoKhac"),
)
_PAPERS = {"DinhDanhCHS_CCCD": "1", "DinhDanhCHS_CMND": "2"}
"""Our field -> LoaiDinhDanh in the list `DinhDanhCHS`."""

LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "dossier_component": (
        "TaiLieuNop",
        (
            *("TepDinhKemId", "TenTepDinhKem", "IsDeleted", "MaThanhPhanHoSo", "DuongDanTaiTepTin"),
            *("DuocSoHoa", "DuocTaiSuDung", "DuocLayTuKhoDMQG", "MaKetQuaThayThe"),
        ),
    ),
    "dossier_fee": ("DanhSachLePhi", ("TenPhiLePhi", "MaPhiLePhi", "HinhThucThu", "Gia", "LoaiPhiLePhi")),
    "dossier_supplement": (
        "DanhSachHoSoBoSung",
        (
            *(
                "HoSoBoSungId",
                "NguoiYeuCauBoSung",
                "NoiDungBoSung",
                "NgayBoSung",
                "NguoiTiepNhanBoSung",
                "ThongTinTiepNhan",
            ),
            *(
                "NgayTiepNhanBoSung",
                "TrangThaiBoSung",
                "DanhSachGiayToBoSung",
                "DanhSachLePhiBoSung",
                "NgayHenTraTruoc",
                "NgayHenTraMoi",
            ),
        ),
    ),
    "dossier_result": (
        "DanhSachGiayToKetQua",
        (
            *("TenGiayTo", "MaThanhPhanHoSo", "GiayToId", "DuongDanTepTinKetQua", "MaGiayToKetQua"),
            *("SoKyHieu", "NgayCap", "ThoiHanHieuLuc", "PhamViHieuLuc", "TenGiayToKetQua", "TrichYeuNoiDung"),
        ),
    ),
}
"""Dataset -> name of its list in a dossier, and its fields."""

WIRE: Mapping[str, frozenset[str]] = {
    "dossier": frozenset({*_PLAIN, *_PAPERS, "DSKetNoiCSDL"}),
    **{
        name: frozenset({*OWNER, *own, *(["ThuTu"] if name == "dossier_fee" else [])})
        for name, (_, own) in LISTS.items()
    },
}
"""Dataset -> every field that this module fills."""

KNOWN = frozenset({*_PLAIN, "DinhDanhCHS", "DSKetNoiCSDL", *(key for key, _ in LISTS.values())})
"""Every field of a dossier on the wire."""


def flaw(dossier: Dossier) -> tuple[str, str] | None:
    """Place and clause of a list that is no list of objects; None: all are."""
    for key, _ in LISTS.values():
        if (held := dossier.get(key)) and not (isinstance(held, list) and all(isinstance(each, dict) for each in held)):
            return key, "no list of objects"
    return None


def flatten(
    rows: Sequence[Dossier | RecordRefusal], columns: Mapping[str, Sequence[str]], *, about: str
) -> dict[str, pl.DataFrame]:
    """Dataset -> frame with the given columns, in the order of the page.

    A refused dossier is a row of the first frame, with its sure fields, and has no children.
    """
    refused = {at: row for at, row in enumerate(rows) if isinstance(row, RecordRefusal)}
    dossiers: list[Dossier] = [dict(row.known) if isinstance(row, RecordRefusal) else row for row in rows]
    _name_unknown(dossiers, about)
    frames = {
        "dossier": with_refusals(
            _frame(columns["dossier"], lambda name: _dossier_column(dossiers, name), len(dossiers)), refused
        )
    }
    for dataset, (key, _) in LISTS.items():
        owners, held = _rows(dossiers, key)
        ordinals = _ordinals(owners, held) if dataset == "dossier_fee" else []

        def column(
            name: str, owners: list[int] = owners, rows: list[Dossier] = held, ordinals: list[str] = ordinals
        ) -> list[Any]:
            if name in OWNER:
                return [dossiers[owner].get(name) for owner in owners]
            return ordinals if name == "ThuTu" else [row.get(name) for row in rows]

        frames[dataset] = _frame(columns[dataset], column, len(held)).with_columns(
            pl.Series("_owner", [o + 1 for o in owners], dtype=pl.Int64)
        )
    return frames


def _name_unknown(dossiers: Sequence[Dossier], about: str) -> None:
    """Log the fields that no contract has. They are landed too; once a contract has them, a replay loads them."""
    unknown = {shown(name) for name in set().union(*dossiers) - KNOWN}
    for key, own in LISTS.values():
        names: set[str] = set().union(*(row for each in dossiers for row in each.get(key) or ()))
        unknown |= {f"{key}.{shown(name)}" for name in names - set(own)}
    if unknown:
        log.warning("page.unknown_fields", system=about, fields=sorted(unknown)[:10], count=len(unknown))


def _dossier_column(dossiers: Sequence[Dossier], name: str) -> list[Any]:
    if name in _PAPERS:
        return [_paper(each.get("DinhDanhCHS"), _PAPERS[name]) for each in dossiers]
    if name == "DSKetNoiCSDL":
        return [_joined(each.get(name)) for each in dossiers]
    return [each.get(name) for each in dossiers]


def _paper(papers: Any, kind: str) -> Any:
    """SoDinhDanh of the first paper of one kind."""
    if not papers:
        return None
    if not isinstance(papers, list):
        return papers  # no list at all: shown as it is, for the rules to refuse
    return next(
        (p.get("SoDinhDanh") for p in papers if isinstance(p, dict) and _text(p.get("LoaiDinhDanh")) == kind), None
    )


def _joined(databases: Any) -> Any:
    """`[{"MaCSDL": "1"}, {"MaCSDL": "7"}]` as `1,7`."""
    if not isinstance(databases, list):
        return databases
    return ",".join(_text(each.get("MaCSDL") if isinstance(each, dict) else each) or "" for each in databases)


def _rows(dossiers: Sequence[Dossier], key: str) -> tuple[list[int], list[Dossier]]:
    """The records of one list over all dossiers, each with the place of its owner."""
    owners: list[int] = []
    rows: list[Dossier] = []
    for place, dossier in enumerate(dossiers):
        if held := dossier.get(key):
            rows += held
            owners += [place] * len(held)
    return owners, rows


def _ordinals(owners: Sequence[int], rows: Sequence[Dossier]) -> list[str]:
    """Ordinals of fees. A fee has no number of its own; its position among equal fees of a dossier distinguishes it."""
    seen: Counter[tuple[int, str | None, str | None]] = Counter()
    places = []
    for owner, row in zip(owners, rows, strict=True):
        fee = (owner, _text(row.get("MaPhiLePhi")), _text(row.get("HinhThucThu")))
        seen[fee] += 1
        places.append(str(seen[fee]))
    return places


def _frame(names: Iterable[str], column: Callable[[str], list[Any]], height: int) -> pl.DataFrame:
    series = [_series(name, column(name)) for name in names]
    return pl.DataFrame(series, height=height).with_columns(pl.when(pl.all() != "").then(pl.all()))


def _series(name: str, values: list[Any]) -> pl.Series:
    if not _TEXTS.issuperset(map(type, values)):
        # Against the dialect, a value is not a text. It is kept anyway, a number as written and a structure as JSON,
        # and the field's own rules validate it. Polars is never given a structure: it would make a type of its depth.
        values = [_text(value) for value in values]
    return pl.Series(name, values, dtype=pl.String, strict=True)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if value in ([], {}):
        return None
    return msgspec.json.encode(value).decode()
