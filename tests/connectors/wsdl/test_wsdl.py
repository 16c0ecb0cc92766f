"""A WSDL is read offline, from pinned files, or refused with file, line, reason and next step."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from lxml import etree

from connectors.errors import Malformed
from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from connectors.wsdl.shape import Shapes, way
from contracts.errors import DeploymentInvalid, HubError
from tests.connectors.estonia import mapped, needs_shared, population_register
from tests.connectors.notary_double import EXAMPLES, SPACE, TYPES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The drawn WSDL, its types and its map, to be spoiled."""
    shutil.copytree(EXAMPLES / "notary", tmp_path / "notary")
    return tmp_path / "notary"


def spoil(folder: Path, name: str, old: str, new: str) -> Path:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder / "notary.wsdl"


def pin(folder: Path) -> None:
    """Pin the types as they stand now."""
    digest = hashlib.sha256((folder / "types.xsd").read_bytes()).hexdigest()
    (folder / "notary.imports.yaml").write_text(
        f'"http://schemas.notary.example/types.xsd": {{file: types.xsd, sha256: {digest}}}\n', encoding="utf-8"
    )


def opened(path: Path) -> Wsdl:
    """Read whole, as a source opens it."""
    wsdl = Wsdl(read_documents(path))
    assert wsdl.schema
    return wsdl


def asked(path: Path) -> None:
    """Every operation is asked for, as a draft or a source asks for one."""
    wsdl = opened(path)
    for name in (*wsdl.refused, *wsdl.operations):
        wsdl.operation(name)


def test_operations_with_their_elements(folder: Path) -> None:
    """Name, the two elements, X-Road's version, the words of its documentation."""
    found = opened(folder / "notary.wsdl").operation("danhSachToChuc")

    assert (f"{{{SPACE}}}danhSachToChuc", f"{{{SPACE}}}danhSachToChucResponse", "v1") == (
        found.request,
        found.reply,
        found.version,
    )
    assert found.documentation.startswith("Tổ chức hành nghề công chứng")


def test_the_shape_of_a_reply(folder: Path) -> None:
    """Lists and leaves by path, with their tags, counts and kinds of text, over the border of two namespaces."""
    wsdl = opened(folder / "notary.wsdl")
    reply = Shapes(wsdl).element(wsdl.operation("danhSachToChuc").reply)
    [(path, record)] = reply.lists()
    leaves = dict(record.leaves())

    assert "danhSach/toChuc" == path
    assert [
        "maToChuc",
        "ten",
        "loai",
        "ngayCap",
        "soCongChungVien",
        "truSo/diaChi",
        "truSo/maDonVi",
        "ngayCapNhat",
    ] == list(leaves)
    assert ("string", "CC79[0-9]{6}", False) == (
        leaves["maToChuc"].text.base,
        leaves["maToChuc"].text.pattern,
        leaves["maToChuc"].optional,
    )
    assert ("PCC", "VPCC") == leaves["loai"].text.codes
    assert (f"{{{TYPES}}}truSo", f"{{{TYPES}}}diaChi") == tuple(each.tag for each in way(record, "truSo/diaChi"))
    assert "diaChiCu" == way(record, "truSo/diaChiCu")


def test_the_schema_judges_replies(folder: Path) -> None:
    """What is not valid is told by line and kind, never by value."""
    schema = opened(folder / "notary.wsdl").schema
    bad = etree.fromstring(f'<traToChuc xmlns="{SPACE}"><maToChuc>Nguyễn Văn Lỗi</maToChuc></traToChuc>')

    with pytest.raises(Malformed) as raised:
        schema.require(bad, "notary: traToChuc")

    assert "Nguyễn" not in str(raised.value)


IMPORT = 'schemaLocation="http://schemas.notary.example/types.xsd"'
REFUSED = {
    "an import that is not mapped": (
        "notary.wsdl",
        IMPORT,
        'schemaLocation="http://elsewhere.example/x.xsd"',
        "notary.wsdl:9: it imports http://elsewhere",
    ),
    "a file beside it that is not mapped": (
        "notary.wsdl",
        IMPORT,
        'schemaLocation="../../x.xsd"',
        "notary.wsdl:9: it imports ../../x.xsd",
    ),
    "a file of the machine": (
        "notary.wsdl",
        IMPORT,
        'schemaLocation="file:///etc/passwd"',
        "notary.wsdl:9: it imports file:///etc/passwd",
    ),
    "an import inside an import": (
        "types.xsd",
        '<xs:simpleType name="MaTinh">',
        '<xs:include schemaLocation="more.xsd"/><xs:simpleType name="MaTinh">',
        "types.xsd:5: it imports http://schemas.notary.example/more.xsd",
    ),
    "a DTD": (
        "notary.wsdl",
        "<!-- Drawn",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><!-- Drawn',
        "a DTD, which is never accepted",
    ),
    "a DTD in an import": ("types.xsd", "<!-- Drawn", "<!DOCTYPE x><!-- Drawn", "a DTD, which is never accepted"),
    "ill-formed": (
        "notary.wsdl",
        "</wsdl:definitions>",
        "</wsdl:definition>",
        "notary.wsdl: ill-formed XML in line 74",
    ),
    "a type that is nowhere": (
        "notary.wsdl",
        'type="typ:MaTinh"',
        'type="typ:MaHuyen"',
        "notary.wsdl:13: the WSDL breaks its own schema",
    ),
    "a type that is nowhere, in an import": (
        "types.xsd",
        'type="Loai"',
        'type="Loi"',
        "http://schemas.notary.example/types.xsd:15: the WSDL breaks its own schema",
    ),
    "a message of no element": (
        "notary.wsdl",
        'element="tns:traToChucResponse"',
        'type="xs:string"',
        "the output of operation traToChuc is no message",
    ),
    "another style": (
        "notary.wsdl",
        'soap:binding style="document"',
        'soap:binding style="rpc"',
        "operation danhSachToChuc is rpc/literal, and a part of its input names an element",
    ),
    "encoded": ("notary.wsdl", '<soap:body use="literal"/>', '<soap:body use="encoded"/>', "is document/encoded"),
    "no binding": (
        "notary.wsdl",
        '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>',
        "",
        "no port of SOAP over HTTP",
    ),
    "no portType": (
        "notary.wsdl",
        'type="tns:SoCongChung"',
        'type="tns:SoKhac"',
        "portType tns:SoKhac is in none of the 1 WSDL documents here",
    ),
    "an operation that is not declared": (
        "notary.wsdl",
        '<wsdl:operation name="traToChuc">\n      <wsdl:input',
        '<wsdl:operation name="traKhac">\n      <wsdl:input',
        "operation traToChuc is bound, and its portType tns:SoCongChung does not have it",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_believed_is_refused(folder: Path, case: str) -> None:
    """What, where, and the next step; nothing is fetched and no file is read that the map does not name."""
    name, old, new, said = REFUSED[case]
    path = spoil(folder, name, old, new)
    pin(folder)

    with pytest.raises(DeploymentInvalid) as raised:
        asked(path)

    assert said in raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "not a map of imports"),
        ('"http://schemas.notary.example/types.xsd": types.xsd\n', "has no file and sha256"),
        ('"http://schemas.notary.example/types.xsd": {file: gone.xsd, sha256: x}\n', "no such file"),
        ('"http://schemas.notary.example/types.xsd": {file: types.xsd, sha256: x}\n', "is not the file that is pinned"),
        ("a: [\n", "not YAML"),
    ],
    ids=["list", "text", "gone", "changed", "broken"],
)
def test_the_map_is_checked(folder: Path, text: str, said: str) -> None:
    """With its line; a file that has changed is not used until somebody has read what changed."""
    (folder / "notary.imports.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(HubError, match=said) as raised:
        opened(folder / "notary.wsdl")

    assert "notary.imports.yaml:" in raised.value.message


def test_two_schemas_of_one_namespace_are_one(folder: Path) -> None:
    """Some tools write a schema a message, all of one namespace: they are compiled together, and lines stay true."""
    path = spoil(
        folder,
        "notary.wsdl",
        '      <xs:element name="traToChuc">',
        f"""    </xs:schema>
    <xs:schema targetNamespace="{SPACE}" elementFormDefault="qualified">
      <xs:import namespace="{TYPES}"/>
      <xs:element name="traToChuc">""",
    )

    assert opened(path).schema
    with pytest.raises(DeploymentInvalid, match=r"notary\.wsdl:39: the WSDL breaks"):
        asked(
            spoil(
                folder,
                "notary.wsdl",
                'name="traToChucResponse">',
                'name="traToChucResponse" type="tns:gone"/><xs:element name="x">',
            )
        )


def test_types_that_hold_each_other_without_end(folder: Path) -> None:
    """Each holds the next one twice: two to the power of twenty elements are not walked, and a type that holds itself ends."""
    chain = (
        "".join(
            f'<xs:complexType name="L{n}"><xs:sequence><xs:element name="a" type="L{n + 1}"/><xs:element name="b" type="L{n + 1}"/></xs:sequence></xs:complexType>'
            for n in range(20)
        )
        + '<xs:complexType name="L20"><xs:sequence><xs:element name="again" type="L20" minOccurs="0"/></xs:sequence></xs:complexType>'
    )
    spoil(folder, "types.xsd", "</xs:schema>", f"{chain}</xs:schema>")
    path = spoil(
        folder,
        "notary.wsdl",
        '<xs:element name="toChuc" type="typ:ToChuc" minOccurs="0"/>',
        '<xs:element name="toChuc" type="typ:L0"/>',
    )
    pin(folder)

    with pytest.raises(DeploymentInvalid, match="more than 100,000 different elements"):
        Shapes(opened(path)).element(f"{{{SPACE}}}traToChucResponse")


def test_an_operation_that_is_not_there(folder: Path) -> None:
    """Names those that are near."""
    with pytest.raises(DeploymentInvalid, match="no operation traToChucs among 2") as raised:
        opened(folder / "notary.wsdl").operation("traToChucs")

    assert "traToChuc" in raised.value.hint


@needs_shared
def test_the_population_registers_wsdl_loads_offline(tmp_path: Path) -> None:
    """131 operations and their types, out of mapped files, by our reader; each operation has a shape."""
    wsdl = opened(population_register(tmp_path))
    shapes = Shapes(wsdl)

    assert 131 == len(wsdl.operations)
    assert all(shapes.element(each.reply).children for each in wsdl.operations.values())


@needs_shared
def test_a_namespace_that_is_used_without_an_import(tmp_path: Path) -> None:
    """X-Road's own op-monitoring.wsdl does so; the schema of the namespace stands beside, so what is meant is sure."""
    path = mapped(tmp_path, "xroad_op-monitoring.wsdl", {"http://ws-i.org/profiles/basic/1.1/swaref.xsd": "swaref.xsd"})

    asked(path)
