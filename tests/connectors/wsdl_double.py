"""A service that answers as a drawn WSDL says, and what a drafted system reads of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from connectors import Source, System, Window, open_source
from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from connectors.wsdl.draft.contract import draft
from contracts.load import load_contract
from tests.connectors.wsdl_texts import SPACE

ENVELOPE_11 = "http://schemas.xmlsoap.org/soap/envelope/"
ENVELOPE_12 = "http://www.w3.org/2003/05/soap-envelope"
NOW = datetime(2022, 6, 2, 12, tzinfo=UTC)
ONE = f'<o:office xmlns:o="{SPACE}"><o:code>A1</o:code><o:changed>2022-06-02T07:00:00+07:00</o:changed></o:office>'
PLAIN = f'<o:ListResponse xmlns:o="{SPACE}">{ONE}</o:ListResponse>'


class Service:
    """Answers every request alike, and keeps what it was asked."""

    def __init__(self, inside: str, space: str = ENVELOPE_11, media: str = "text/xml; charset=utf-8") -> None:
        self.inside, self.space, self.media, self.status = inside, space, media, 200
        self.asked: list[tuple[dict[str, str], etree._Element]] = []

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        self.asked.append(({name.lower(): value for name, value in headers.items()}, etree.fromstring(body)))
        envelope = f'<e:Envelope xmlns:e="{self.space}"><e:Body>{self.inside}</e:Body></e:Envelope>'
        return self.status, self.media, envelope.encode()

    @property
    def body(self) -> etree._Element:
        """What stood in the last Body."""
        return self.asked[-1][1][-1][0]


def opened(folder: Path, wsdl: Path, address: str, **options: object) -> Source:
    """The drafted system, as it stands in its file, at another address."""
    made = draft(Wsdl(read_documents(wsdl)), "List", system="offices", contract="office")
    for name, text in made.files.items():
        (folder / "made" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "made" / name).write_bytes(text)
    given: dict[str, Any] = yaml.safe_load((folder / "made" / "offices.yaml").read_text(encoding="utf-8"))
    settings = {**given["options"], "first_day": date(2022, 6, 2), **options}
    system = System("offices", "", given["dialect"], address, {}, settings, folder / "made", now=lambda: NOW)
    return open_source(system, load_contract(folder / "made" / "office.odcs.yaml"))


def rows(source: Source) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = []
    for page in source.pages(Window()):
        found += source.records(page.body, page.media_type)["office"].to_dicts()
    return found


def reopened_without_port(folder: Path) -> Source:
    """The drafted system without the port that the draft names."""
    given: dict[str, Any] = yaml.safe_load((folder / "made" / "offices.yaml").read_text(encoding="utf-8"))
    settings = {name: value for name, value in given["options"].items() if name != "port"}
    system = System(
        "offices", "", given["dialect"], "http://127.0.0.1:9", {}, settings, folder / "made", now=lambda: NOW
    )
    return open_source(system, load_contract(folder / "made" / "office.odcs.yaml"))
