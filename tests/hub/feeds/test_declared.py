"""Feeds of a deployment: what is wrong in a file is named with file and line."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from contracts.changes.history import folder_of
from contracts.errors import DeploymentInvalid
from contracts.load import load_contract, load_contracts
from contracts.model import Contract
from hub.access.grants.load import read_grants
from hub.core.errors import NotGranted
from hub.feeds.declared import Feed, read_feeds

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("reference", "feeds"):
        shutil.copytree(ROOT / "deployments" / "hcmc" / name, tmp_path / "hcmc" / name)
    for name in ("grants.yaml", "purposes.yaml"):
        shutil.copy(ROOT / "deployments" / "hcmc" / name, tmp_path / "hcmc")
    return tmp_path / "hcmc"


def read(folder: Path) -> dict[str, Feed]:
    return dict(read_feeds(folder, CONTRACTS, read_grants(folder, CONTRACTS)))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


NAMES = {
    "national-portal-dossiers": "dossiers-to-the-national-portal/000.00.00.G22",
    "national-portal-progress": "dossiers-to-the-national-portal/000.00.00.G22",
    "moj-open-dossiers": "open-dossiers-to-the-ministry/000.00.00.G15",
}


def test_the_shipped_feeds(folder: Path) -> None:
    """The four registers go to the Ministry of Justice, under a grant that is valid on the deployment's day."""
    feeds = read(folder)
    assert ["birth", "death", "dossier", "dossier", "dossier", "marriage", "recognition"] == sorted(
        each.contract.name for each in feeds.values()
    )
    for feed in feeds.values():
        name = NAMES.get(feed.id, "civil-status-to-the-ministry/000.00.00.G15")
        assert {name} == {g.id for g in feed.terms(date(2022, 6, 2)).grants}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("service: DongBoHoSoMC", "", r"service, lists and states stand beside channel: records"),
        ("channel: records", "channel: push", r"service, lists and states stand beside channel: records"),
        ("system: national-portal", "", r"channel records and system none do not go together"),
        ("  dossier_fee:", "  birth:", r"dossier has no list birth"),
        ("TenPhiLePhi", "TenPhi", r"dossier_fee has no field TenPhi"),
        (
            "KenhThucHien, ChuHoSo,",
            "KenhThucHien, GhiChu,",
            r"no bulk grant gives GhiChu of dossier to 000\.00\.00\.G22",
        ),
    ],
)
def test_submitted_feeds_are_checked_too(folder: Path, old: str, new: str, said: str) -> None:
    """A feed whose records are submitted one by one names its system, its service and lists that are granted."""
    replace(folder / "feeds/national-portal-dossiers.yaml", old, new)
    with pytest.raises(DeploymentInvalid, match=said):
        read(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("receiver: 000.00.00.G15", "receiver: 000.00.00.G99", r":6: no agency 000\.00\.00\.G99"),
        ("contract: birth", "contract: births", r":7: no contract births"),
        ('version: "1.2.0"', 'version: "2.0.0"', r":8: contract birth is 1\.\d+\.0, which does not keep what 2\.0\.0"),
        ('version: "1.2.0"', "version: newest", r":8: 'newest' is no version"),
        ("nksHoTen", "nksHoten", r":9: birth has no field nksHoten"),
        ("nksHoTen", "nksMatTich", r":9: nksMatTich of birth rest sealed"),
        ("nksHoTen", "nycHoTen", r":9: no bulk grant gives nycHoTen of birth to 000\.00\.00\.G15"),
        ("nksHoTen", "nksNgaySinh", r":9: columns are none, or one stands twice"),
        ("purpose: civil-status-database", "purpose: curiosity", r":\d+: no purpose curiosity"),
        ("purpose: civil-status-database", "purpose: school-enrolment", r":9: no bulk grant gives"),
        ("legal_basis: civil-status-database", "legal_basis: nowhere", r":\d+: no legal basis nowhere"),
        ("form: jsonl.gz", "form: xlsx", r":\d+: form 'xlsx' is unknown"),
        ("form: jsonl.gz", "channel: push", r":\d+: channel push and system none do not go together"),
        ("form: jsonl.gz", "system: inbox", r":\d+: channel inbox and system inbox do not go together"),
        ("valid_days: 7", "valid_days: 0", r":\d+: valid_days 0"),
        ("feed: moj-births", "feed: moj-birth", r":\d+: the file of feed moj-birth is called otherwise"),
        ("owner: Sở Tư pháp", "keeper: Sở Tư pháp", r"unknown key keeper"),
    ],
)
def test_a_wrong_feed(folder: Path, old: str, new: str, said: str) -> None:
    """Refused when it is read, with the line."""
    replace(folder / "feeds" / "moj-births.yaml", old, new)
    with pytest.raises(DeploymentInvalid, match=said):
        read(folder)


def newer_birth(tmp_path: Path, old: str, new: str) -> Contract:
    """The contract of births as 9.0.0, with one change; what was released before is beside it."""
    shipped = CONTRACTS["birth"]
    root = tmp_path / "contracts"
    shutil.copytree(folder_of(shipped), root / "history" / "birth")
    text = shipped.path.read_text(encoding="utf-8").replace(f"version: {shipped.version}", "version: 9.0.0", 1)
    assert old in text
    (root / "birth.odcs.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_contract(root / "birth.odcs.yaml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('          - {value: "3", label: Ghi chú từ nước ngoài}\n', "", None),
        (
            "{maxLength: 200}\n        classification: personal basic\n        required: true\n",
            "{maxLength: 900}\n        classification: personal basic\n        required: true\n",
            r":8: contract birth is 9\.0\.0, which does not keep what 1\.2\.0 promised: nksHoTen: length was 200, is 900",
        ),
    ],
)
def test_two_versions_are_live_while_readers_find_what_they_were_promised(
    folder: Path, tmp_path: Path, old: str, new: str, said: str | None
) -> None:
    """A code that senders may use no more breaks them alone: the receiver stays with 1.2.0. A longer text ends that."""
    contracts = {**CONTRACTS, "birth": newer_birth(tmp_path / "own", old, new)}
    grants = read_grants(folder, contracts)

    if said is None:
        feed = read_feeds(folder, contracts, grants)["moj-births"]
        assert ("1.2.0", "9.0.0") == (feed.file.version, feed.contract.version)
    else:
        with pytest.raises(DeploymentInvalid, match=said):
            read_feeds(folder, contracts, grants)


def test_a_dataset_that_belongs_to_another(folder: Path) -> None:
    """Papers of a dossier travel with their dossier or not at all."""
    replace(folder / "feeds" / "moj-births.yaml", "contract: birth", "contract: dossier\ndataset: dossier_component")
    replace(folder / "feeds" / "moj-births.yaml", 'version: "1.2.0"', f'version: "{CONTRACTS["dossier"].version}"')
    with pytest.raises(DeploymentInvalid, match="dossier_component cannot be fed: its records belong to others"):
        read(folder)


def test_a_bulk_grant_answers_no_question(folder: Path) -> None:
    """What the Ministry may have in bulk it may not ask for one by one, and what a desk may ask for is in no feed."""
    grants = read_grants(folder, CONTRACTS)
    assert not grants.holds("000.00.00.G15", "civil-status-database", date(2022, 6, 2))
    assert () == grants.feeding("000.00.16.H29", "birth", "civil-status", date(2022, 6, 2), "once-held")


def test_a_bulk_grant_with_answers(folder: Path) -> None:
    """Yes and no are answers to questions."""
    replace(folder / "grants.yaml", "    bulk: true", "    bulk: true\n    answers: [is_deceased]")
    with pytest.raises(DeploymentInvalid, match=r"grants\.yaml:\d+: a bulk grant gives answers"):
        read_grants(folder, CONTRACTS)


def test_outside_the_grant_s_days(folder: Path) -> None:
    """A feed is described by its file, and allowed by the grant of the day."""
    replace(folder / "grants.yaml", "    hourly_limit: 60 ", "    valid_to: 2022-06-01\n    hourly_limit: 60 ")
    with pytest.raises(NotGranted, match="may not leave on 2022-06-02"):
        read(folder)["moj-births"].terms(date(2022, 6, 2))


def test_without_feeds(folder: Path) -> None:
    """A deployment needs none."""
    shutil.rmtree(folder / "feeds")
    assert {} == read(folder)
