"""Variants of the drawn notary service: its WSDL changed by the test, its replies written by the test."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from connectors import Page, Source, Window, open_source
from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from connectors.wsdl.draft.contract import Draft, draft
from contracts.refused import RAW, REFUSED
from tests.connectors.conftest import served
from tests.connectors.notary_double import EXAMPLES, SPACE, TYPES, notary_contract, notary_system
from tests.connectors.notary_operation import settings

LIST = '<xs:element name="toChuc" type="typ:ToChuc" minOccurs="0" maxOccurs="unbounded"/>'
RECORD_END = "</xs:sequence>\n  </xs:complexType>"
"""End of the type of a record."""


def office(code: int, more: str = "", *, before: str = "", name: str = "toChuc", attributes: str = "") -> str:
    """A record; `before` and `more` stand before and behind its change time."""
    return (
        f"<{name}{attributes}><t:maToChuc>CC79{code:06d}</t:maToChuc><t:ten>Văn phòng {code}</t:ten><t:loai>VPCC</t:loai>"
        f"{before}<t:ngayCapNhat>2022-05-31T08:00:00+07:00</t:ngayCapNhat>{more}</{name}>"
    )


def reply(*records: str, before: str = "", after: str = "") -> bytes:
    """A reply of the operation."""
    spaces = f'xmlns="{SPACE}" xmlns:t="{TYPES}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    listed = f"{before}<danhSach>{''.join(records)}</danhSach>{after}"
    body = f"<danhSachToChucResponse {spaces}>{listed}</danhSachToChucResponse>"
    envelope = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{body}</s:Body></s:Envelope>'
    return envelope.encode()


class Service:
    """The example's deployment in a folder of its own, its schemas changed."""

    def __init__(
        self,
        folder: Path,
        *,
        wsdl: Mapping[str, str] = {},
        types: Mapping[str, str] = {},
        fields: Mapping[str, str] = {},
    ) -> None:
        """Each mapping says which text of the file becomes which."""
        self.folder = folder
        shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True)
        _change(folder / "notary" / "types.xsd", types)
        _change(folder / "notary" / "notary.wsdl", wsdl)
        _change(folder / "notary" / "notary_office.fields.yaml", fields)
        digest = hashlib.sha256((folder / "notary" / "types.xsd").read_bytes()).hexdigest()
        (folder / "notary" / "notary.imports.yaml").write_text(
            f'"http://schemas.notary.example/types.xsd": {{file: types.xsd, sha256: {digest}}}\n', encoding="utf-8"
        )

    def open(self, address: str = "http://127.0.0.1:9", **operation: object) -> Source:
        """The source; `operation` are settings of the operation."""
        pin = hashlib.sha256((self.folder / "notary" / "notary.wsdl").read_bytes()).hexdigest()
        options = {**settings(**operation), "wsdl_sha256": pin, "headers": ["plain"]}
        return open_source(replace(notary_system(address, **options), folder=self.folder), notary_contract())

    def rows(self, body: bytes, **operation: object) -> list[dict[str, Any]]:
        """The rows of a reply, without what is not there."""
        return rows_of(self.open(**operation), [Page(body, "text/xml", 0, "", None)])

    def draft(self, record: str | None = None) -> Draft:
        wsdl = Wsdl(read_documents(self.folder / "notary" / "notary.wsdl"))
        assert wsdl.schema
        return draft(wsdl, "danhSachToChuc", system="notary", contract="notary_office", record=record)


def fields_of(service: Service, record: str | None = None) -> dict[str, str]:
    """Field and path of the drafted map."""
    made = service.draft(record)
    fields: dict[str, str] = yaml.safe_load(made.files["notary/notary_office.fields.yaml"])["fields"]
    return fields


def rows_of(source: Source, pages: list[Page]) -> list[dict[str, Any]]:
    """The rows of pages, without their nulls and bytes."""
    found = []
    for page in pages:
        for row in source.records(page.body, page.media_type)["notary_office"].to_dicts():
            assert (row.get(RAW) is None) == (row.get(REFUSED) is None)
            found.append({name: value for name, value in row.items() if value is not None and name != RAW})
    return found


@contextmanager
def answering(service: Service, answer: Callable[[str, str], bytes], **operation: object) -> Iterator[Source]:
    """A source of the service that answers the days from the first to the second by `answer`."""

    def call(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        days = [re.search(rf"<\w+:{name}>([\d-]+)<", body.decode()) for name in ("tuNgay", "denNgay")]
        first, last = (day[1] if day else "" for day in days)
        return 200, "text/xml; charset=utf-8", answer(first, last)

    with served(call, "/soap") as address:
        source = service.open(address, **operation)
        yield source
        source.close()


def pages(source: Source) -> list[Page]:
    return list(source.pages(Window()))


def _change(path: Path, changes: Mapping[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
