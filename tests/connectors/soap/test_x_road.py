"""X-Road messages are read or refused by the rules of the protocol; so are whole multipart messages and other charsets."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import Incomplete, Malformed
from connectors.interface import System
from connectors.soap.headers.x_road import profile
from connectors.soap.x_road import read_x_road
from contracts.errors import DeploymentInvalid
from tests.connectors.estonia import SHARED, needs_shared

XML = "text/xml; charset=UTF-8"
FIELDS = {
    "client": '<x:client i:objectType="SUBSYSTEM"><i:xRoadInstance>VN</i:xRoadInstance><i:memberClass>GOV</i:memberClass>'
    "<i:memberCode>79-HUB</i:memberCode><i:subsystemCode>mot-lan</i:subsystemCode></x:client>",
    "service": '<x:service i:objectType="SERVICE"><i:xRoadInstance>VN</i:xRoadInstance><i:memberClass>GOV</i:memberClass>'
    "<i:memberCode>79-STP</i:memberCode><i:serviceCode>traSo</i:serviceCode></x:service>",
    "userId": "<x:userId>VN-79-HUB</x:userId>",
    "id": "<x:id>7d0c</x:id>",
    "issue": "<x:issue>000.00.01.H29-220601-0004</x:issue>",
    "protocolVersion": "<x:protocolVersion>4.0</x:protocolVersion>",
}
BODY = '<s:Body><traSo xmlns="urn:m"><so>{}</so></traSo></s:Body>'


def message(
    fields: dict[str, str] = FIELDS, body: str = BODY.format("1"), header: str = "<s:Header>{}</s:Header>"
) -> bytes:
    """An envelope with these fields in its header."""
    spaces = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:x="http://x-road.eu/xsd/xroad.xsd" xmlns:i="http://x-road.eu/xsd/identifiers"'
    return f"<s:Envelope {spaces}>{header.format(''.join(fields.values()))}{body}</s:Envelope>".encode()


def without(*names: str) -> bytes:
    return message({name: text for name, text in FIELDS.items() if name not in names})


def with_(name: str, old: str, new: str) -> bytes:
    assert old in FIELDS[name]
    return message({**FIELDS, name: FIELDS[name].replace(old, new)})


def test_who_asks_whom_for_what_and_why() -> None:
    """All fields by name; identifiers by their parts."""
    found = read_x_road(message(), XML, "m")

    assert {"xRoadInstance": "VN", "memberClass": "GOV", "memberCode": "79-HUB", "subsystemCode": "mot-lan"} == dict(
        found.client
    )
    assert ("traSo", "VN-79-HUB", "7d0c", "000.00.01.H29-220601-0004") == (
        found.service["serviceCode"],
        found.user_id,
        found.id,
        found.issue,
    )
    assert found.request_hash is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (without("userId"), "the Header has no userId"),
        (without("userId", "protocolVersion"), "the Header has no userId, protocolVersion"),
        (without("client"), "the Header has no client"),
        (message(header=""), "the message has no Header"),
        (message(body=""), "no SOAP 1.1 envelope"),
        (message(body=BODY.format("1").replace("</traSo>", "</traSo><traSo/>")), "the Body holds 2 elements"),
        (message(body=BODY.format("1").replace("traSo", "xoaSo")), "names another service than the Body"),
        (message(body="<s:Body><s:Fault><faultcode>s:Client</faultcode></s:Fault></s:Body>"), "a Fault stands where"),
        (message({**FIELDS, "second": FIELDS["id"]}), "the Header has id twice"),
        (with_("id", "7d0c", " "), "id in the Header is empty"),
        (with_("protocolVersion", "4.0", "3.1"), "another version of the protocol"),
        (with_("client", "<i:memberCode>79-HUB</i:memberCode>", ""), "client in the Header has no memberCode"),
    ],
    ids=[
        "userId",
        "two",
        "client",
        "no-header",
        "no-body",
        "two-elements",
        "another-service",
        "fault",
        "twice",
        "empty",
        "version",
        "part",
    ],
)
def test_what_breaks_a_rule_is_refused_by_it(body: bytes, said: str) -> None:
    """All of them are good XML: the rule is named, and no value."""
    with pytest.raises(Malformed, match=said):
        read_x_road(body, XML, "m")


def test_the_charset_is_the_http_headers() -> None:
    """ISO 8859-1 without a declaration is read where the header says so, and refused where nothing does."""
    body = (
        message(
            body=BODY.format("đường số 9, à").replace("đ", "d").replace("ư", "u").replace("ờ", "o").replace("ố", "o")
        )
        .decode()
        .encode("latin-1")
    )

    assert "duong so 9, à" == read_x_road(body, "text/xml; charset=ISO-8859-1", "m").content[0].text
    with pytest.raises(Malformed, match="not of its charset"):
        read_x_road(body, "text/xml", "m")
    with pytest.raises(Malformed, match="neither in UTF-8"):
        read_x_road(body, "text/xml; charset=windows-1258", "m")


def multipart(*parts: tuple[str, bytes], end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts) + end


XOP = 'Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\nContent-ID: <root@x>'
PICTURE = ("Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <p1@x>", b"\x89PNG\r\n\x00\xff")
INCLUDED = message(body=BODY.format('<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:p1@x"/>'))
RELATED = 'multipart/related; type="application/xop+xml"; start="<root@x>"; boundary=b'


def test_an_attachment_stands_where_it_is_referred_to() -> None:
    """MTOM: the bytes of a part, as base64, byte for byte; whatever place the envelope has among the parts."""
    for parts in ([(XOP, INCLUDED), PICTURE], [PICTURE, (XOP, INCLUDED)]):
        found = read_x_road(multipart(*parts), RELATED, "m")
        assert "iVBORw0KAP8=" == found.content[0].text


@pytest.mark.parametrize(
    ("body", "content_type", "error", "said"),
    [
        (multipart((XOP, INCLUDED), PICTURE, end=b""), RELATED, Incomplete, "no last boundary"),
        (multipart((XOP, INCLUDED), PICTURE)[:-40], RELATED, Incomplete, "no last boundary"),
        (multipart((XOP, INCLUDED)), RELATED, Incomplete, "an attachment that did not come"),
        (multipart(PICTURE), "multipart/related; boundary=b", Malformed, "the envelope is not the first part"),
        (multipart((XOP, INCLUDED)), "multipart/related", Malformed, "has no boundary"),
        (multipart((XOP, INCLUDED)), "multipart/related; boundary=c", Malformed, "cannot be taken apart"),
        (message(), "application/json", Malformed, "media type is not text/xml"),
    ],
    ids=["no-end", "cut", "not-come", "no-envelope", "no-boundary", "another-boundary", "json"],
)
def test_a_whole_that_is_broken(body: bytes, content_type: str, error: type[Exception], said: str) -> None:
    """Cut is Incomplete, what was never right is Malformed."""
    with pytest.raises(error, match=said):
        read_x_road(body, content_type, "m")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"client": "VN/GOV", "service": "VN/GOV/RR", "userId": "u"},
        {"client": "VN//79/x", "service": "a/b/c", "userId": "u"},
        {"client": "VN/GOV/79", "service": "VN/GOV/RR"},
        {"user": "x"},
    ],
)
def test_a_profile_that_cannot_ask_is_refused(settings: dict[str, str]) -> None:
    """Identifiers have three or four parts, and somebody answers for the asking."""
    with pytest.raises(DeploymentInvalid, match="x_road"):
        profile(System("rr", "RR", "wsdl_operation", "http://127.0.0.1:9"), settings)


# -- X-Road's own messages -----------------------------------------------------------------------------

MTOM = 'multipart/related; type="application/xop+xml"; start="<foo>"; boundary=jetty771207119h3h10dty'
XOP_ANSWER = (
    'multipart/related; type="application/xop+xml"; boundary=MIMEBoundaryurn_uuid_0FE43E4D025F0BF3DC11582467646812'
)
GOOD = {
    "simple.query": XML,
    "simple.answer": XML,
    "getstate-subsystem.query": XML,
    "simple-representedparty.query": XML,
    "cdata.query": XML,
    "getstate-iso88591.answer": "text/xml; charset=ISO-8859-1",
    "attachm-mtom.query": MTOM,
    "xop.answer": XOP_ANSWER,
}
BAD = {
    "malformed-body1.query": (XML, "the Body holds 2 elements"),
    "missing-body.query": (XML, "no SOAP 1.1 envelope"),
    "missing-userId.query": (XML, "the Header has no userId"),
    "missing-protocolVersion.query": (XML, "the Header has no userId, protocolVersion"),
    "no-header.query": (XML, "the message has no Header"),
    "inconsistent-headers.query": (XML, "names another service than the Body"),
    "faulty-multipart.query": ("multipart/related; boundary=jetty771207119h3h", "no last boundary"),
    "fault.query": (XML, "a Fault stands where a message is due"),
}


@needs_shared
def test_the_sixteen_are_all_there() -> None:
    """No message of the folder goes untried."""
    assert set(GOOD) | set(BAD) == {each.name for each in Path(SHARED / "xroad" / "soap").iterdir()}


@needs_shared
@pytest.mark.parametrize("name", GOOD)
def test_a_good_message_of_x_road_is_read(name: str) -> None:
    """With client, service and content."""
    found = read_x_road((SHARED / "xroad" / "soap" / name).read_bytes(), GOOD[name], name)

    assert "EE" == found.client["xRoadInstance"] == found.service["xRoadInstance"]
    if "iso88591" in name:
        assert (
            "aï¿½" == found.content[0].text
        )  # the message as it is stored holds the three bytes of U+FFFD: each is a letter


@needs_shared
@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_of_x_road_is_refused_for_its_reason(name: str) -> None:
    """Each by the rule that it breaks."""
    content_type, said = BAD[name]

    with pytest.raises((Malformed, Incomplete), match=said):
        read_x_road((SHARED / "xroad" / "soap" / name).read_bytes(), content_type, name)
