"""Drafts of contracts from CSV files and OpenAPI documents: what the source says, and marks for what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from contracts.drafting import csv_file, openapi
from contracts.drafting.text import contract_text, marks
from contracts.errors import ContractInvalid
from contracts.lint import UNDECIDED, lint
from contracts.load import load_contract
from contracts.model import Classification, Contract, Kind

CSV = "Mã hồ sơ;Ngày sinh;Số trẻ;Giá;Cập nhật;Mã đơn vị;Ghi chú;user\n" + "".join(
    f"HS{n:04};{1 + n % 28:02}.02.199{n % 10};{n % 3};{n}.50;2024-05-{1 + n % 28:02}T08:00:00+07:00;"
    f"{'00760' if n % 2 else '26734'};{'' if n % 4 else 'có'};x{n}\n"
    for n in range(60)
)
OPENAPI = """\
openapi: 3.1.0
info: {title: Dossiers, version: "1"}
paths: {}
components:
  schemas:
    Base: {type: object, required: [id], properties: {id: {type: string, maxLength: 36, description: Key.}}}
    Dossier:
      description: One dossier.
      allOf:
        - $ref: '#/components/schemas/Base'
        - type: object
          required: [changed, state, person]
          properties:
            changed: {type: string, format: date-time}
            state: {type: string, enum: [open, closed]}
            fee: {type: [number, "null"]}
            pages: {type: integer}
            code: {type: string, pattern: '^\\d{5}$'}
            person: {type: object, required: [name], properties: {name: {type: string}, born: {type: string, format: date}}}
            files: {type: array, items: {type: string}}
"""


def loaded(tmp_path: Path, text: str) -> Contract:
    path = tmp_path / "drafted.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    return load_contract(path)


def from_csv(tmp_path: Path, text: str) -> str:
    path = tmp_path / "given.csv"
    path.write_text(text, encoding="utf-8")
    return contract_text("drafted", *csv_file.columns_of(path, "drafted"))


def test_a_csv_file_gives_kinds_key_and_codes(tmp_path: Path) -> None:
    """Kinds are guessed from values; a code that begins with a zero stays a text; nothing is silently decided."""
    text = from_csv(tmp_path, CSV)
    [dataset] = loaded(tmp_path, text).datasets

    kinds = {field.name: field.kind for field in dataset.fields}
    assert {
        "Ma_ho_so": Kind.TEXT,
        "Ngay_sinh": Kind.PARTIAL_DATE,
        "So_tre": Kind.INTEGER,
        "Gia": Kind.DECIMAL,
        "Cap_nhat": Kind.TIMESTAMP,
        "Ma_don_vi": Kind.TEXT,
        "Ghi_chu": Kind.TEXT,
        "user": Kind.TEXT,
    } == kinds
    assert ["Ma_ho_so"] == [field.name for field in dataset.key]
    assert "Cap_nhat" == dataset.version_field
    assert ["00760", "26734"] == [code.value for code in dataset.by_name["Ma_don_vi"].codes]
    assert not dataset.by_name["Ghi_chu"].required


def test_a_draft_promises_nothing_until_its_last_mark_is_gone(tmp_path: Path) -> None:
    """It loads; every field has the strictest class; the lint reports each mark."""
    text = from_csv(tmp_path, CSV)
    contract = loaded(tmp_path, text)

    assert {Classification.RESTRICTED} == {field.classification for field in contract.datasets[0].fields}
    assert marks(text) == sum("not decided yet" in problem.what for problem in lint(contract))
    assert marks(text) == text.count(UNDECIDED) > 20


def test_no_value_of_a_record_stands_in_a_draft(tmp_path: Path) -> None:
    """But for short lists of codes: a name that stands once in the file is in no line of the contract."""
    text = from_csv(tmp_path, "name,n\n" + "".join(f"Nguyễn Văn {n},{n}\n" for n in range(60)))

    assert "Nguyễn" not in text


@pytest.mark.parametrize(
    ("text", "word"),
    [("", "no head"), ("a,b\n1,2,3\n", "3 values for 2 columns"), (b"a,b\nNguy\xe3n,1\n", "not UTF-8")],
)
def test_a_csv_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | bytes, word: str) -> None:
    """With its line, and without its values."""
    path = tmp_path / "given.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(ContractInvalid, match=word):
        csv_file.columns_of(path, "drafted")


def test_an_openapi_schema_gives_what_it_says(tmp_path: Path) -> None:
    """References and allOf are followed, objects inside become fields, lists are left out."""
    path = tmp_path / "api.yaml"
    path.write_text(OPENAPI, encoding="utf-8")
    source, columns = openapi.columns_of(path, "Dossier", "drafted")
    [dataset] = loaded(tmp_path, contract_text("drafted", source, columns)).datasets

    fields = {field.name: (field.kind, field.required) for field in dataset.fields}
    assert {
        "id": (Kind.TEXT, True),
        "changed": (Kind.TIMESTAMP, True),
        "state": (Kind.TEXT, True),
        "fee": (Kind.DECIMAL, False),
        "pages": (Kind.INTEGER, False),
        "code": (Kind.TEXT, False),
        "person_name": (Kind.TEXT, True),
        "person_born": (Kind.TEXT, False),
    } == fields
    assert (36, "[0-9]{5}") == (dataset.by_name["id"].max_length, dataset.by_name["code"].pattern)
    assert ["closed", "open"] == sorted(code.value for code in dataset.by_name["state"].codes)
    assert ("id", "changed") == (dataset.key[0].name, dataset.version_field)
    assert "One dossier." == dataset.meaning


@pytest.mark.parametrize(
    ("change", "record", "word"),
    [
        (("3.1.0", "2.0"), "Dossier", "no OpenAPI 3"),
        (("", ""), "Person", "no schema Person"),
        (("", ""), None, "2 schemas of records"),
        (("#/components/schemas/Base", "other.yaml#/Base"), "Dossier", "another file"),
        (("#/components/schemas/Base", "#/components/schemas/Dossier"), "Dossier", "holds itself"),
    ],
)
def test_an_openapi_document_that_gives_no_record_is_named(
    tmp_path: Path, change: tuple[str, str], record: str | None, word: str
) -> None:
    """Another version, no such schema, several, one elsewhere, one that holds itself."""
    path = tmp_path / "api.yaml"
    path.write_text(OPENAPI.replace(*change, 1), encoding="utf-8")

    with pytest.raises(ContractInvalid, match=word):
        openapi.columns_of(path, record, "drafted")


def test_names_that_the_hub_does_not_take_are_made_some(tmp_path: Path) -> None:
    """Blanks, digits first, two that become one, words of the database's own: each field has a name of its own."""
    text = from_csv(tmp_path, "Họ tên,Ho ten,1st,xmin,ho_ten\na,b,c,d,e\n")

    names = [each["name"] for each in yaml.safe_load(text)["schema"][0]["properties"]]
    assert len(set(names)) == len(loaded(tmp_path, text).datasets[0].fields) == 5
