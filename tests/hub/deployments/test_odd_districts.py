"""Two districts whose systems are like nobody else's, by files of the deployment alone: CSV with members, and a JSON listing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from click.testing import Result
from typer.testing import CliRunner

from hub.cli import app
from hub.core.settings import ROOT
from hub.deployments.new import plan, write
from tests.connectors.children_files import NOW, REPEATED, SECOND_FILE, deliver, one_file, two_files
from tests.connectors.double import CREDENTIALS, served
from tests.connectors.listing_double import ListingDouble, listing_system

HCMC = ROOT / "deployments" / "hcmc"
Hub = Callable[..., Result]
STATUS = """\
      - name: trangThai
        businessName: Trạng thái
        description: Whether it is active.
        logicalType: string
        classification: none
      - name: ghiChu
        businessName: Ghi chú
        description: A remark.
        logicalType: string
        classification: none
"""
MEMBERS = """\
  - name: household_member
    businessName: Thành viên hộ kinh doanh
    description: One member of a household business.
    logicalType: object
    customProperties: [{property: parent, value: household_business}, {property: versionField, value: ngayCapNhat}]
    properties:
      - name: maSo
        businessName: Mã số hộ kinh doanh
        description: The business.
        logicalType: string
        classification: none
        primaryKey: true
        primaryKeyPosition: 1
        required: true
      - name: thuTu
        businessName: Thứ tự
        description: Number among the members.
        logicalType: string
        classification: none
        primaryKey: true
        primaryKeyPosition: 2
        required: true
      - name: hoTen
        businessName: Họ tên
        description: Name of the member.
        logicalType: string
        classification: personal basic
      - name: ngayCapNhat
        businessName: Ngày cập nhật
        description: When its business was last changed.
        logicalType: timestamp
        classification: none
        required: true
        customProperties: [{property: transport, value: true}]
"""


def described(name: str, dialect: str, address: str, options: object) -> str:
    """A system's file."""
    about = {
        "system": name, "title": "Đăng ký hộ kinh doanh", "dialect": dialect, "address": address, "owner": "UBND huyện",
        "schedule": "15 * * * *", "watch": "cron", "contracts": ["household_business"], "options": options,
    }  # fmt: skip
    return yaml.safe_dump(about, allow_unicode=True, sort_keys=False)


@pytest.fixture
def listing() -> Iterator[tuple[ListingDouble, str]]:
    """A district's own interface."""
    double = ListingDouble("page")
    for each in double.records:
        each["ma"] = str(each["ma"]).replace("HK-", "JS")
    with served(double, "/api") as address:
        yield double, address


@pytest.fixture
def folder(tmp_path: Path, listing: tuple[ListingDouble, str]) -> Path:
    """A new province with the three districts' systems; no twin's."""
    folder = tmp_path / "binh-giang"
    write(plan("binh-giang", province="97", agency="H99"), folder, HCMC)
    for each in (folder / "systems").iterdir():
        each.unlink()
    contract = folder / "contracts" / "household_business.odcs.yaml"
    text = contract.read_text(encoding="utf-8").replace('{pattern: "[0-9A-Z]{6,20}"}', "{maxLength: 20}")
    for line in ("{property: placeField, value: noiDangKy}", "{property: dayField, value: ngayDangKy}"):
        text = "".join(each for each in text.splitlines(keepends=True) if line not in each)
    place = text.index("      - name: soDinhDanhChuHo")
    behind = text.index("      - name: ngayCapNhat")
    contract.write_text(text[:place] + STATUS + text[behind:] + MEMBERS, encoding="utf-8")
    about = folder / "deployment.yaml"
    written = about.read_text(encoding="utf-8").replace("2022-06-02T08:00:00+07:00", NOW.isoformat())
    about.write_text(written, encoding="utf-8")
    deliver(tmp_path / "two", two_files(range(1, 7)))
    deliver(tmp_path / "one", one_file(range(11, 17)))
    ours = listing_system(listing[1])
    systems = {
        "households-971": described("households-971", "json_listing", listing[1], dict(ours.options)),
        "households-972": described("households-972", "table_files", (tmp_path / "two").as_uri(), SECOND_FILE),
        "households-973": described("households-973", "table_files", (tmp_path / "one").as_uri(), REPEATED),
    }
    for name, text in systems.items():
        (folder / "systems" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def hub(pg_url: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The command line on that deployment."""
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    monkeypatch.setenv("HUB_DEPLOYMENT", str(folder))
    secrets = tmp_path / "secrets.json"
    held = {f"households-{n}": CREDENTIALS if n == 971 else {} for n in (971, 972, 973)}
    secrets.write_text(json.dumps(held), encoding="utf-8")
    secrets.chmod(0o600)
    monkeypatch.setenv("HUB_SECRETS_FILE", str(secrets))
    return lambda *words: CliRunner().invoke(app, list(words))


def counts(done: Result) -> dict[str, tuple[int, int, int]]:
    """System -> received, accepted, unchanged, of businesses and members together."""
    assert 0 == done.exit_code, done.output
    return {
        each["stream"].partition(".")[0]: (each["received"], each["accepted"], each["unchanged"])
        for each in json.loads(done.stdout)
    }


def test_three_ways_of_members_are_read_without_code(
    hub: Hub, tmp_path: Path, listing: tuple[ListingDouble, str], pg_url: str
) -> None:
    """Checked, read, read again; a change of one member is a new version of its business, and nothing else moves."""
    checked = hub("deployment", "check")
    first, second = counts(hub("sync", "--all", "--json")), counts(hub("sync", "--all", "--full", "--json"))

    assert (0, "binh-giang: no fault found\n") == (checked.exit_code, checked.stdout)
    assert {"households-971": (14, 14, 0), "households-972": (12, 12, 0), "households-973": (12, 12, 0)} == first
    assert {"households-971": (14, 0, 14), "households-972": (12, 0, 12), "households-973": (12, 0, 12)} == second
    engine = sa.create_engine(pg_url)
    held = sa.text(
        "select left(b._key, 2), count(distinct b._key), count(m) from warehouse.household_business b"
        " left join warehouse.household_member m on m.ma_so = b.ma_so group by 1 order by 1"
    )
    with engine.connect() as connection:
        assert [("HK", 12, 12), ("JS", 7, 7)] == [tuple(row) for row in connection.execute(held)]

    files = two_files(range(1, 7))
    files["hkd_1.csv"] = files["hkd_1.csv"].replace(
        "Trần Văn Hộ 2,0,01/06/2022 07:00:00".encode(), "Trần Văn Hộ 2,0,01/06/2022 09:00:00".encode()
    )
    files["hkd_tv_1.csv"] = files["hkd_tv_1.csv"].replace("Lê Thị Thành Viên 2-2".encode(), "Lê Thị Khác".encode())
    deliver(tmp_path / "two", {name.replace("_1.", "_2."): body for name, body in files.items()}, NOW)
    listing[0].records[2] |= {"capNhat": "01/06/2022 11:00:00", "chuHo": "Trần Thị Chủ Mới"}
    third = counts(hub("sync", "--all", "--json"))

    assert (1, 1) == (third["households-971"][1], third["households-972"][1])
    names = sa.text("select ho_ten from warehouse.household_member where ma_so = 'HK0002' order by thu_tu")
    with engine.connect() as connection:
        assert ["Lê Thị Thành Viên 2-1", "Lê Thị Khác"] == list(connection.execute(names).scalars())
    engine.dispose()


def test_a_district_with_a_bad_row_loses_one_record(hub: Hub, tmp_path: Path) -> None:
    """The record of the bad row is a case, with the line of the second file; five come in."""
    files = two_files(range(1, 7))
    deliver(tmp_path / "two", {**files, "hkd_tv_1.csv": files["hkd_tv_1.csv"] + b"HK0005,3\n"})
    done = hub("sync", "households-972")
    cases = hub("cases", "list", "--json")

    assert 0 == done.exit_code, done.output
    [case] = json.loads(cases.stdout)
    assert ("HK0005", ["record.unreadable"]) == (case["record_key"], case["rules"])
    assert case["detail"].startswith("hkd_tv_1.csv, line 8: 2 values where 4 are due")
