"""A district's register of household businesses as CSV: members in a second file, or in columns that repeat."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors import System
from twins.digitised.book_files import manifest

NOW = datetime(2026, 6, 9, 1, tzinfo=UTC)
TITLES = ("ma_hkd", "ten_hkd", "chu_ho", "tinh_trang", "cap_nhat")
MEMBER_TITLES = ("ma_hkd", "stt", "ho_ten", "ghi_chu")
GROUPS = ({"tv1_ten": "hoTen"}, {"tv2_ten": "hoTen"})
COLUMNS = {"ma_hkd": "maSo", "ten_hkd": "ten", "chu_ho": "chuHo", "tinh_trang": "trangThai", "cap_nhat": "ngayCapNhat"}
SECOND_FILE: dict[str, object] = {
    "files": {"household_business": "hkd_*.csv"},
    "columns": {"household_business": COLUMNS},
    "children": {
        "household_business": {
            "household_member": {
                "file": "hkd_tv_*.csv",
                "columns": {"ma_hkd": "maSo", "stt": "thuTu", "ho_ten": "hoTen", "ghi_chu": None},
                "owner": {"ma_hkd": "maSo"},
                "given": {"ngayCapNhat": "^ngayCapNhat"},
            }
        }
    },
    "times": {"household_business": {"ngayCapNhat": "dd/MM/yyyy HH:mm:ss"}},
    "values": {"household_business": {"trangThai": {"0": "closed", "1": "active"}}},
}
REPEATED: dict[str, object] = {
    **SECOND_FILE,
    "columns": {"household_business": {**COLUMNS, "tv1_ten": None, "tv2_ten": None}},
    "children": {
        "household_business": {
            "household_member": {
                "repeated": [*GROUPS],
                "given": {"maSo": "^maSo", "thuTu": "#", "ngayCapNhat": "^ngayCapNhat"},
            },
        }
    },
}


def csv_of(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV in UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    return text.getvalue().encode()


def business(number: int) -> list[str]:
    """A row of the register."""
    return [f"HK{number:04d}", f"Hộ số {number}", f"Trần Văn Hộ {number}", str(number % 2), "01/06/2022 07:00:00"]


def members(number: int) -> list[list[str]]:
    """None, one or two of a business."""
    return [[f"HK{number:04d}", str(at), f"Lê Thị Thành Viên {number}-{at}", ""] for at in range(1, number % 3 + 1)]


def two_files(numbers: Iterable[int], mark: str = "1") -> dict[str, bytes]:
    """A delivery: the register and its members."""
    held = list(numbers)
    return {
        f"hkd_{mark}.csv": csv_of(TITLES, map(business, held)),
        f"hkd_tv_{mark}.csv": csv_of(MEMBER_TITLES, [row for number in held for row in members(number)]),
    }


def one_file(numbers: Iterable[int], mark: str = "1") -> dict[str, bytes]:
    """The same in one file."""
    rows = [[*business(n), *[*(row[2] for row in members(n)), "", ""][:2]] for n in numbers]
    return {f"hkd_{mark}.csv": csv_of((*TITLES, "tv1_ten", "tv2_ten"), rows)}


def deliver(folder: Path, files: dict[str, bytes], sent: datetime = NOW - timedelta(days=1)) -> None:
    """Files with their manifest."""
    folder.mkdir(exist_ok=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    (folder / f"{next(iter(files))}.manifest.json").write_bytes(manifest(sent, files))


def business_files(folder: Path, options: dict[str, object] = SECOND_FILE, **more: object) -> System:
    """The district as a deployment describes it."""
    given = {**options, **more}
    return System("households-972", "Hộ kinh doanh", "table_files", folder.as_uri(), {}, given, folder, now=lambda: NOW)
