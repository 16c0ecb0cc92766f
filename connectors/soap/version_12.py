"""SOAP 1.2 on the wire, for services that have no port of SOAP 1.1: its envelopes are read as those of SOAP 1.1.

The two differ in the namespace of the envelope, the media type and the form of a Fault (SOAP 1.2 part 1 section 5.4,
part 2 section 7). Headers that sign or prove a message are bound to one namespace, so they are not spoken here.
"""

from __future__ import annotations

import re

from lxml import etree

from ..xml.envelope import SOAP as SOAP_11
from ..xml.parsing import strict_parser

SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
MEDIA = "application/soap+xml"
_FIRST_TAG = re.compile(rb"<[^?!<>\"'](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_CODES = {
    "Sender": "Client",
    "Receiver": "Server",
    "MustUnderstand": "MustUnderstand",
    "VersionMismatch": "VersionMismatch",
}


def as_soap_11(envelope: bytes) -> bytes:
    """An envelope of SOAP 1.2 as one of SOAP 1.1, in its old lines; another document as it is."""
    first = _FIRST_TAG.search(envelope)
    if first is None or SOAP[1:-1].encode() not in first[0]:
        return envelope
    tag = first[0].replace(SOAP[1:-1].encode(), SOAP_11[1:-1].encode())
    made = envelope[: first.start()] + tag + envelope[first.end() :]
    return _with_old_fault(made) if b"Fault" in made else made


def _with_old_fault(envelope: bytes) -> bytes:
    try:
        root = etree.fromstring(envelope, strict_parser())
    except etree.XMLSyntaxError:
        return envelope  # the reader of replies says what is wrong with it
    fault = root.find(f"{SOAP_11}Body/{SOAP_11}Fault")
    if fault is None:
        return envelope
    code = fault.findtext(f"{SOAP_11}Code/{SOAP_11}Value", "").strip().rpartition(":")[2]
    detail = fault.find(f"{SOAP_11}Detail")
    for each in list(fault):
        fault.remove(each)
    etree.SubElement(fault, "faultcode").text = _CODES.get(code, "unknown")
    if detail is not None:
        detail.tag = "detail"
        fault.append(detail)
    return etree.tostring(root, encoding="utf-8")  # names of elements have no other way to be written
