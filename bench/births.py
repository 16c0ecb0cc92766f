"""Synthetic births for measuring loaders side by side: NDJSON, and the same rows as CSV.

Thirty fields of the shipped contract `birth`, written the way the registry writes them (dotted
dates, ISO change time); about 0.5 % are broken on purpose. Nobody in them exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

COLUMNS = (
    "id",
    "maDonVi",
    "ngayCapNhat",
    "so",
    "quyenSo",
    "trangSo",
    "ngayDangKy",
    "loaiDangKy",
    "noiDangKy",
    "nguoiKy",
    "nksHoTen",
    "nksGioiTinh",
    "nksNgaySinh",
    "nksNoiSinh",
    "nksQueQuan",
    "nksDanToc",
    "nksQuocTich",
    "nksLoaiKhaiSinh",
    "nksSoDDCN",
    "meHoTen",
    "meNgaySinh",
    "meDanToc",
    "meQuocTich",
    "meSoGiayToTuyThan",
    "chaHoTen",
    "chaNgaySinh",
    "chaDanToc",
    "chaSoGiayToTuyThan",
    "nycHoTen",
    "nycQuanHe",
)
BROKEN = 0.005
"""Share of rows that break a rule: no such day, no name, unknown sex (each a fifth), malformed number (two fifths)."""
SEED = 7
STEP = 50_000
"""Rows made at a time."""

_FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Hoàng",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
_MIDDLE = ("Văn", "Thị", "Minh", "Thanh", "Ngọc", "Quốc", "Hữu", "Đức", "Kim", "Hoài", "Phước", "Bảo", "Gia", "Khánh")
_GIVEN = (
    "An",
    "Bình",
    "Châu",
    "Dũng",
    "Giang",
    "Hà",
    "Hạnh",
    "Hùng",
    "Khoa",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Nam",
    "Phúc",
    "Quân",
    "Sơn",
    "Thảo",
    "Yến",
)
_UNITS = tuple(str(code) for code in (760, 761, *range(764, 769), *range(770, 779), *range(783, 788)))
_HOSPITALS = ("Bệnh viện Từ Dũ", "Bệnh viện Hùng Vương", "Bệnh viện Nhân dân Gia Định")
_PROVINCES = ("Thành phố Hồ Chí Minh", "Tỉnh Long An", "Tỉnh Bến Tre", "Tỉnh Tiền Giang")
_DAY = np.timedelta64(1, "D")


def make(folder: Path, records: int) -> tuple[Path, Path]:
    """The NDJSON and the CSV of so many births, made on first use; the same every time."""
    ndjson, csv = folder / f"births-{records}.ndjson", folder / f"births-{records}.csv"
    if not csv.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = [
            path.with_suffix(".part") for path in (ndjson.with_name(f"n-{ndjson.name}"), csv.with_name(f"c-{csv.name}"))
        ]
        with partial[0].open("wb") as lines, partial[1].open("wb") as rows:
            for first in range(0, records, STEP):
                frame = births(first, min(STEP, records - first))
                frame.write_ndjson(lines)
                frame.write_csv(rows, include_header=first == 0)
        partial[0].rename(ndjson)
        partial[1].rename(csv)
    return ndjson, csv


def births(first: int, count: int) -> pl.DataFrame:
    """Rows `first` to `first + count`, all pl.String, in the order of `COLUMNS`."""
    chance = np.random.default_rng((SEED, first))

    def pick(values: Sequence[str]) -> pl.Series:
        return pl.Series(values).gather(chance.integers(0, len(values), count))

    def name() -> pl.Series:
        return pick(_FAMILY) + " " + pick(_MIDDLE) + " " + pick(_GIVEN)

    def days(least: int, most: int) -> npt.NDArray[np.timedelta64]:
        return chance.integers(least, most, count) * _DAY

    def number(digits: int) -> pl.Series:
        return pl.Series(chance.integers(10 ** (digits - 1), 10**digits, count)).cast(pl.String)

    born = np.datetime64("1975-05-01") + days(0, 17_000)
    registered = born + days(1, 59)
    changed = np.maximum(registered, np.datetime64("2019-01-01") + days(0, 1_170)) + _DAY
    sex = pick(("1", "2"))
    broken = pl.Series(chance.random(count)) / (BROKEN / 5)  # 0 to 1: the first kind, and so on; from 5: whole
    unit = pick(_UNITS)
    frame = pl.DataFrame(
        {
            "id": pl.Series(np.arange(first, first + count)).cast(pl.String).str.zfill(9),
            "maDonVi": unit,
            "noiDangKy": unit,
            "so": number(4),
            "trangSo": number(2),
            "loaiDangKy": pick(("1", "2", "3")),
            "nguoiKy": name(),
            "nksHoTen": name(),
            "nksGioiTinh": sex,
            "nksNoiSinh": pick(_HOSPITALS),
            "nksQueQuan": pick(_PROVINCES),
            "nksDanToc": pick(("Kinh", "Hoa", "Khơ Me", "Chăm")),
            "nksQuocTich": "VN",
            "nksLoaiKhaiSinh": "1",
            "serial": number(6),
            "book": pick(("01", "02", "07")),
            "meHoTen": name(),
            "meDanToc": "Kinh",
            "meQuocTich": "VN",
            "meSoGiayToTuyThan": number(9),
            "chaHoTen": name(),
            "chaDanToc": "Kinh",
            "chaSoGiayToTuyThan": number(9),
            "nycHoTen": name(),
            "nycQuanHe": pick(("Cha", "Mẹ", "Ông", "Bà")),
            "born": born,
            "registered": registered,
            "changed": changed,
            "mother": born - days(6_600, 15_000),
            "father": born - days(6_600, 18_000),
            "broken": broken,
        }
    )
    year = pl.col("born").dt.year()
    gender = pl.when(year >= 2000).then(2).otherwise(0) + (pl.col("nksGioiTinh") == "2").cast(pl.Int32)
    identity = pl.format("079{}{}{}", gender, (year % 100).cast(pl.String).str.zfill(2), "serial")
    frame = frame.with_columns(
        pl.concat_str("id", pl.lit(".KS")).alias("id"),
        pl.concat_str("book", pl.lit("/"), year).alias("quyenSo"),
        pl.col("changed").dt.strftime("%Y-%m-%dT08:00:00+07:00").alias("ngayCapNhat"),
        pl.when(pl.col("broken") < 1).then(pl.lit("31.02.1999")).otherwise(_dotted("registered")).alias("ngayDangKy"),
        pl.when(~pl.col("broken").is_between(1, 2)).then("nksHoTen").alias("nksHoTen"),
        pl.when(pl.col("broken").is_between(2, 3)).then(pl.lit("9")).otherwise("nksGioiTinh").alias("nksGioiTinh"),
        pl.when(pl.col("broken").is_between(3, 5)).then(pl.lit("12345")).otherwise(identity).alias("nksSoDDCN"),
        _dotted("born").alias("nksNgaySinh"),
        _dotted("mother").alias("meNgaySinh"),
        _dotted("father").alias("chaNgaySinh"),
    )
    return frame.select(COLUMNS)


def _dotted(column: str) -> pl.Expr:
    return pl.col(column).dt.strftime("%d.%m.%Y")
