"""A draft from a WSDL: what the schema says is in it, what only a person knows is marked, and nothing is promised before the marks are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from connectors.mapping import read_mapping
from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from connectors.wsdl.draft.contract import Draft, draft
from connectors.wsdl.shape import Shapes
from contracts.errors import DeploymentInvalid
from contracts.lint import UNDECIDED, lint
from contracts.load import load_contract
from contracts.model import Classification, Kind
from tests.connectors.estonia import needs_shared, population_register
from tests.connectors.notary_double import EXAMPLES


def drafted(folder: Path, made: Draft) -> Path:
    for name, text in made.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    return folder / made.contract


@pytest.fixture
def notary() -> Draft:
    return draft(
        Wsdl(read_documents(EXAMPLES / "notary" / "notary.wsdl")),
        "danhSachToChuc",
        system="notary",
        contract="notary_office",
    )


def test_a_draft_loads_and_every_mark_is_a_problem(notary: Draft, tmp_path: Path) -> None:
    """It is a contract by the standard; the lint tells each undecided place with its line."""
    path = drafted(tmp_path, notary)
    marked = [
        number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if UNDECIDED in line
    ]

    problems = lint(load_contract(path))

    assert len(marked) > 40
    assert set(marked) <= {each.line for each in problems}


def test_the_strictest_class_until_somebody_decides(notary: Draft, tmp_path: Path) -> None:
    """A machine does not see whom a field is about."""
    [dataset] = load_contract(drafted(tmp_path, notary)).datasets

    assert {Classification.RESTRICTED} == {field.classification for field in dataset.fields}


def test_the_example_is_the_draft_decided(notary: Draft, tmp_path: Path) -> None:
    """Names, kinds, patterns, codes, what must be told, key and version: the example changed none of them; and its lint is clean."""
    found, decided = (
        load_contract(drafted(tmp_path, notary)).datasets[0],
        load_contract(EXAMPLES / "notary_office.odcs.yaml"),
    )
    seen = [
        [
            (f.name, f.kind, f.pattern, f.max_length, [c.value for c in f.codes], f.required, f.key_position)
            for f in d.fields
        ]
        for d in (found, decided.datasets[0])
    ]

    assert seen[0] == seen[1]
    assert "ngayCapNhat" == found.version_field == decided.datasets[0].version_field
    assert [] == lint(decided)


def test_its_map_and_its_system_file(notary: Draft, tmp_path: Path) -> None:
    """The map fits the contract; the system file names operation, record, window and what must be asked; the WSDL stands there, pinned."""
    contract = load_contract(drafted(tmp_path, notary))
    system = yaml.safe_load((tmp_path / "notary.yaml").read_text(encoding="utf-8"))
    operation = system["options"]["operations"]["notary_office"]

    assert "truSo/diaChi" in read_mapping(tmp_path / operation["map"], contract).wire_names
    assert ("danhSachToChuc", "danhSach/toChuc") == (operation["operation"], operation["record"])
    assert ({"from": "tuNgay", "until": "denNgay"}, {"maTinh": ""}) == (operation["window"], operation["request"])
    assert Wsdl(read_documents(tmp_path / system["options"]["wsdl"])).schema


def test_an_operation_without_a_list(tmp_path: Path) -> None:
    """The refusal names the lists that there are."""
    wsdl = Wsdl(read_documents(EXAMPLES / "notary" / "notary.wsdl"))

    with pytest.raises(DeploymentInvalid, match="the reply of traToChuc holds no list"):
        draft(wsdl, "traToChuc", system="notary", contract="office")
    with pytest.raises(DeploymentInvalid, match="no list danhSach") as raised:
        draft(wsdl, "danhSachToChuc", system="notary", contract="office", record="danhSach")
    assert "danhSach/toChuc" in raised.value.hint


def test_names_that_collide_get_more_of_their_path(tmp_path: Path) -> None:
    """Two `diaChi` in one record are two columns; a dot or an accent is no part of a column."""
    shutil.copytree(EXAMPLES / "notary", tmp_path / "notary")
    path = tmp_path / "notary" / "notary.wsdl"
    inner = (
        '<xs:element name="tờ.khai" type="xs:string"/><xs:element name="cu"><xs:complexType><xs:sequence><xs:element name="maTinh" type="xs:string"/>'
        "</xs:sequence></xs:complexType></xs:element>"
    )
    text = path.read_text(encoding="utf-8").replace(
        '<xs:element name="toChuc" type="typ:ToChuc" minOccurs="0" maxOccurs="unbounded"/>',
        f'<xs:element name="toChuc" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="maTinh" type="xs:string"/>{inner}'
        "</xs:sequence></xs:complexType></xs:element>",
    )
    path.write_text(text, encoding="utf-8")

    [dataset] = load_contract(
        drafted(tmp_path, draft(Wsdl(read_documents(path)), "danhSachToChuc", system="n", contract="office"))
    ).datasets

    assert ["maTinh", "to_khai", "cuMaTinh"] == [field.name for field in dataset.fields]


@needs_shared
def test_every_list_of_the_population_register_can_be_drafted(tmp_path: Path) -> None:
    """Whatever their names and types are: a contract that loads, and a map that fits it."""
    wsdl = Wsdl(read_documents(population_register(tmp_path)))
    shapes = Shapes(wsdl)
    lists = {
        each.name: [path for path, node in shapes.element(each.reply).lists() if list(node.leaves())]
        for each in wsdl.operations.values()
        if each.name != "RRKohtuDokument"  # its request holds two people, and a path leads to one
    }
    drafts = {
        name: draft(wsdl, name, system="rr", contract="record", record=paths[0])
        for name, paths in lists.items()
        if paths
    }
    for name, made in drafts.items():
        read_mapping(tmp_path / name / "rr" / "record.fields.yaml", load_contract(drafted(tmp_path / name, made)))

    assert len(drafts) > 80


@needs_shared
def test_a_list_of_the_population_register_by_days(tmp_path: Path) -> None:
    """Days are texts there: their form is read from the pattern, and the asked day, which the reply repeats, orders the versions."""
    made = draft(
        Wsdl(read_documents(population_register(tmp_path))),
        "RR420KMOOnElukohaTeadePoleElamisOigust",
        system="rr",
        contract="residence",
    )
    [dataset] = load_contract(drafted(tmp_path / "draft", made)).datasets
    system = yaml.safe_load(made.files["rr.yaml"])
    operation = system["options"]["operations"]["residence"]

    assert ("response/Isikud/Isik", "%d.%m.%Y") == (operation["record"], operation["day_format"])
    assert (Kind.TIMESTAMP, "LoppKP") == (dataset.by_name["LoppKP"].kind, dataset.version_field)
    assert b'LoppKP: "/request/LoppKP"' in made.files["rr/residence.fields.yaml"]
    assert ["Isikukood"] == [field.name for field in dataset.key]
    assert "x_road" == system["options"]["headers"][0]["profile"]
