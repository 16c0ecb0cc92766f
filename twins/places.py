"""Where the synthetic people live, register and come from.

Units are the real ones of 2022 (22 districts, 312 wards), read from the deployment's reference
list; weights are rounded census figures of 2019, thousands of inhabitants a district.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

POPULATION = {
    "760": 143, "761": 621, "764": 677, "765": 500, "766": 475, "767": 486, "768": 163, "769": 1014, "770": 190, "771": 235, "772": 210,
    "773": 175, "774": 159, "775": 234, "776": 425, "777": 785, "778": 360, "783": 462, "784": 542, "785": 706, "786": 206, "787": 71,
}  # fmt: skip
DISTRICTS = tuple(POPULATION)
"""Codes of the 22 district-level units of 2022."""

_NATIVE = (
    ("079", "Thành phố Hồ Chí Minh"), ("080", "huyện Cần Giuộc, tỉnh Long An"), ("080", "huyện Đức Hòa, tỉnh Long An"),
    ("082", "huyện Gò Công Đông, tỉnh Tiền Giang"), ("082", "huyện Cái Bè, tỉnh Tiền Giang"), ("083", "huyện Ba Tri, tỉnh Bến Tre"),
    ("083", "huyện Mỏ Cày Nam, tỉnh Bến Tre"), ("084", "huyện Càng Long, tỉnh Trà Vinh"), ("086", "huyện Tam Bình, tỉnh Vĩnh Long"),
    ("087", "huyện Lấp Vò, tỉnh Đồng Tháp"), ("089", "huyện Chợ Mới, tỉnh An Giang"), ("091", "huyện Giồng Riềng, tỉnh Kiên Giang"),
    ("092", "quận Ô Môn, thành phố Cần Thơ"), ("094", "huyện Kế Sách, tỉnh Sóc Trăng"), ("096", "huyện Cái Nước, tỉnh Cà Mau"),
    ("074", "thị xã Tân Uyên, tỉnh Bình Dương"), ("075", "huyện Long Thành, tỉnh Đồng Nai"), ("077", "huyện Long Điền, tỉnh Bà Rịa - Vũng Tàu"),
    ("072", "huyện Trảng Bàng, tỉnh Tây Ninh"), ("052", "huyện Tuy Phước, tỉnh Bình Định"), ("051", "huyện Đức Phổ, tỉnh Quảng Ngãi"),
    ("049", "huyện Thăng Bình, tỉnh Quảng Nam"), ("040", "huyện Quỳnh Lưu, tỉnh Nghệ An"), ("038", "huyện Nga Sơn, tỉnh Thanh Hóa"),
    ("036", "huyện Hải Hậu, tỉnh Nam Định"), ("034", "huyện Thái Thụy, tỉnh Thái Bình"), ("001", "huyện Chương Mỹ, thành phố Hà Nội"),
)  # fmt: skip
NATIVE_PLACES = tuple(name for _, name in _NATIVE)
"""Quê quán as the books write it; the first is the city itself."""
PROVINCE_OF_PLACE = tuple(int(code) for code, _ in _NATIVE)
"""Province code of each native place, as in the first three digits of a personal number."""

STREETS = (
    "Nguyễn Trãi", "Lê Lợi", "Trần Hưng Đạo", "Hai Bà Trưng", "Cách Mạng Tháng Tám", "Lý Thường Kiệt", "Nguyễn Thị Minh Khai", "Điện Biên Phủ",
    "Võ Văn Tần", "Phan Đình Phùng", "Lạc Long Quân", "Âu Cơ", "Hoàng Văn Thụ", "Phạm Văn Đồng", "Quang Trung", "Nguyễn Oanh", "Phan Văn Trị",
    "Tỉnh lộ 10", "Kinh Dương Vương", "Hậu Giang", "Nguyễn Văn Linh", "Huỳnh Tấn Phát", "Lê Văn Lương", "Tô Ký", "Nguyễn Ảnh Thủ", "Bà Hom",
)  # fmt: skip


@dataclass(frozen=True)
class Places:
    """The wards of the city; entry i of each tuple is ward i."""

    ward_codes: tuple[str, ...]
    ward_titles: tuple[str, ...]
    """`Phường Đa Kao, Quận 1, Thành phố Hồ Chí Minh`."""
    ward_districts: tuple[str, ...]
    ward_weights: tuple[float, ...]
    district_titles: dict[str, str]


def read_places(units: Path) -> Places:
    """The 22 districts and 312 wards of 2022 from `units.csv`.

    Raises:
        ValueError: a district of ours, or all its wards, are missing in the list.
    """
    with units.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    of_2022 = [r for r in rows if r.get("valid_from", "") <= "2022-06-02" and not ("" < r.get("valid_to", "") < "2022-06-02")]
    districts = {r["code"]: r["name"] for r in of_2022 if r["code"] in POPULATION}
    wards = sorted((r["code"], r["name"], r["parent_code"]) for r in of_2022 if r["parent_code"] in districts)
    found = {parent for _, _, parent in wards}
    if found != set(DISTRICTS):
        raise ValueError(f"{units}: no wards of 2022 for districts {sorted(set(DISTRICTS) - found)}")
    size = {d: sum(parent == d for _, _, parent in wards) for d in districts}
    return Places(
        tuple(code for code, _, _ in wards),
        tuple(f"{name}, {districts[parent]}, Thành phố Hồ Chí Minh" for _, name, parent in wards),
        tuple(parent for _, _, parent in wards),
        tuple(POPULATION[parent] / size[parent] for _, _, parent in wards),
        districts,
    )
