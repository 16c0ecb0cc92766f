"""Records that own others: which key of the child names its owner is the contract's word, not one field of one city's dossiers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from contracts.errors import ContractInvalid
from contracts.load import load_contract
from contracts.model import Contract
from hub.core.crypto import Keys
from hub.load.stage import staged_frame

TEXT = """
apiVersion: v3.2.0
kind: DataContract
id: permits
name: permits
version: 1.0.0
status: active
schema:
  - name: permit
    logicalType: object
    properties: [{kind_}, {number}, {changed}]
    customProperties: [{{property: versionField, value: changed}}]
  - name: permit_part
    logicalType: object
    properties: [{part}, {number}, {kind_}, {changed}]
    customProperties: [{{property: versionField, value: changed}}, {{property: parent, value: permit}}]
"""


def field(name: str, position: int = 0, kind: str = "string") -> str:
    key = f", primaryKey: true, primaryKeyPosition: {position}" if position else ""
    return f"{{name: {name}, logicalType: {kind}, classification: none{key}}}"


def written(tmp_path: Path, **fields: str) -> Contract:
    path = tmp_path / "permits.odcs.yaml"
    given = {
        "kind_": field("kind", 1),
        "number": field("number", 2),
        "part": field("part", 3),
        "changed": field("changed", 0, "timestamp"),
    }
    path.write_text(TEXT.format(**{**given, **fields}), encoding="utf-8")
    return load_contract(path)


def test_a_child_finds_its_owner_by_the_owners_key(tmp_path: Path) -> None:
    """Only datasets keyed by MaHoSo could have children: all others got the key of no record for their owner."""
    permit, part = written(tmp_path).datasets
    frame = pl.DataFrame(
        {
            "part": ["roof"],
            "number": ["7"],
            "kind": ["building"],
            "changed": ["2022-06-01T00:00:00+00:00"],
            "_broken": [None],
            "_findings": [None],
            "_landing": [1],
            "_row": [1],
            "_owner": [1],
        },
        schema_overrides={"_broken": pl.String, "_findings": pl.String},
    )
    keys = Keys(b"1" * 32)

    owner = staged_frame(permit, frame.drop("part"), keys)["_key"].to_list()

    assert ("kind", "number") == part.parent_key
    assert ["building|7"] == owner == staged_frame(part, frame, keys)["_parent"].to_list()


def test_a_child_that_cannot_name_its_owner_is_refused(tmp_path: Path) -> None:
    """Its records would belong to nobody, and never be replaced with their owner."""
    path = tmp_path / "permits.odcs.yaml"
    written(tmp_path)
    text = path.read_text(encoding="utf-8")
    at = text.index("- name: permit_part")
    path.write_text(text[:at] + text[at:].replace(field("kind", 1), field("kind")), encoding="utf-8")

    with pytest.raises(ContractInvalid, match=r"permits\.odcs\.yaml:\d+: permit_part has no kind in its key"):
        load_contract(path)


def test_the_citys_dossiers_own_their_papers() -> None:
    """As before."""
    from contracts.load import load_contracts

    assert {("MaHoSo",)} == {d.parent_key for d in load_contracts()["dossier"].datasets if d.parent}
