"""Names of the synthetic people: short weighted word lists, southern shape.

Nobody's list: common words put together at random. The weights follow rounded press figures
(Nguyễn near 38 %), with Huỳnh and Võ where the north would say Hoàng and Vũ.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city.columns import Rng, pick, weighted

SURNAMES = {
    "Nguyễn": 38.0,
    "Trần": 11.0,
    "Lê": 9.5,
    "Phạm": 6.5,
    "Huỳnh": 5.2,
    "Võ": 4.6,
    "Phan": 4.2,
    "Trương": 2.4,
    "Bùi": 2.0,
    "Đặng": 2.1,
    "Đỗ": 1.8,
    "Ngô": 1.5,
    "Hồ": 1.4,
    "Dương": 1.3,
    "Đinh": 0.9,
    "Lý": 0.9,
    "Lâm": 0.9,
    "Đoàn": 0.8,
    "Mai": 0.7,
    "Trịnh": 0.6,
    "Cao": 0.5,
    "Châu": 0.4,
    "Tô": 0.4,
    "Thái": 0.4,
    "Quách": 0.3,
    "Vương": 0.3,
    "Hứa": 0.2,
    "Tạ": 0.2,
}


def _alike(words: str) -> dict[str, float]:
    return dict.fromkeys(words.split(), 1.0)


OLD_MIDDLE = (
    {"Văn": 60.0, "Hữu": 8, "Công": 6, "Thành": 6, "Minh": 5, "Đức": 5, "Quang": 4, "Ngọc": 3, "Xuân": 3},
    {"Thị": 78.0, "Ngọc": 8, "Kim": 6, "Thanh": 4, "Thu": 2, "Mỹ": 2},
)
NEW_MIDDLE = (
    {
        "Minh": 16.0,
        "Hoàng": 12,
        "Quốc": 10,
        "Gia": 9,
        "Thanh": 8,
        "Đức": 8,
        "Anh": 7,
        "Tuấn": 6,
        "Văn": 6,
        "Nhật": 5,
        "Bảo": 5,
        "Ngọc Minh": 2,
        "Hoàng Gia": 2,
        "Phúc": 2,
    },
    {
        "Ngọc": 16.0,
        "Thị": 11,
        "Thanh": 9,
        "Minh": 8,
        "Thị Thanh": 6,
        "Phương": 7,
        "Kim": 6,
        "Bảo": 6,
        "Khánh": 5,
        "Mỹ": 5,
        "Thảo": 4,
        "Thị Ngọc": 4,
        "Hoàng": 4,
        "Quỳnh": 4,
        "Gia": 3,
    },
)
OLD_GIVEN = (
    _alike(
        "Hùng Dũng Sơn Hải Tâm Thành Phước Lộc Thọ Đức Minh Long Tuấn Bình An Hòa Tài Lợi Hiếu Nghĩa Trung Cường Bé Năm Út"
    ),
    _alike(
        "Hoa Lan Hồng Mai Cúc Liên Nga Hương Thủy Hạnh Phượng Tuyết Loan Dung Vân Hà Yến Nhung Bé Sáu Ánh Đào Lệ Oanh"
    ),
)
NEW_GIVEN = (
    _alike(
        "Khang Khoa Phúc Huy Bảo Đạt Nam Quân Kiệt Thịnh Phát Long Nhân Vinh Hưng Thiện Tú Duy Trí Hào Khôi Đăng Lâm Tiến"
    ),
    _alike(
        "Anh Vy Ngân Thư Trân Ngọc Nhi Trinh My Thảo Linh Châu Hân Quỳnh Tiên Uyên Hà Như Yến Trang Đan Khuê Ly Thùy"
    ),
)
FOREIGN = (
    "KIM MIN HO",
    "LEE JUN SEOK",
    "CHEN WEI TING",
    "LIN CHIH HAO",
    "JOHN ALAN SMITH",
    "TANAKA HIROSHI",
    "PARK DONG HYUN",
    "MICHAEL BRAUN",
)


def surnames(rng: Rng, size: int) -> NDArray[np.int32]:
    """Indexes into `SURNAMES`."""
    return weighted(rng, list(SURNAMES.values()), size)


def given_part(rng: Rng, female: NDArray[np.bool_], year: NDArray[np.int64]) -> pl.Series:
    """Middle and given name of each person, in the fashion of the year of birth."""
    size = len(female)
    modern = rng.random(size) < np.clip((year - 1965) / 35, 0.05, 0.97)
    middle, given = np.zeros(size, np.int32), np.zeros(size, np.int32)
    middles: list[str] = []
    givens: list[str] = []
    for is_new, is_female in ((False, 0), (False, 1), (True, 0), (True, 1)):
        mask = (modern == is_new) & (female == bool(is_female))
        for target, words, lists in (
            (middle, middles, (OLD_MIDDLE, NEW_MIDDLE)),
            (given, givens, (OLD_GIVEN, NEW_GIVEN)),
        ):
            chosen = lists[is_new][is_female]
            target[mask] = weighted(rng, list(chosen.values()), int(mask.sum())) + len(words)
            words.extend(chosen)
    return pl.select(pl.concat_str(pick(middles, middle), pick(givens, given), separator=" ")).to_series()


def full_names(surname: NDArray[np.int32], given: pl.Series) -> pl.Series:
    """`Nguyễn Thị Hoa`, NFC."""
    return pl.select(pl.concat_str(pick(list(SURNAMES), surname), given, separator=" ")).to_series()


def officials(rng: Rng, size: int) -> list[str]:
    """Names of those who sign and write the books."""
    years = np.full(size, 1975)
    return full_names(surnames(rng, size), given_part(rng, rng.random(size) < 0.45, years)).to_list()
