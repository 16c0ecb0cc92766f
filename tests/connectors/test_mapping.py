"""The map of a system's field names: read with its lines, and complete or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.mapping import FieldMap, read_mapping
from contracts.errors import ContractInvalid
from contracts.load import load_contracts
from contracts.model import Classification, Contract, Dataset, Field, Kind

WHOLE = "contract: entry\nfields:\n  trangSo: null\n  so: soDangKy\n  quyenSo: quyenSo\n"


def entry_contract() -> Contract:
    """A contract of three fields."""
    fields = tuple(
        Field(name, name.lower(), name, name, Kind.TEXT, Classification.NONE) for name in ("so", "quyenSo", "trangSo")
    )
    dataset = Dataset("entry", "entry", "entry", "entry", fields, (), None)
    return Contract(
        "entry", "entry", "1.0.0", "entry", "entry", "", "", "", "", {}, (dataset,), Path("entry.odcs.yaml")
    )


def read(folder: Path, text: str) -> FieldMap:
    path = folder / "entry.yaml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path, entry_contract(), ("date",))


def test_names_in_the_contracts_order(tmp_path: Path) -> None:
    """The order is the contract's, whatever the file's; a field that is not told has no wire name."""
    found = read(tmp_path, WHOLE)

    assert ("soDangKy", "quyenSo") == found.wire_names
    assert ["so", "quyenSo", "trangSo"] == [name for name, _ in found.fields]


def test_a_record_under_the_contracts_names(tmp_path: Path) -> None:
    """Values stay as they are; what is not told, or not there, is None; a wire name never stands for an untold field of that name."""
    found = read(tmp_path, WHOLE).to_contract({"soDangKy": " 12 ", "trangSo": "7", "la": "x"})

    assert [("so", " 12 "), ("quyenSo", None), ("trangSo", None)] == list(found.items())


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (WHOLE.replace("  quyenSo: quyenSo\n", ""), 2, "no word on quyenSo"),
        (WHOLE + "  quyen: q\n", 6, "the contract has no field `quyen`"),
        (WHOLE + "  so: s\n", 6, "key `so` for the second time"),
        (WHOLE.replace(": quyenSo", ": soDangKy"), 5, "wire name `soDangKy` for the second time"),
        (WHOLE.replace(": soDangKy", ": 5"), 4, "the wire name of `so` is no text"),
        (WHOLE.replace(": soDangKy", ": ''"), 4, "the wire name of `so` is no text"),
        (WHOLE.replace("contract: entry", "contract: birth"), 1, "another contract than `entry`"),
        ("contract: entry\n", 1, "not a map of fields"),
        ("contract: entry\nfields: [so]\n", 1, "not a map of fields"),
        (WHOLE + "extra: 1\n", 1, "not a map of fields"),
        ("", 1, "not a map of fields"),
        (WHOLE.replace(": soDangKy", ": {time: soDangKy}"), 4, "the dialect has no shape `time`"),
        (WHOLE.replace(": soDangKy", ": {date: null}"), 4, "the wire name of `so` is no text"),
        (WHOLE.replace(": soDangKy", ": {date: a, name: b}"), 4, "the wire name of `so` is no text"),
        (WHOLE + "beyond: so\n", 6, "no list of wire names"),
        (WHOLE + "beyond: [soDangKy]\n", 6, "`soDangKy` stands under `fields` too"),
    ],
    ids=[
        "missing",
        "unknown",
        "twice",
        "one-wire-name-twice",
        "number",
        "empty",
        "other-contract",
        "no-fields",
        "list",
        "extra-key",
        "empty-file",
        "shape",
        "shape-of-nothing",
        "two-shapes",
        "beyond-text",
        "beyond-and-read",
    ],
)
def test_a_wrong_map_is_refused_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    """The error names file and line, and the next step."""
    with pytest.raises(ContractInvalid) as raised:
        read(tmp_path, text)

    assert raised.value.message.startswith(f"{tmp_path / 'entry.yaml'}:{line}: ")
    assert said in raised.value.message
    assert raised.value.hint


def test_a_shape_is_put_together_by_the_dialect(tmp_path: Path) -> None:
    """Only fields with a shape go through the dialect's code, and it is told which."""
    found = read(tmp_path, WHOLE.replace(": soDangKy", ": {date: soDangKy}"))

    record = found.to_contract(
        {"soDangKy": {"nam": 2022}, "quyenSo": "1"}, lambda shape, name, value: f"{shape} {name} {value}"
    )

    assert {"so": "date so {'nam': 2022}", "quyenSo": "1", "trangSo": None} == record


def test_names_that_the_map_does_not_know(tmp_path: Path) -> None:
    """What is neither read nor known to be left out is strange."""
    found = read(tmp_path, WHOLE + "beyond: [meSoDDCN]\n")

    assert ["la", "so"] == found.strange({"soDangKy": 1, "quyenSo": 1, "meSoDDCN": 1, "so": 1, "la": 1})


def test_records_with_children_are_refused(tmp_path: Path) -> None:
    """A contract of several datasets has no flat map."""
    path = tmp_path / "dossier.yaml"
    path.write_text("contract: dossier\nfields: {}\n", encoding="utf-8")

    with pytest.raises(ContractInvalid, match="datasets"):
        read_mapping(path, load_contracts()["dossier"])
