"""The field names of the wire, written out once more for the twins.

On purpose not read from the contracts: a twin that took its fields from the hub's own promise
could not catch a slip in it. A test compares this list, the XSD and the contracts.
"""

from __future__ import annotations


def _of(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(prefix + name for name in names.split())


_HEAD = _of(
    "",
    "id maDonVi ngayCapNhat so quyenSo trangSo ngayDangKy loaiDangKy noiDangKy nguoiKy chucVuNguoiKy nguoiThucHien ghiChu",
)
_TAIL = _of("", "soDangKyNuocNgoai ngayDangKyNuocNgoai cqNuocNgoaiDaDangKy qgNuocNgoaiDaDangKy")
_PAPERS = "LoaiGiayToTuyThan GiayToKhac SoGiayToTuyThan NgayCapGiayToTuyThan NoiCapGiayToTuyThan"
_REQUESTER = _of("nyc", f"HoTen QuanHe {_PAPERS}")
_PARENT = "HoTen NgaySinh DanToc QuocTich QuocTichKhac LoaiCuTru NoiCuTru LoaiGiayToTuyThan SoGiayToTuyThan"
_SPOUSE = f"HoTen NgaySinh DanToc QuocTich QuocTichKhac LoaiCuTru NoiCuTru {_PAPERS}"
_PARTY = f"HoTen GioiTinh NgaySinh DanToc QuocTich QuocTichKhac QueQuan LoaiCuTru NoiCuTru {_PAPERS}"

REGISTER_FIELDS: dict[str, tuple[str, ...]] = {
    "birth": (
        *_HEAD,
        *_of(
            "nks",
            "HoTen GioiTinh NgaySinh NgaySinhBangChu NoiSinh NoiSinhDVHC QueQuan DanToc QuocTich QuocTichKhac LoaiKhaiSinh SoDDCN",
        ),
        "nksMatTich",
        *_of("nksMatTich", "NgayGhiChuTuyenBo CanCuTuyenBo NgayGhiChuHuyTuyenBo CanCuHuyTuyenBo"),
        "nksHanCheNangLucHanhVi",
        *_of("nksHanCheNangLucHanhVi", "NgayGhiChuTuyenBo CanCuTuyenBo NgayGhiChuHuyTuyenBo NgayCanCuHuyTuyenBo"),
        *_of("me", _PARENT),
        *_of("cha", _PARENT),
        *_REQUESTER,
        *_TAIL,
    ),
    "death": (
        *_HEAD,
        *_of(
            "nkt",
            f"HoTen GioiTinh NgaySinh DanToc QuocTich QuocTichKhac LoaiCuTru NoiCuTru {_PAPERS} NgayChet GioPhutChet NoiChet",
        ),
        *_of("nkt", "NguyenNhanChet TinhTrangTuyenBoViecChet NgayGhiChuTuyenBoViecChet CanCuTuyenBoViecChet"),
        *_of("nkt", "NgayGhiChuHuyTuyenBoViecChet CanCuHuyTuyenBoViecChet"),
        *_of("gbt", "Loai So Ngay CoQuanCap"),
        *_REQUESTER,
        *_TAIL,
    ),
    "marriage": (
        *_HEAD,
        *_of(
            "",
            "ngayXacLapQuanHeHonNhan tinhTrangKetHon huyKetHonNgayGhiChu huyKetHonCanCu congNhanKetHonNgayGhiChu congNhanKetHonCanCu",
        ),
        *_of("chong", _SPOUSE),
        *_of("vo", _SPOUSE),
        *_TAIL,
    ),
    "recognition": (
        *_HEAD,
        "quyetDinhSo",
        "loaiXacNhan",
        *_of("cm", _PARTY),
        *_of("nc", _PARTY),
        *_of("nyc", f"HoTen QHNguoiDuocNhan QHNguoiNhan {_PAPERS}"),
        *_TAIL,
    ),
}
"""Register -> its fields in the order of the wire; the first three are the registry's own, the rest the book's."""

MODULES = {"KS": "birth", "KT": "death", "KH": "marriage", "CMC": "recognition"}
ELEMENTS = {"birth": "khaiSinh", "death": "khaiTu", "marriage": "ketHon", "recognition": "nhanChaMeCon"}

DOSSIER_FIELDS = _of(
    "",
    "MaHoSo MaTTHC TenTTHC MaLinhVuc TenLinhVuc KenhThucHien ChuHoSo SoGiayToChuHoSo LoaiDoiTuong MaDoiTuong DinhDanhCHS_CCCD DinhDanhCHS_CMND "
    "ThongTinKhac Email Fax SoDienThoai GhiChu TrichYeuHoSo NgayNopHoSo NgayTiepNhan NgayHenTra NgayTra NgayKetThucXuLy NgayTuChoi TrangThaiHoSo "
    "HinhThuc ThongTinTra DonViXuLy NoiNopHoSo HoSoCoThanhPhanSoHoa TaiKhoanDuocXacThucVoiVNeID DuocThanhToanTrucTuyen DSKetNoiCSDL "
    "DanhSachTepDinhKemKhac NgayCapNhat MaHoSoKhac",
)
"""A dossier, flat; the two DinhDanhCHS_ columns travel as the list DinhDanhCHS, DSKetNoiCSDL as a list of objects."""

CHILD_FIELDS: dict[str, tuple[str, ...]] = {
    "component": _of(
        "",
        "TepDinhKemId TenTepDinhKem IsDeleted MaThanhPhanHoSo DuongDanTaiTepTin DuocSoHoa DuocTaiSuDung DuocLayTuKhoDMQG MaKetQuaThayThe",
    ),
    "fee": _of("", "TenPhiLePhi MaPhiLePhi HinhThucThu Gia LoaiPhiLePhi"),
    "supplement": _of(
        "",
        "HoSoBoSungId NguoiYeuCauBoSung NoiDungBoSung NgayBoSung NguoiTiepNhanBoSung ThongTinTiepNhan NgayTiepNhanBoSung TrangThaiBoSung "
        "DanhSachGiayToBoSung DanhSachLePhiBoSung NgayHenTraTruoc NgayHenTraMoi",
    ),
    "result": _of(
        "",
        "TenGiayTo MaThanhPhanHoSo GiayToId DuongDanTepTinKetQua MaGiayToKetQua SoKyHieu NgayCap ThoiHanHieuLuc PhamViHieuLuc "
        "TenGiayToKetQua TrichYeuNoiDung",
    ),
}
CHILD_LISTS = {
    "component": "TaiLieuNop",
    "fee": "DanhSachLePhi",
    "supplement": "DanhSachHoSoBoSung",
    "result": "DanhSachGiayToKetQua",
}
"""Child -> the published name of its list inside a dossier."""
