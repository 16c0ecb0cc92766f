"""Sends one SOAP envelope over HTTP; the reply is an envelope as bytes, and may be a Fault."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lxml import etree

from ..http.client import Http, HttpReply
from ..http.status import UTF_8
from ..xml.envelope import SOAP
from . import version_12
from .headers import Headers

XML = "text/xml"


@dataclass(frozen=True)
class SoapPost:
    """How one service is called."""

    http: Http
    headers: Headers
    """Complete each request, every time that it is sent."""
    accept: Collection[str] = (XML,)
    """Media types that a reply may have."""
    charsets: Collection[str] = UTF_8

    def send(self, address: str, what: str, envelope: etree._Element, headers: Mapping[str, str]) -> HttpReply:
        """One call; `what` is the operation, for messages and for the SOAP header."""
        return self.http.call(
            "POST",
            address,
            what=what,
            accept=self.accept,
            charsets=self.charsets,
            data=lambda: self.headers.message(envelope, what),
            headers=headers,
            statuses=(200, 400, 500) if version_12.MEDIA in headers.get("Content-Type", "") else (200, 500),
        )

    def ask(self, address: str, what: str, body: etree._Element, action: str, *, new: bool = False) -> HttpReply:
        """One call with `body` as the only element of the Body; `new`: by SOAP 1.2."""
        space = version_12.SOAP if new else SOAP
        envelope = etree.Element(f"{space}Envelope", nsmap={"soap-env": space[1:-1]})
        etree.SubElement(envelope, f"{space}Body").append(body)
        headers = {"SOAPAction": f'"{action}"', "Content-Type": f"{XML}; charset=utf-8"}
        if new:
            named = f'; action="{action}"' if action else ""
            headers = {"Content-Type": f"{version_12.MEDIA}; charset=utf-8{named}"}
        return self.send(address, what, envelope, headers)
