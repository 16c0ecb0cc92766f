"""Imports of a WSDL are found as they are written and as they resolve, under their pins, or refused by their name."""

from __future__ import annotations

import codecs
import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from connectors.wsdl.draft.contract import draft
from contracts.errors import DeploymentInvalid, HubError
from tests.connectors.wsdl_texts import (
    MESSAGES,
    OFFICE,
    REPLY,
    REQUEST,
    SPACE,
    binding,
    definitions,
    outside,
    port_type,
    schema,
    service,
    written,
)

TYPES = outside(OFFICE + REQUEST + REPLY)


def including(location: str) -> str:
    return definitions(types=schema(f'<xs:include schemaLocation="{location}"/>'))


def record(path: Path) -> str:
    """What the draft takes for one record."""
    wsdl = Wsdl(read_documents(path))
    return draft(wsdl, "List", system="offices", contract="office").record


def refusal(path: Path) -> DeploymentInvalid:
    with pytest.raises(DeploymentInvalid) as raised:
        record(path)
    return raised.value


LOCATIONS = {
    "beside": ("types.xsd", "types.xsd", "types.xsd"),
    "with a dot": ("./types.xsd", "types.xsd", "types.xsd"),
    "upwards": ("../common/types.xsd", "../common/types.xsd", "../common/types.xsd"),
    "upwards, pinned without the dots": ("../common/types.xsd", "common/types.xsd", "../common/types.xsd"),
    "backslash": (r"kinds\types.xsd", r"kinds\types.xsd", "kinds/types.xsd"),
    "backslash, pinned with a slash": (r"kinds\types.xsd", "kinds/types.xsd", "kinds/types.xsd"),
    "backslashes upwards": (r"..\common\types.xsd", "../common/types.xsd", "../common/types.xsd"),
    "blank": ("my types.xsd", "my types.xsd", "my types.xsd"),
    "percent": ("my%20types.xsd", "my types.xsd", "my types.xsd"),
    "percent, pinned as written": ("my%20types.xsd", "my%20types.xsd", "my types.xsd"),
    "blank, pinned with percent": ("my types.xsd", "my%20types.xsd", "my types.xsd"),
    "blanks around": (" types.xsd ", "types.xsd", "types.xsd"),
    "letters of Vietnamese": ("kiểu dữ liệu.xsd", "kiểu dữ liệu.xsd", "kiểu dữ liệu.xsd"),
    "an address": ("http://h.example/a?xsd=xsd0", "http://h.example/a?xsd=xsd0", "types.xsd"),
    "an address with &amp;": ("http://h.example/a?x=1&amp;y=2", "http://h.example/a?x=1&y=2", "types.xsd"),
    "a drive of Windows": (r"C:\kinds\types.xsd", r"C:\kinds\types.xsd", "types.xsd"),
    "a file: address": ("file:///C:/kinds/types.xsd", "file:///C:/kinds/types.xsd", "types.xsd"),
    "an old path": ("/kinds/types.xsd", "/kinds/types.xsd", "types.xsd"),
}


@pytest.mark.parametrize("kind", LOCATIONS)
def test_a_location_is_found(tmp_path: Path, kind: str) -> None:
    """Whole WSDLs were refused, and their owners blamed, for a backslash, a blank or a path upwards."""
    location, pin, file = LOCATIONS[kind]
    path = written(tmp_path / "given", including(location), {file: TYPES}, {pin: file})

    assert "office" == record(path)


@pytest.mark.parametrize("kind", LOCATIONS)
def test_a_draft_takes_its_imports_along(tmp_path: Path, kind: str) -> None:
    """The drafted folder is whole: what was upwards or at an address has a copy in it, and the map says so."""
    location, pin, file = LOCATIONS[kind]
    wsdl = Wsdl(read_documents(written(tmp_path / "given", including(location), {file: TYPES}, {pin: file})))
    made = draft(wsdl, "List", system="offices", contract="office")
    for name, text in made.files.items():
        target = tmp_path / "made" / name
        assert target.resolve().is_relative_to(tmp_path / "made")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)

    assert "office" == record(tmp_path / "made" / "offices" / "offices.wsdl")


def test_an_import_is_found_from_the_document_that_has_it(tmp_path: Path) -> None:
    """Two folders may each have a file of the name."""
    deep = outside(f'<xs:include schemaLocation="kinds.xsd"/>{REQUEST}{REPLY}')
    files = {"deep/all.xsd": deep, "deep/kinds.xsd": outside(OFFICE), "kinds.xsd": outside(OFFICE, "urn:other")}
    text = definitions(
        types=schema(
            '<xs:include schemaLocation="deep/all.xsd"/><xs:import namespace="urn:other" schemaLocation="kinds.xsd"/>'
        )
    )

    assert "office" == record(written(tmp_path, text, files))
    error = refusal(written(tmp_path, text, files, {name: name for name in files if name != "deep/kinds.xsd"}))
    assert "deep/all.xsd:1: it imports deep/kinds.xsd" in error.message


def test_an_import_without_a_location_is_pinned_by_its_namespace(tmp_path: Path) -> None:
    """Some leave the reader to know where; the refusal says how to name the file."""
    kinds = "urn:motlan:kinds:drawn:1"
    reply = REPLY.replace('type="tns:Office"', f'type="k:Office" xmlns:k="{kinds}"')
    text = definitions(types=schema(f'<xs:import namespace="{kinds}"/>{REQUEST}{reply}'))
    files = {"kinds.xsd": outside(OFFICE, kinds)}

    assert "office" == record(written(tmp_path, text, files, {kinds: "kinds.xsd"}))
    error = refusal(written(tmp_path / "bare", text))
    assert "imports that namespace without saying from where" in error.message
    assert f'"{kinds}": {{file: ..., sha256: ...}}' in error.hint


def test_a_second_document_of_a_namespace_is_pinned_by_it(tmp_path: Path) -> None:
    """Half of a namespace stands in the WSDL, and the other half is imported without saying from where."""
    kinds = "urn:motlan:kinds:drawn:1"
    half = outside('<xs:simpleType name="Half"><xs:restriction base="xs:string"/></xs:simpleType>', kinds)
    reply = REPLY.replace('type="tns:Office"', f'type="k:Office" xmlns:k="{kinds}"')
    text = definitions(types=half + schema(f'<xs:import namespace="{kinds}"/>{REQUEST}{reply}'))

    assert "office" == record(written(tmp_path, text, {"kinds.xsd": outside(OFFICE, kinds)}, {kinds: "kinds.xsd"}))
    error = refusal(written(tmp_path / "bare", text))
    assert f"it uses {{{kinds}}}Office, and imports that namespace without saying from where" in error.message


def test_a_wsdl_import_that_is_missing_is_named(tmp_path: Path) -> None:
    """It was told as a portType that the WSDL does not have."""
    abstract = definitions(MESSAGES, port_type())
    whole = '<wsdl:import namespace="urn:motlan:offices:drawn:1"{}/>' + binding() + service()
    located = definitions(whole.format(' location="abstract.wsdl"'), types="")

    assert "office" == record(written(tmp_path, located, {"abstract.wsdl": abstract}))
    error = refusal(written(tmp_path / "unpinned", located, {"abstract.wsdl": abstract}, {}))
    assert f"{tmp_path / 'unpinned' / 'offices.wsdl'}:3: it imports abstract.wsdl, which is not pinned" in error.message
    error = refusal(written(tmp_path / "unlocated", definitions(whole.format(""), types="")))
    assert "portType tns:Offices is in none of the 1 WSDL documents here" in error.message
    assert "imports urn:motlan:offices:drawn:1 without saying from where" in error.hint


def test_wsdls_that_import_each_other(tmp_path: Path) -> None:
    """In a circle, and types from a schema that wsdl:import names."""
    back = f'<wsdl:import namespace="{SPACE}" location="offices.wsdl"/>'
    kinds = f'<wsdl:import namespace="{SPACE}" location="types.xsd"/>'
    whole = f'<wsdl:import namespace="{SPACE}" location="abstract.wsdl"/>{binding()}{service()}'
    files = {"abstract.wsdl": definitions(back + kinds + MESSAGES, port_type(), types=""), "types.xsd": TYPES}

    assert "office" == record(written(tmp_path, definitions(whole, types=""), files))


def test_what_a_file_imports_is_pinned_too(tmp_path: Path) -> None:
    """A file that is not the one that was read is not used, wherever it stands."""
    files = {"../common/types.xsd": TYPES}
    path = written(tmp_path / "given", including("../common/types.xsd"), files)
    (tmp_path / "common" / "types.xsd").write_text(TYPES + "<!-- changed -->", encoding="utf-8")

    assert "is not the file that is pinned" in refusal(path).message


@pytest.mark.parametrize(
    ("declared", "encoding", "mark"),
    [
        ("utf-16", "utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16", "utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16", "utf-16-le", b""),
        ("utf-16", "utf-8", b""),
        ("utf-8", "utf-8", codecs.BOM_UTF8),
        ("iso-8859-1", "iso-8859-1", b""),
        ("Windows-1252", "cp1252", b""),
    ],
)
def test_a_wsdl_in_another_encoding(tmp_path: Path, declared: str, encoding: str, mark: bytes) -> None:
    """.NET writes UTF-16, also above single bytes; the pin is of the bytes as they are."""
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<!-- café -->{definitions()}'
    path = written(tmp_path, mark + text.encode(encoding))
    documents = read_documents(path)

    assert "office" == record(path)
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(documents.root).digest()


def test_the_line_of_a_fault_stays_true(tmp_path: Path) -> None:
    """Through all that is done to the types before they are compiled."""
    wrong = TYPES.replace('<xs:complexType name="Office">', '\n\n<xs:complexType name="Office">').replace(
        '<xs:element name="changed" type="xs:dateTime"', '\n<xs:element name="changed" type="xs:dateTimes"'
    )
    error = refusal(written(tmp_path, including("types.xsd"), {"types.xsd": wrong}))

    assert f"{tmp_path / 'types.xsd'}:4: the WSDL breaks its own schema" in error.message


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damages_end_in_a_draft_or_a_named_error(tmp_path: Path, data: st.DataObject) -> None:
    """Bytes that change, go or come twice, in the WSDL or in what it imports."""
    texts = {"offices.wsdl": including("types.xsd").encode(), "types.xsd": TYPES.encode()}
    name = data.draw(st.sampled_from(sorted(texts)))
    whole = texts[name]
    for _ in range(data.draw(st.integers(1, 3))):
        at, length = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 40))
        put = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from([b"xs:", b"tns:", b"<", b'"', b"0", b"\xff"])))
        whole = whole[:at] + put + whole[at + length :]
    (tmp_path / "types.xsd").write_bytes({**texts, name: whole}["types.xsd"])
    path = written(tmp_path, {**texts, name: whole}["offices.wsdl"], {}, {"types.xsd": "types.xsd"})
    with suppress(HubError):
        assert record(path)


def test_links_are_kept_as_they_are_written(tmp_path: Path) -> None:
    """A document is found again by the words of the one that imports it."""
    documents = read_documents(written(tmp_path, including(r".\types.xsd"), {"types.xsd": TYPES}))

    assert {("offices.wsdl", "", r".\types.xsd"): "types.xsd"} == dict(documents.links)


def test_a_schema_that_is_not_pinned_costs_what_needs_it(tmp_path: Path) -> None:
    """An import for signatures that no message used kept whole services out."""
    signed = '<xs:element name="Signed" type="d:Signature" xmlns:d="urn:signatures"/>'
    imported = '<xs:import namespace="urn:signatures" schemaLocation="http://h.example/signatures.xsd"/>'
    more = {"unused": "", "used": signed}
    paths = {
        kind: written(tmp_path / kind, definitions(types=schema(f"{imported}{OFFICE}{REQUEST}{REPLY}{each}")))
        for kind, each in more.items()
    }
    needed = REPLY.replace('type="tns:Office"', 'type="d:Signature" xmlns:d="urn:signatures"')
    needing = written(tmp_path / "needed", definitions(types=schema(f"{imported}{REQUEST}{needed}")))

    assert {"unused": "office", "used": "office"} == {kind: record(path) for kind, path in paths.items()}
    drafted = draft(Wsdl(read_documents(paths["used"])), "List", system="offices", contract="office")
    assert "# Imported, not pinned, and not needed here: urn:signatures." in drafted.files["offices.yaml"].decode()
    error = refusal(needing)
    assert "offices.wsdl:2: it imports http://h.example/signatures.xsd, which is not pinned" in error.message
    assert '"http://h.example/signatures.xsd": {file: ..., sha256: ...}' in error.hint


@pytest.mark.parametrize("space", ["http://www.w3.org/1999/XMLSchema", "http://www.w3.org/2000/10/XMLSchema"])
def test_types_in_a_draft_of_xml_schema_are_named(tmp_path: Path, space: str) -> None:
    """The owner was told that his element is declared nowhere, and it stood in front of him."""
    old = schema().replace("xs:", "old:").replace("<old:schema", f'<old:schema xmlns:old="{space}"')

    assert (
        f"its types are in a draft of XML Schema ({space})"
        in refusal(written(tmp_path, definitions(types=old))).message
    )
