"""Records with children as CSV: a second file beside the first, or columns that repeat; nothing of them is lost unseen."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from connectors import Window, open_source
from connectors.errors import Incomplete, Malformed
from connectors.interface import Position
from connectors.testing.conformance import PLAIN, Target
from connectors.testing.file_conformance import FAULTS, file_checks_for
from contracts.deployment.files import SystemFile
from contracts.errors import DeploymentInvalid
from tests.connectors.children_files import (
    NOW,
    REPEATED,
    SECOND_FILE,
    business_files,
    csv_of,
    deliver,
    members,
    one_file,
    two_files,
)
from tests.connectors.double import ROOT
from tests.connectors.listing_double import business_contract
from twins.digitised.book_files import manifest

CONTRACT = business_contract()
TIME = {"ngayCapNhat": "2022-06-01T07:00:00"}
CHECKS = [*(c.name for c in PLAIN), *(f.name for f in FAULTS[".csv"])]
PLACES = [("second file", "hkd_1.csv"), ("second file", "hkd_tv_1.csv"), ("repeated", "hkd_1.csv")]


def read(folder: Path, options: dict[str, object] = SECOND_FILE, **more: object) -> dict[str, pl.DataFrame]:
    """All records of a folder."""
    source = open_source(business_files(folder, options, **more), CONTRACT)
    pages = [source.records(page.body, page.media_type) for page in source.pages(Window())]
    source.close()
    return {each.name: pl.concat(page[each.name] for page in pages) for each in CONTRACT.datasets}


def spoilt(folder: Path, *lines: bytes) -> dict[str, pl.DataFrame]:
    """Six businesses, with other lines at the end of their members' file."""
    files = two_files(range(1, 7))
    deliver(folder, {**files, "hkd_tv_1.csv": files["hkd_tv_1.csv"] + b"".join(line + b"\n" for line in lines)})
    return read(folder)


def refused(frames: dict[str, pl.DataFrame]) -> list[tuple[Any, ...]]:
    """Key and reason of the refused records."""
    return frames["household_business"].filter(pl.col("_refused").is_not_null()).select("maSo", "_refused").rows()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two deliveries of each kind."""
    made = tmp_path_factory.mktemp("children")
    for day in (1, 2):
        numbers, sent = range(day * 10, day * 10 + 5), NOW - timedelta(days=3 - day)
        deliver(made / "second file", two_files(numbers, str(day)), sent)
        deliver(made / "repeated", one_file(numbers, str(day)), sent)
    return {"second file": made / "second file", "repeated": made / "repeated"}


@pytest.mark.parametrize(
    ("kind", "file", "place"),
    [pytest.param(kind, file, n, id=f"{kind}, {file}: {c}") for kind, file in PLACES for n, c in enumerate(CHECKS)],
)
def test_promise(folders: dict[str, Path], kind: str, file: str, place: int) -> None:
    """Each fault of a file becomes its documented error, of the second file too, and costs nothing beside it."""
    options = SECOND_FILE if kind == "second file" else REPEATED
    system = business_files(folders[kind], options)
    list(file_checks_for(file, of="hkd_1.csv"))[place].run(Target(system, CONTRACT, lambda request: True, ()))


def test_both_kinds_give_the_same_records(tmp_path: Path) -> None:
    """Fields, owners and numbers are the same, wherever the members stand."""
    deliver(tmp_path / "two", two_files(range(1, 7)))
    deliver(tmp_path / "one", one_file(range(1, 7)))
    two, one = read(tmp_path / "two"), read(tmp_path / "one", REPEATED)

    assert {name: frame.to_dicts() for name, frame in one.items()} == {n: f.to_dicts() for n, f in two.items()}
    assert [
        {"maSo": "HK0001", "thuTu": "1", "hoTen": "Lê Thị Thành Viên 1-1", "_owner": 1} | TIME,
        {"maSo": "HK0002", "thuTu": "1", "hoTen": "Lê Thị Thành Viên 2-1", "_owner": 2} | TIME,
        {"maSo": "HK0002", "thuTu": "2", "hoTen": "Lê Thị Thành Viên 2-2", "_owner": 2} | TIME,
    ] == two["household_member"].head(3).to_dicts()
    assert {"maSo": "HK0002", "trangThai": "closed", "ngayCapNhat": "2022-06-01T07:00:00"}.items() <= (
        two["household_business"].row(1, named=True).items()
    )


def test_a_page_holds_both_files_as_received(tmp_path: Path) -> None:
    """One behind the other, with their sizes, so that a replay cuts them apart."""
    files = two_files(range(1, 4))
    deliver(tmp_path, files)
    [page] = open_source(business_files(tmp_path), CONTRACT).pages(Window())

    assert b"".join(files.values()) == page.body
    assert page.media_type.endswith(f"; parts={','.join(str(len(each)) for each in files.values())}")


def test_a_bad_row_of_a_member_refuses_its_record(tmp_path: Path) -> None:
    """Without that row the record would lose a member unseen; the others come in, with their members."""
    frames = spoilt(tmp_path, "HK0004,2,Lê Thị,x,y".encode())

    [(key, why)] = refused(frames)
    assert ("HK0004", True) == (key, why.startswith("hkd_tv_1.csv, line 8: 5 values where 4 are due"))
    assert ["HK0001", "HK0002", "HK0002", "HK0005", "HK0005"] == frames["household_member"]["maSo"].to_list()


def test_a_member_of_nobody_is_a_case_of_its_own(tmp_path: Path) -> None:
    """Its record is not in the delivery: nothing else is touched, and the row is kept for people."""
    frames = spoilt(tmp_path, "HK0099,1,Lê Thị Lạc,".encode())

    [(key, why)] = refused(frames)
    assert (None, True) == (key, "no record of this delivery owns this row" in why)
    assert "HK0099;1;Lê Thị Lạc;" == frames["household_business"]["_raw"].drop_nulls()[0].decode()
    assert 7 == frames["household_business"].height


def test_members_of_a_record_that_cannot_be_read_are_no_cases(tmp_path: Path) -> None:
    """The record's own row is the case: its two members do not make two more."""
    files = two_files(range(1, 7))
    files["hkd_1.csv"] = files["hkd_1.csv"].replace("Trần Văn Hộ 5,".encode(), "Trần Văn Hộ 5,,".encode())
    deliver(tmp_path, files)
    frames = read(tmp_path)

    assert 1 == len(refused(frames))
    assert "HK0005" not in frames["household_member"]["maSo"].to_list()


def test_a_delivery_of_which_one_file_has_come_waits(tmp_path: Path) -> None:
    """The members are not there yet: read without them, every record would lose its own."""
    files = two_files(range(1, 4))
    (tmp_path / "hkd_1.csv").write_bytes(files["hkd_1.csv"])
    source = open_source(business_files(tmp_path, manifests=False, settle_s=0.01, patience_h=24 * 366), CONTRACT)

    assert [] == list(source.pages(Window()))
    with pytest.raises(Incomplete, match=r"hkd_1.csv: not complete yet"):
        list(source.listing() or ())

    (tmp_path / "hkd_tv_1.csv").write_bytes(files["hkd_tv_1.csv"])
    assert [3] == [page.count for page in source.pages(Window())]


def test_a_manifest_that_promises_one_of_both_is_refused(tmp_path: Path) -> None:
    """The sender forgot the members: it must write the manifest anew."""
    files = two_files(range(1, 4))
    deliver(tmp_path, files)
    only = {"hkd_1.csv": files["hkd_1.csv"]}
    (tmp_path / "hkd_1.csv.manifest.json").write_bytes(manifest(NOW - timedelta(days=1), only))

    with pytest.raises(Malformed, match=r"promises a part of a delivery only: hkd_tv_1.csv"):
        read(tmp_path)


def test_a_name_in_other_letters_is_refused(tmp_path: Path) -> None:
    """Files that belong together are found by their names: another spelling is refused, never passed over."""
    files = two_files(range(1, 4))
    deliver(tmp_path, {name.replace("hkd_tv", "HKD_TV"): body for name, body in files.items()})

    with pytest.raises(Malformed, match="in these letters"):
        read(tmp_path)


def test_a_page_landed_before_the_second_file_was_declared_is_refused(tmp_path: Path) -> None:
    """A replay of it would take every member away."""
    deliver(tmp_path, one_file(range(1, 4)))
    [page] = open_source(business_files(tmp_path, REPEATED), CONTRACT).pages(Window(since=Position(NOW - timedelta(9))))

    with pytest.raises(Malformed, match=r"a page of 1 file\(s\) where 2 are due"):
        open_source(business_files(tmp_path), CONTRACT).records(page.body, page.media_type)


def test_two_rows_of_one_record_have_the_same_members(tmp_path: Path) -> None:
    """A register that lists a record twice lists one record: both rows are whole."""
    files = two_files([2, 2])
    files["hkd_tv_1.csv"] = csv_of(("ma_hkd", "stt", "ho_ten", "ghi_chu"), members(2))
    deliver(tmp_path, files)

    assert [1, 2, 1, 2] == read(tmp_path)["household_member"]["_owner"].to_list()


PLAN: dict[str, Any] = SECOND_FILE["children"]["household_business"]["household_member"]  # type: ignore[index]
REPEAT: dict[str, Any] = REPEATED["children"]["household_business"]["household_member"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (None, "household_member: nothing says where its rows stand"),
        ({**PLAN, "owner": {}}, "a second file lacks columns or owner"),
        ({**PLAN, "owner": {"ma": "maSo"}}, "owner names ma, which is no column"),
        ({**PLAN, "owner": {"ma_hkd": "ma"}}, "ma: no field of household_business"),
        ({**PLAN, "repeated": REPEAT["repeated"]}, "in one of the two"),
        ({**PLAN, "file": "tv.csv"}, "either each pattern has a"),
        ({**PLAN, "file": "tv_??_*.csv"}, "one \\* each"),
        ({**PLAN, "columns": {"ma_hkd": "maSo"}}, "thuTu: required and not given"),
        ({**PLAN, "given": {"thuTu": "#", "ngayCapNhat": "^ngayCapNhat"}}, "thuTu: given twice"),
        ({**REPEAT, "repeated": [{"tv9_ten": "hoTen"}]}, "tv9_ten: no column of the file"),
        ({**REPEAT, "given": {"maSo": "^ma", "thuTu": "#"}}, "ma: no field of household_business"),
    ],
)
def test_declarations_that_cannot_work(tmp_path: Path, plan: dict[str, Any] | None, says: str) -> None:
    """Told when the system is opened, by dataset and field."""
    given = {"household_business": {} if plan is None else {"household_member": plan}}
    with pytest.raises(DeploymentInvalid, match=says):
        open_source(
            business_files(tmp_path, REPEATED if "repeated" in (plan or {}) else SECOND_FILE, children=given), CONTRACT
        )


def test_the_example_of_the_page_is_what_is_tested() -> None:
    """docs/add-a-system.md declares the register of these tests, and a deployment's loader takes it."""
    page = (ROOT / "docs" / "add-a-system.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```yaml\n(system: households-972\n.*?)^```", page, re.DOTALL | re.MULTILINE)

    shown = SystemFile.model_validate(yaml.safe_load(block))

    assert ("households-972", "table_files") == (shown.id, shown.dialect)
    assert {**SECOND_FILE, "host_key": "ssh-ed25519 AAAA"} == shown.options
