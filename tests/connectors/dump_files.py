"""A folder of dumps of seven births, with manifests, as a sender leaves them."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from connectors import System
from connectors.files.inbox import MANIFEST

NOW = datetime(2022, 6, 2, 1, tzinfo=UTC)
SENT = NOW - timedelta(hours=3)
FRAME = pl.DataFrame(
    {
        "id": [f"{number:03}.KS" for number in range(1, 8)],
        "maDonVi": ["760"] * 7,
        "ngayCapNhat": [f"2022-05-{number:02}T08:00:00+07:00" for number in range(1, 8)],
        "so": [str(number) for number in range(1, 8)],
        "quyenSo": ["01/2022"] * 7,
        "ngayDangKy": ["01.05.2022"] * 7,
        "noiDangKy": ["760"] * 7,
        "nguoiKy": ["Nguyễn Văn Ký"] * 7,
        "nksHoTen": [f"Trần Thị Khai Sinh {number}" for number in range(1, 8)],
        "ghiChu": [None, "", 'nói "một"', "hai,\nba", "\\N", " ", "NULL"],
    }
)


def put(folder: Path, name: str, content: bytes, sent: datetime = SENT) -> None:
    """A file and its manifest, as a sender leaves them."""
    (folder / name).write_bytes(content)
    entry = {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {"time": sent.isoformat(), "files": [entry]}
    (folder / f"{name}{MANIFEST}").write_text(json.dumps(manifest), encoding="utf-8")


def system(folder: Path, **options: object) -> System:
    given = {"files": {"birth": "births*"}, "page_records": 3, **options}
    return System(
        "register-dump",
        "Sổ",
        "register_dumps",
        folder.as_uri(),
        {},
        given,
        folder,
        overlap=timedelta(0),
        now=lambda: NOW,
    )


def ndjson(frame: pl.DataFrame) -> bytes:
    made = io.BytesIO()
    frame.write_ndjson(made)
    return made.getvalue()
