"""Replies of the registry as text, of records that a test writes; and readers of them, as a tree and as a stream."""

from __future__ import annotations

import pytest

from connectors import options
from connectors.leaf_rows import LeafRows, Texts
from connectors.xml import parsing
from connectors.xml.record_reader import Reading, RecordReader
from tests.connectors.registry_double import NAMESPACE, registry_system

HEAD = '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
TAIL = "</s:Body></s:Envelope>"


def record(number: str, rest: str = "", changed: str = "2022-06-01T08:00:00+07:00") -> str:
    return (
        f"<hoSo><khaiSinh><id>{number}</id><maDonVi>27007</maDonVi><ngayCapNhat>{changed}</ngayCapNhat>"
        f"{rest}</khaiSinh></hoSo>"
    )


def reply(*records: str, name: str = "traDanhSachHoSoResponse") -> bytes:
    return f'{HEAD}<{name} xmlns="{NAMESPACE}">{"".join(records)}</{name}>{TAIL}'.encode()


TAGS = [f"{{{NAMESPACE}}}{name}" for name in ("id", "maDonVi", "so", "nksHoTen")]


def reader(*, stream: bool = False) -> RecordReader[Texts]:
    """Of births under the shipped XSD; what is read is four of their fields."""
    path, content = options.pinned(registry_system("http://127.0.0.1:9"), "xsd")
    leaves = LeafRows(TAGS)
    return RecordReader(
        parsing.Schema(content, path),
        [f"{{{NAMESPACE}}}hoSo"],
        lambda held: leaves(held[0]),
        streamed_from=0 if stream else 1 << 30,
    )


TREE, STREAM = reader(), reader(stream=True)
both = pytest.mark.parametrize("reader", [TREE, STREAM], ids=["tree", "stream"])


def read(reader: RecordReader[Texts], body: bytes) -> Reading[Texts]:
    return reader.read(body, "moj: page", lambda answer: None)
