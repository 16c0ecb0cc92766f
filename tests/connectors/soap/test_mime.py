"""The root of a multipart message is its envelope: the part that is named, or the first one, and no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Incomplete, Malformed
from connectors.soap import mime
from contracts.errors import HubError

ENVELOPE = b"<envelope/>"
HEAD = "Content-Type: text/xml; charset=UTF-8"


def message(*parts: tuple[str, bytes], end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts) + end


def read(body: bytes, parameters: str = "boundary=b") -> mime.Message:
    return mime.read_message(body, f"multipart/related; {parameters}", "m")


@pytest.mark.parametrize(
    "others",
    [
        [(HEAD, b"<other/>")],
        [(HEAD, b"<other/>"), (HEAD, b"<another/>")],
        [(f"{HEAD}\r\nContent-ID: <a@x>", b"<other/>")],
        [("Content-Type: application/xop+xml", b"<other/>")],
    ],
    ids=["without a name", "two of them", "with a name", "of the envelope's own type"],
)
def test_without_a_start_the_first_part_is_the_root(others: list[tuple[str, bytes]]) -> None:
    """An XML attachment without Content-ID, the last part of the message, was taken for the envelope."""
    assert ENVELOPE == read(message((HEAD, ENVELOPE), *others)).envelope


@pytest.mark.parametrize("start", ['start="<r@x>"', "start=<r@x>", "start=r@x", 'START = "r@x"', 'start="r @x"'])
def test_the_part_that_is_named_is_the_root(start: str) -> None:
    """Wherever it stands, and however the name is written."""
    body = message((HEAD, b"<other/>"), (f"{HEAD}\r\nContent-ID: <r@x>", ENVELOPE))

    assert ENVELOPE == read(body, f"{start}; boundary=b").envelope


@pytest.mark.parametrize(
    "head", ["Content-Type: application/soap+xml", 'Content-Type: application/xop+xml; type="application/soap+xml"']
)
def test_a_root_of_soap_1_2(head: str) -> None:
    """A service of SOAP 1.2 may answer with attachments too: its envelope is read as one of SOAP 1.1."""
    new = b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body/></e:Envelope>'

    found = read(message((head, new), (HEAD, b"<other/>"))).envelope

    assert b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>' == found


def test_attachments_are_named_parts_but_the_root() -> None:
    """Byte for byte, whatever they hold."""
    picture = b"\x89PNG\r\n\x00\xff\r"

    found = read(message((HEAD, ENVELOPE), ("Content-Type: image/png\r\nContent-ID: <p@x>", picture)))

    assert {"p@x": picture} == found.parts


@pytest.mark.parametrize(
    ("body", "parameters", "error", "said"),
    [
        (message((HEAD, ENVELOPE)), 'boundary=b; start="<gone>"', Malformed, "a root .* that is none of its parts"),
        (message(("Content-Type: image/png", b"x"), (HEAD, ENVELOPE)), "boundary=b", Malformed, "not the first part"),
        (
            message((f"{HEAD}\r\nContent-ID: <a>", ENVELOPE), (f"{HEAD}\r\nContent-ID: <a>", b"<other/>")),
            "boundary=b",
            Malformed,
            "given twice",
        ),
        (message((HEAD, ENVELOPE), end=b""), "boundary=b", Incomplete, "no last boundary"),
        (message((HEAD, ENVELOPE)), "type=x", Malformed, "no boundary"),
    ],
    ids=["no such root", "no envelope first", "twice", "cut", "no boundary"],
)
def test_a_message_without_a_root(body: bytes, parameters: str, error: type[HubError], said: str) -> None:
    """It is refused: no other part is tried in its place."""
    with pytest.raises(error, match=said):
        read(body, parameters)


@pytest.mark.parametrize("boundary", ["b", '"b"', '"----=_Part_1_2.3"', "----=_Part_1_2.3", '"a b:c"'])
def test_boundaries_as_they_are_written(boundary: str) -> None:
    """With quotes, and without where the standard asks for them."""
    bare = boundary.strip('"').encode()
    body = b"--" + bare + b"\r\n" + HEAD.encode() + b"\r\n\r\n" + ENVELOPE + b"\r\n--" + bare + b"--"

    assert ENVELOPE == read(body, f"type=text/xml; boundary={boundary}").envelope


@given(st.text(max_size=60), st.binary(max_size=60))
def test_any_header_is_read_or_refused_by_name(header: str, body: bytes) -> None:
    """No exception of the mail reader comes out, whatever a sender writes."""
    for content_type in (header, f"multipart/related; {header}", f"multipart/related; boundary={header}"):
        try:
            mime.read_message(message((HEAD, ENVELOPE), (header[:20] or "a", body)), content_type, "m")
        except HubError:
            continue


@given(st.binary(max_size=200))
def test_any_parts_are_read_or_refused_by_name(content: bytes) -> None:
    """Whatever stands between the boundaries."""
    try:
        read(message((HEAD, ENVELOPE)) + content + message(("Content-ID: <a>", content)))
    except HubError:
        return
