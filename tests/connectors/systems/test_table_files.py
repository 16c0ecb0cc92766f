"""Reference lists as files: CSV and workbooks read into a contract, and the national portal's procedures where they are at hand."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from connectors import System, Window, open_source
from connectors.testing.conformance import PLAIN, Target
from connectors.testing.file_conformance import FAULTS, file_checks_for
from connectors.testing.file_faults import reseal
from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.load import load_contracts
from twins.digitised.book_files import manifest

PROCEDURES = load_contracts()["national_procedures"]
NOW = datetime(2026, 6, 9, 1, tzinfo=UTC)
TTHC = Path(__file__).parents[4] / "shared" / "data" / "tthc" / "tthc_core.csv"
FIELDS = [field.name for field in PROCEDURES.datasets[0].fields][:-1]
OPTIONS: dict[str, object] = {
    "files": {"national_procedures": "tthc*"},
    "columns": {"national_procedures": {"STT": None, **{name: name for name in FIELDS if name != "linh_vuc"}}},
    "constants": {"national_procedures": {"linh_vuc": "Hộ tịch"}},
    "values": {"national_procedures": {"truc_tuyen": {"Không": "0", "Có": "1"}}},
}


def as_csv(count: int, first: int = 0) -> bytes:
    """An export with a running number, without the field of administration, and with words for yes and no."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["STT", *(name for name in FIELDS if name != "linh_vuc")])
    for n in range(first, first + count):
        row = [
            f"1.{n:06d}",
            f"Thủ tục số {n}, lần đầu",
            "Bộ Tư pháp",
            "",
            "Cấp xã",
            "",
            f"{n}/QĐ-BTP",
            "Công dân",
            ("Không", "Có")[n % 2],
            "1",
            "0",
            "",
        ]
        writer.writerow([n, *row])
    return text.getvalue().encode()


def as_workbook(body: bytes) -> bytes:
    made = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(body.decode())):
        made.active.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two exports, a CSV and a workbook, with their manifests."""
    made = tmp_path_factory.mktemp("tables")
    for day, (name, body) in enumerate({"tthc-1.csv": as_csv(4), "tthc-2.xlsx": as_workbook(as_csv(3, 4))}.items(), 1):
        (made / name).write_bytes(body)
        (made / f"{name}.manifest.json").write_bytes(manifest(datetime(2026, 6, day, tzinfo=UTC), {name: body}))
    return made


def system(folder: Path, **options: object) -> System:
    return System(
        "portal-lists", "Cổng DVCQG", "table_files", folder.as_uri(), {}, {**OPTIONS, **options}, now=lambda: NOW
    )


CHECKS = [
    (name, n, c)
    for name in ("tthc-1.csv", "tthc-2.xlsx")
    for n, c in enumerate([*(c.name for c in PLAIN), *(f.name for f in FAULTS[Path(name).suffix])])
]


@pytest.mark.parametrize(("name", "place"), [pytest.param(name, n, id=f"{name}: {c}") for name, n, c in CHECKS])
def test_promise(folder: Path, name: str, place: int) -> None:
    """Each fault of a file becomes its documented error, and honest reading is whole, pure and inclusive."""
    list(file_checks_for(name))[place].run(Target(system(folder), PROCEDURES, lambda request: True, ()))


def test_csv_and_workbook_give_the_same_rows(folder: Path) -> None:
    """Columns go to their fields, constants fill the others, words are put into the contract's."""
    source = open_source(system(folder), PROCEDURES)
    frames = [source.records(page.body, page.media_type)["national_procedures"] for page in source.pages(Window())]

    assert [frame.height for frame in frames] == [4, 3]
    assert frames[1].drop("_refused", "_raw").row(0, named=True) == {
        "ma_tthc": "1.000004",
        "ten": "Thủ tục số 4, lần đầu",
        "linh_vuc": "Hộ tịch",
        "co_quan_ban_hanh": "Bộ Tư pháp",
        "co_quan_thuc_hien": None,
        "cap_thuc_hien": "Cấp xã",
        "loai_tthc": None,
        "so_quyet_dinh": "4/QĐ-BTP",
        "doi_tuong_thuc_hien": "Công dân",
        "truc_tuyen": "0",
        "buu_chinh": "1",
        "truc_tiep": "0",
        "ma_ket_qua": None,
        "ngayCapNhat": "2026-06-02T00:00:00+00:00",
    }
    assert frames[0]["truc_tuyen"].to_list() == ["0", "1", "0", "1"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"files": {}}, DeploymentInvalid, "files names no pattern"),
        ({"columns": {"national_procedures": ["ma_tthc"]}}, ContractInvalid, "ten: required and not given"),
        ({"columns": {"national_procedures": {"a": "ten", "b": "ten"}}}, ContractInvalid, "ten: given twice"),
        ({"columns": {}}, DeploymentInvalid, "columns must map"),
        ({"constants": {"national_procedures": {"nothing": "x"}}}, ContractInvalid, "nothing: no field"),
        ({"encoding": "tcvn-9"}, DeploymentInvalid, "no encoding"),
        ({"delimiter": ";;"}, DeploymentInvalid, "delimiter"),
        ({"values": {"national_procedures": {"truc_tuyen": {0: "false"}}}}, DeploymentInvalid, "values of truc_tuyen"),
    ],
)
def test_options_that_do_not_fit_the_contract(
    folder: Path, options: dict[str, object], error: type[Exception], words: str
) -> None:
    """Told when the system is opened, by field."""
    with pytest.raises(error, match=words):
        list(open_source(system(folder, **options), PROCEDURES).pages(Window()))


def test_a_cut_csv_is_reported_by_its_manifest(folder: Path, tmp_path: Path) -> None:
    """Cut between two lines, a CSV looks whole: only the manifest knows. (With a fitting manifest it is a shorter list.)"""
    body = as_csv(4)
    (tmp_path / "tthc.csv").write_bytes(body)
    (tmp_path / "tthc.manifest.json").write_bytes(manifest(datetime(2026, 6, 1, tzinfo=UTC), {"tthc.csv": body}))
    source = open_source(system(tmp_path, patience_h=1000), PROCEDURES)
    assert 4 == sum(page.count for page in source.pages(Window()))

    (tmp_path / "tthc.csv").write_bytes(as_csv(3))
    assert [] == list(source.pages(Window()))

    reseal(tmp_path, "tthc.csv", as_csv(3))
    assert 3 == sum(page.count for page in source.pages(Window()))


@pytest.mark.skipif(not TTHC.exists(), reason="the real procedures are not beside the checkout")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_real_procedures(tmp_path: Path, kind: str) -> None:
    """All 2,642 national procedures of mid-2026 load, from CSV and from a workbook of the same cells, by two looks at a folder."""
    body = TTHC.read_bytes()
    file = tmp_path / f"tthc_core.{kind}"
    file.write_bytes(body if kind == "csv" else as_workbook(body))
    os.utime(file, (NOW.timestamp() - 60,) * 2)
    plain: dict[str, object] = {"columns": {"national_procedures": FIELDS}, "constants": {}, "values": {}}
    source = open_source(system(tmp_path, **plain, manifests=False, settle_s=0.01), PROCEDURES)
    [page] = source.pages(Window())
    rows = source.records(page.body, page.media_type)["national_procedures"]

    assert page.count == rows.height == 2_642
    assert rows["ma_tthc"].n_unique() == 2_642
    # As the list's own description counts them: 510 without an executing agency.
    assert rows["co_quan_thuc_hien"].null_count() == 510
    assert rows.select("ma_tthc", "ten", "linh_vuc", "truc_tuyen").null_count().row(0) == (0, 0, 0, 0)
    with TTHC.open(encoding="utf-8", newline="") as text:
        assert rows["ten"].to_list() == [row["ten"] for row in csv.DictReader(text)]


def test_a_list_without_a_version_cannot_be_read(folder: Path) -> None:
    """The warehouse orders versions: a contract that names no field for it is told at the start."""
    with pytest.raises(ContractInvalid, match="versionField"):
        open_source(
            system(folder, files={"procedures": "*"}, columns={"procedures": ["code"]}), load_contracts()["procedures"]
        )


@pytest.mark.parametrize(
    ("when_empty", "match"),
    [
        ({"no_title": {"ten": "ten"}}, "no_title: no column of the file"),
        ({"ten": {"ten": "elsewhere"}}, "elsewhere: no column of the file"),
        ({"ten": {"linh_vuc": "ten"}}, "linh_vuc: in when_empty and given by no column"),
    ],
)
def test_columns_that_stand_in_for_an_empty_one_must_be_there(
    folder: Path, when_empty: dict[str, dict[str, str]], match: str
) -> None:
    """A slip of the pen is told when the list is opened, not by a column of nulls."""
    with pytest.raises(ContractInvalid, match=match):
        open_source(system(folder, when_empty={"national_procedures": when_empty}), PROCEDURES)
