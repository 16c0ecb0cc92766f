"""Three lists of fields, written apart, are one: the contracts, the XSD and the twins."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from contracts.load import load_contract
from twins.city.fields import CHILD_FIELDS, DOSSIER_FIELDS, ELEMENTS, REGISTER_FIELDS

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts"
XS = "{http://www.w3.org/2001/XMLSchema}"


@pytest.mark.parametrize("register", list(REGISTER_FIELDS))
def test_register_fields_agree(register: str, wsdl: Path) -> None:
    """Contract, schema and twin name the same fields in the same order."""
    schema = etree.parse(wsdl.with_suffix(".xsd"))
    type_ = schema.find(f"{XS}complexType[@name='{ELEMENTS[register]}']")
    assert type_ is not None
    in_schema = [e.get("name") for e in type_.iter(f"{XS}element")]
    in_contract = [
        f.name for f in load_contract(CONTRACTS / f"civil_registry/{register}.odcs.yaml").dataset(register).fields
    ]

    assert list(REGISTER_FIELDS[register]) == in_schema
    assert set(in_contract) == set(in_schema)


def test_dossier_fields_agree() -> None:
    """Contract and twin name the same fields; rows of lists also carry their dossier's number and change time."""
    contract = load_contract(CONTRACTS / "dossier/dossier.odcs.yaml")

    assert set(DOSSIER_FIELDS) == {f.name for f in contract.dataset("dossier").fields}
    for kind, fields in CHILD_FIELDS.items():
        owner = {"MaHoSo", "NgayCapNhat"} | ({"ThuTu"} if kind == "fee" else set())
        assert set(fields) | owner == {f.name for f in contract.dataset(f"dossier_{kind}").fields}, kind
