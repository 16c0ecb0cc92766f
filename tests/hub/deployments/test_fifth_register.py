"""A register of a province's own answers a requirement: by a contract, a system's file and rows of lists, without code."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from contracts.errors import ContractInvalid
from contracts.load import load_contracts
from hub.cli import app
from hub.core.settings import ROOT
from hub.deployments.check import check_deployment
from hub.deployments.new import plan, write
from tests.connectors.children_files import csv_of

HCMC = ROOT / "deployments" / "hcmc"
OWNER, NAME, CLOSED = "097190000001", "Trần Thị Hộ Kinh Doanh", "097190000002"
TITLES = (
    "maSo", "ten", "chuHo", "soDinhDanhChuHo", "ngaySinhChuHo", "trangThai", "noiDangKy", "ngayDangKy", "ngayCapNhat",
)  # fmt: skip
BUSINESSES = (
    ("HKD000001", "Tạp hoá Mẫu", NAME, OWNER, "1990-05-12", "đang hoạt động", "970", "2021-03-04", "2022-05-01T08:00:00"),
    ("HKD000002", "Quán Mẫu", "Lê Văn Đóng Cửa", CLOSED, "1991", "đã chấm dứt", "970", "2020-01", "2022-05-01T08:00:00"),
)  # fmt: skip
FIELDS = [*TITLES[:8]]
Hub = Callable[..., Result]


def declared(text: str) -> str:
    """The sample contract with its kind of evidence: the marks before these lines are taken away."""
    return re.sub(r"^      # (- property: evidence|  )", r"      \1", text, flags=re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new province whose district sends its household businesses as CSV; a procedure that demands their certificate."""
    folder = tmp_path / "binh-giang"
    write(plan("binh-giang", province="97", agency="H99"), folder, HCMC)
    for each in (folder / "systems").iterdir():
        each.unlink()
    contract = folder / "contracts" / "household_business.odcs.yaml"
    contract.write_text(declared(contract.read_text(encoding="utf-8")), encoding="utf-8")
    (tmp_path / "hkd").mkdir()
    (tmp_path / "hkd" / "hkd_1.csv").write_bytes(csv_of(TITLES, BUSINESSES))
    system = {
        "system": "households-970", "title": "Hộ kinh doanh", "dialect": "table_files", "owner": "UBND huyện",
        "address": (tmp_path / "hkd").as_uri(), "schedule": "15 * * * *", "watch": "cron",
        "contracts": ["household_business"],
        "options": {
            "manifests": False, "settle_s": 0.01, "files": {"household_business": "hkd_*.csv"},
            "columns": {"household_business": [*TITLES]},
        },
    }  # fmt: skip
    _dump(folder / "systems" / "households-970.yaml", system)
    for file, key in (("purposes.yaml", "needed"), ("grants.yaml", "datasets")):
        held = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
        held["purposes" if key == "needed" else "grants"][0][key] = {"household_business": FIELDS}
        _dump(folder / file, held)
    requirements = folder / "requirements.csv"
    with requirements.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    row |= {
        "name": "Giấy chứng nhận đăng ký hộ kinh doanh", "answer": "register", "validity": "none", "rule": "manual",
        "evidence_type": "register:household_business", "reviewed": "true", "text_sha256": "",
    }  # fmt: skip
    with requirements.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row, lineterminator="\n")
        writer.writeheader()
        writer.writerow(row)
    return folder


def _dump(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture
def hub(pg_url: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The command line on that deployment."""
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    monkeypatch.setenv("HUB_DEPLOYMENT", str(folder))
    monkeypatch.setenv("USER", "lan")
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"households-970": {}}), encoding="utf-8")
    secrets.chmod(0o600)
    monkeypatch.setenv("HUB_SECRETS_FILE", str(secrets))
    return lambda *words, text="": CliRunner().invoke(app, list(words), input=text)


def question(number: str, name: str, dossier: str) -> str:
    """The other district asks for its dossier."""
    return json.dumps(
        {
            "agency": "000.00.17.H99",
            "dossier": f"000.00.17.H99-220602-{dossier}",
            "procedure": "1.000894",
            "purpose": "civil-status",
            "people": {"applicant": {"personal_id": number, "name": name}},
        }
    )


def decided(done: Result) -> tuple[str, str]:
    """Outcome and kind of evidence of the one decision."""
    assert 0 == done.exit_code, f"{done.output} {done.exception}"
    [row] = json.loads(done.stdout)
    return row["outcome"], row["record"]


def test_a_fifth_register_answers_a_requirement(hub: Hub) -> None:
    """Its owner's certificate is reused by the other district; one of a closed business, and of nobody, is asked for."""
    checked, read = hub("deployment", "check"), hub("sync", "--all")
    applied = hub("grants", "apply", "--deployment", "--because", "the sample agreement")
    prepared = hub("decisions", "prepare")
    owner = hub("decisions", "ask", "-", "--json", text=question(OWNER, NAME, "0001"))
    closed = hub("decisions", "ask", "-", "--json", text=question(CLOSED, "Lê Văn Đóng Cửa", "0002"))
    nobody = hub("decisions", "ask", "-", "--json", text=question("097190000009", "Lê Thị Không Có", "0003"))

    assert "binh-giang: no fault found\n" == checked.stdout
    assert [0, 0, 0] == [each.exit_code for each in (read, applied, prepared)], (read.output, applied.output)
    assert ("reuse", "household_business/households-970/HKD000001") == decided(owner)
    assert {"ask"} == {decided(each)[0] for each in (closed, nobody)}


def test_a_register_that_no_contract_declares_is_found_by_the_check(folder: Path) -> None:
    """By file, line and column: nothing would ever have answered the row."""
    requirements = folder / "requirements.csv"
    text = requirements.read_text(encoding="utf-8").replace("register:household_business", "register:household")
    requirements.write_text(text, encoding="utf-8")

    [fault] = check_deployment(folder, load_contracts(own=folder))

    assert ("requirements.csv:2", True) == (str(fault)[: str(fault).index(":2") + 2][-18:], "no contract" in str(fault))


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("number: soDinhDanhChuHo", "number: maSo", "identifies nobody"),
        ("name: chuHo, born", "name: chu, born", "`chu` is no field"),
        ("born: ngaySinhChuHo", "born: ten", "no partial date"),
        ("result: KQ.G00.000000", "result: X", "result"),
        ("roles: {owner:", "role: {owner:", "role"),
        ("{property: dayField, value: ngayDangKy}", "{property: dayField, value: ten}", "`ten` of dayField"),
        ("ended: {trangThai: [đã chấm dứt]}", "entry: maSo", "entry and book belong together"),
    ],
)
def test_declarations_that_prove_nothing(folder: Path, good: str, bad: str, says: str) -> None:
    """Refused when the contract is loaded, with its file and line."""
    contract = folder / "contracts" / "household_business.odcs.yaml"
    contract.write_text(contract.read_text(encoding="utf-8").replace(good, bad), encoding="utf-8")

    with pytest.raises(ContractInvalid, match=says) as caught:
        load_contracts(own=folder)

    assert "household_business.odcs.yaml:" in str(caught.value)
