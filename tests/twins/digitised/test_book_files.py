"""The contractor's deliveries: real workbooks, real ZIPs, manifests that tell the truth, written once."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from twins.city.fields import MODULES, REGISTER_FIELDS
from twins.digitised.book_files import deliver
from twins.population import City


@pytest.fixture
def delivered(city: City, tmp_path: Path) -> Path:
    deliver(city, tmp_path, 1)
    return tmp_path


def test_each_register_has_its_books(city: City, delivered: Path) -> None:
    """One book each here, as three files whose manifest tells size and hash, at a time when the city stood already."""
    manifests = {path: json.loads(path.read_text()) for path in delivered.glob("*.manifest.json")}

    assert sorted(path.name.partition(".")[0] for path in manifests) == sorted(MODULES)
    for manifest in manifests.values():
        assert manifest["time"] < city.as_of.isoformat()
        for file in manifest["files"]:
            body = (delivered / file["name"]).read_bytes()
            assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"])
    assert not list(delivered.glob("*.part"))


@pytest.mark.parametrize("mark", MODULES)
def test_a_workbook_has_the_templates_columns(delivered: Path, mark: str) -> None:
    """In the order of the import template: the register's fields without the registry's own three."""
    [path] = delivered.glob(f"{mark}.*.xlsx")
    [sheet] = openpyxl.load_workbook(path).worksheets

    assert [cell.value for cell in sheet[1]] == list(REGISTER_FIELDS[MODULES[mark]][3:])
    assert sheet.max_row > 1


def test_one_scan_is_missing_and_one_is_stray(delivered: Path) -> None:
    """Of the births' first book only; each scan is a PDF of its own bytes."""
    for mark in MODULES:
        [book], [scans] = delivered.glob(f"{mark}.*.xlsx"), delivered.glob(f"{mark}.*.zip")
        header, *rows = openpyxl.load_workbook(book).active.iter_rows(values_only=True)
        entries = {str(row[header.index("so")]).replace("/", "-") + ".pdf" for row in rows}
        archive = zipfile.ZipFile(io.BytesIO(scans.read_bytes()))
        assert (len(entries - set(archive.namelist())), len(set(archive.namelist()) - entries)) == (
            (1, 1) if mark == "KS" else (0, 0)
        )
        bodies = [archive.read(name) for name in archive.namelist()]
        assert all(body.startswith(b"%PDF-1.4") for body in bodies)
        assert all(body.endswith(b"%%EOF\n") for body in bodies)
        assert len(set(bodies)) == len(bodies)


def test_a_second_start_writes_nothing_anew(city: City, delivered: Path) -> None:
    """The city is the same, and so are the files: their times do not move."""
    before = {path: path.stat().st_mtime_ns for path in delivered.iterdir()}
    deliver(city, delivered, 1)

    assert {path: path.stat().st_mtime_ns for path in delivered.iterdir()} == before
