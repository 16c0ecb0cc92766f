"""The contracts we ship: they load, lint clean, and say what other files rely on."""

from __future__ import annotations

import csv
import hashlib
import re
import time
from pathlib import Path

import pytest

from contracts.checks import DATASET_KINDS, ROW_KINDS, has_sql_form
from contracts.lint import lint
from contracts.load import PACKAGED, SCHEMAS, SUFFIX, load_contract, load_contracts
from contracts.model import Classification, Effect, Kind

ROOT = PACKAGED.parent
PATHS = sorted(PACKAGED.rglob(f"*{SUFFIX}"))
CONTRACTS = load_contracts()
DATASETS = [(contract, dataset) for contract in CONTRACTS.values() for dataset in contract.datasets]
RULES = [(dataset, rule) for _, dataset in DATASETS for rule in dataset.rules]
REFERENCE = ROOT / "deployments" / "hcmc" / "reference"

NAMES = [
    "birth",
    "death",
    "marriage",
    "recognition",
    "scan",
    "dossier",
    "identification_event",
    "agencies",
    "code_lists",
    "legal_bases",
    "listed_codes",
    "listed_conversions",
    "listed_units",
    "national_procedures",
    "offered_procedure",
    "procedures",
    "requirements",
    "units",
]


def test_every_contract_is_there():
    """Four registers and their scans, the dossiers, uses of e-identification, six reference contracts, the national list of procedures, what units offer online and what lists say of units."""
    assert sorted(CONTRACTS) == sorted(NAMES)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_lints_clean(path: Path):
    """A shipped contract has nothing left to mend."""
    assert [] == [str(problem) for problem in lint(load_contract(path))]


def test_loading_all_is_quick():
    """Every command begins with reading all contracts: it takes less than a second and a half of processor time."""
    started = time.process_time()
    load_contracts()

    assert time.process_time() - started < 1.5


@pytest.mark.parametrize("name", sorted(set(SCHEMAS.values())))
def test_the_schemas_are_the_standards_own(name: str):
    """A vendored schema is byte for byte the one whose hash THIRD_PARTY.md states."""
    schema = PACKAGED / "schema" / name
    assert hashlib.sha256(schema.read_bytes()).hexdigest() in (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("contract", "dataset"), DATASETS, ids=lambda each: each.name)
def test_rules_are_ones_the_engines_know(contract, dataset):
    """Each rule is of a known kind with its arguments, over fields of its dataset, told in one Vietnamese sentence, under an id of its own."""
    for rule in dataset.rules:
        kind = (DATASET_KINDS if rule.effect is Effect.HOLD else ROW_KINDS)[rule.kind]
        assert set(rule.fields) <= set(dataset.by_name), rule.id
        assert set(kind.required) <= set(rule.arguments) <= {*kind.required, *kind.optional}, rule.id
        assert re.search("[ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹđ]", rule.sentence), (
            rule.id
        )
        assert rule.sentence.endswith("."), rule.id

    assert len({rule.id for rule in dataset.rules}) == len(dataset.rules)


def test_what_is_sensitive_rests_encrypted():
    """Cause of death, links to scans and decisions of recognition are sensitive; names and personal numbers are basic."""
    classes = {
        f"{dataset.name}.{field.name}": field.classification for _, dataset in DATASETS for field in dataset.fields
    }

    sensitive = [
        "death.nktNguyenNhanChet",
        "recognition.quyetDinhSo",
        "dossier_component.DuongDanTaiTepTin",
        "dossier_result.DuongDanTepTinKetQua",
    ]
    basic = ["birth.nksHoTen", "birth.nksSoDDCN", "dossier.ChuHoSo", "dossier.DinhDanhCHS_CCCD"]
    assert {Classification.PERSONAL_SENSITIVE} == {classes[name] for name in sensitive}
    assert {Classification.PERSONAL_BASIC} == {classes[name] for name in basic}


def test_rules_over_encrypted_fields_have_no_sql_form():
    """A rule about a sensitive field is judged before the stage; one about plain fields can be asked again in SQL."""
    death = CONTRACTS["death"].dataset("death")
    classes = {field.name: field.classification for field in death.fields}
    rules = {rule.id: rule for rule in death.rules}

    assert not has_sql_form(rules["nktNguyenNhanChet.max_length"], classes)
    assert not has_sql_form(rules["death.no-control-characters-sealed"], classes)
    assert has_sql_form(rules["death.no-control-characters"], classes)


def test_old_books_may_be_incomplete():
    """Of a birth, only what makes the record findable and whose it is are required; a birth date may be a year or missing."""
    birth = CONTRACTS["birth"].dataset("birth")

    required = {field.name for field in birth.fields if field.required}
    assert {"id", "maDonVi", "ngayCapNhat", "so", "quyenSo", "ngayDangKy", "noiDangKy", "nksHoTen"} == required
    assert birth.by_name["nksNgaySinh"].kind is Kind.PARTIAL_DATE


def test_contradictions_between_numbers_and_facts_are_findings():
    """A personal number that disagrees with date or sex is looked at, never rejected: the paper book wins."""
    effects = {rule.effect for _, rule in RULES if rule.kind.startswith("identity_matches")}

    assert {Effect.FINDING} == effects


def test_children_stand_after_their_dossier_and_share_its_key():
    """Papers, fees, supplements and results belong to a dossier and begin their key with its number."""
    dossier = CONTRACTS["dossier"]

    keys = {dataset.name: tuple(field.name for field in dataset.key) for dataset in dossier.datasets}
    assert {
        "dossier": ("MaHoSo",),
        "dossier_component": ("MaHoSo", "TepDinhKemId"),
        "dossier_fee": ("MaHoSo", "MaPhiLePhi", "HinhThucThu", "ThuTu"),
        "dossier_supplement": ("MaHoSo", "HoSoBoSungId"),
        "dossier_result": ("MaHoSo", "GiayToId"),
    } == keys
    assert ["dossier"] * 4 == [dataset.parent for dataset in dossier.datasets[1:]]


@pytest.mark.parametrize(
    ("contract", "dataset"), [pair for pair in DATASETS if pair[0].domain == "reference"], ids=lambda each: each.name
)
def test_reference_file_is_as_described(contract, dataset):
    """A reference list has exactly the columns of its dataset, its keys are unique, and its cells keep the field's own promises."""
    file = REFERENCE / f"{dataset.name}.csv"
    with (file if file.exists() else REFERENCE.parent / file.name).open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))

    assert [field.name for field in dataset.fields] == list(rows[0])
    keys = [tuple(row[field.name] for field in dataset.key) for row in rows]
    assert len(set(keys)) == len(keys)
    for field in dataset.fields:
        values = {row[field.name] for row in rows}
        filled = values - {""}
        assert not (field.required and "" in values), field.name
        assert not field.codes or filled <= {code.value for code in field.codes}, field.name
        assert not field.pattern or all(re.fullmatch(field.pattern, value) for value in filled), field.name
        assert field.max_length is None or max(map(len, filled), default=0) <= field.max_length, field.name


def test_the_city_of_2022_is_complete():
    """22 district-level units and 312 communes were valid on 2022-06-02, each below a unit valid on the same day."""
    with (REFERENCE / "units.csv").open(encoding="utf-8", newline="") as file:
        units = [
            row for row in csv.DictReader(file) if row["valid_from"] <= "2022-06-02" <= (row["valid_to"] or "9999")
        ]

    codes = {row["code"] for row in units}
    assert 22 == sum(row["level"] == "district" for row in units)
    assert 312 == sum(row["level"] == "commune" for row in units)
    assert {row["parent_code"] for row in units} - {""} <= codes


def test_made_up_entries_say_why():
    """Every synthetic procedure or agency carries its reason, and every real one carries none."""
    for name in ("procedures", "agencies"):
        with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert (row["synthetic"] == "true") == bool(row["reason"]), row["code"]
