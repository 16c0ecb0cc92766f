"""Attacks on the reader of XML: each is refused before it can do harm, with no text of it in the error."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors import Source
from connectors.errors import Incomplete, Malformed, TooLarge
from connectors.xml import parsing
from connectors.xml.record_reader import STREAMED_FROM
from contracts.errors import Permanent
from contracts.refused import RAW, REFUSED

HEAD = '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
TAIL = "</soap:Body></soap:Envelope>"
REPLY = '<traDanhSachHoSoResponse xmlns="urn:motlan:moj-registry:drawn:1">{}</traDanhSachHoSoResponse>'
RECORD = "<hoSo><khaiSinh><id>{id}</id><maDonVi>27007</maDonVi><ngayCapNhat>2022-06-01T08:00:00+07:00</ngayCapNhat>{rest}</khaiSinh></hoSo>"


def envelope(content: str, before: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}{HEAD}{content}{TAIL}'.encode()


def births(rest: str, before: str = "") -> bytes:
    return envelope(REPLY.format(RECORD.format(id="1", rest=rest)), before)


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, list[int]]]:
    """An address that counts who connects, and a file that nobody may read."""
    secret = tmp_path_factory.mktemp("canary") / "secret.txt"
    secret.write_text("CANARY-TEXT")
    visits: list[int] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    stop = threading.Event()

    def listen() -> None:
        while not stop.is_set():
            try:
                listener.accept()[0].close()
                visits.append(1)
            except TimeoutError:
                continue

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", secret, visits
    stop.set()
    thread.join()
    listener.close()


LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9))
    + "]>"
)
ATTACKS = {
    "file entity": ("<so>&x;</so>", "<!DOCTYPE x [<!ENTITY x SYSTEM 'file://{file}'>]>"),
    "http entity": ("<so>&x;</so>", "<!DOCTYPE x [<!ENTITY x SYSTEM '{http}/x'>]>"),
    "parameter entity": ("<so>1</so>", "<!DOCTYPE x [<!ENTITY % p SYSTEM '{http}/p'> %p;]>"),
    "external DTD": ("<so>1</so>", "<!DOCTYPE x SYSTEM '{http}/x.dtd'>"),
    "public DTD": ("<so>1</so>", "<!DOCTYPE x PUBLIC '-//X//X' '{http}/x.dtd'>"),
    "internal entity in a name": ("<nksHoTen>NGU&x;YEN</nksHoTen>", "<!DOCTYPE x [<!ENTITY x 'Ễ'>]>"),
    "billion laughs": ("<so>&j;</so>", LAUGHS),
    "quadratic blow-up": ("<so>" + "&x;" * 1000 + "</so>", "<!DOCTYPE x [<!ENTITY x '" + "y" * 10_000 + "'>]>"),
    "stylesheet instruction": ("<so>1</so>", "<?xml-stylesheet type='text/xsl' href='{http}/x.xsl'?>"),
    "undeclared entity": ("<so>&x;</so>", ""),
    "XInclude": ("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://{file}' parse='text'/>", ""),
    "text split by an instruction": ("<nksHoTen>NGU<?x y?>YEN</nksHoTen>", ""),
    "text around an element": ("<nksHoTen>NGU<b/>YEN</nksHoTen>", ""),
    "element twice": ("<so>1</so><so>2</so>", ""),
    "elements in another order": ("<quyenSo>1</quyenSo><so>2</so>", ""),
    "undeclared element": ("<soNha>1</soNha>", ""),
    "undeclared attribute": ("<so onclick='x'>1</so>", ""),
    "no namespace": ("<so xmlns=''>1</so>", ""),
    "other namespace": ("<so xmlns='urn:other'>1</so>", ""),
    "nil": ("<so xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/>", ""),
    "type substitution": (
        "<so xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:t='urn:motlan:moj-registry:drawn:1' xsi:type='t:hoSo'>1</so>",
        "",
    ),
    "depth": ("<so>" + "<a>" * 300 + "</a>" * 300 + "</so>", ""),
    "text of 11 MB": ("<so>" + "x" * 11_000_000 + "</so>", ""),
}


def refusal_of(reader: Source, body: bytes) -> str:
    """What is said of a page of one record that is not taken: of the page, or of its record."""
    try:
        [row] = reader.records(body, "text/xml")["birth"].to_dicts()
    except Malformed as error:
        return f"{error!r}{error}"
    assert row[REFUSED] is not None
    assert row[RAW].startswith(b"<hoSo>")
    assert {"id", "ngayCapNhat", REFUSED, RAW} >= {name for name, value in row.items() if value is not None}
    return str(row[REFUSED])


@pytest.mark.parametrize("padding", ["", f"<!--{' ' * STREAMED_FROM}-->"], ids=["tree", "stream"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks(birth_reader: Source, canary: tuple[str, Path, list[int]], attack: str, padding: str) -> None:
    """Nothing is fetched, nothing is read from the disk, nothing comes out; quickly, and without a word of the payload."""
    address, file, visits = canary
    rest, before = (part.replace("{file}", str(file)).replace("{http}", address) for part in ATTACKS[attack])
    started = time.process_time()

    said = refusal_of(birth_reader, births(rest + padding, before))

    assert not any(text in said for text in ("CANARY-TEXT", "NGU", str(file), address))
    assert time.process_time() - started < 1.0
    assert [] == visits


def test_a_schema_location_is_not_followed(birth_reader: Source, canary: tuple[str, Path, list[int]]) -> None:
    """A hint where to find a schema is ignored: ours is pinned."""
    hint = f"xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:other {canary[0]}/x.xsd'"

    frame = birth_reader.records(
        envelope(REPLY.replace('drawn:1"', f'drawn:1" {hint}').format(RECORD.format(id="1", rest=""))), "text/xml"
    )

    assert 1 == frame["birth"].height
    assert [] == canary[2]


@pytest.mark.parametrize(
    "body",
    [
        births("").decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        births("").decode().encode("utf-16-le"),
        births("").replace(b"UTF-8", b"UTF-7"),
        births("").replace(b"UTF-8", b"EBCDIC-CP-US"),
        births("").replace(b"UTF-8", b"windows-1258"),
        births("<so>\xff</so>").decode().encode("latin-1"),
        births("<so>1</so>").replace(b"1</so>", b"\x001</so>"),
        births("<so>1</so>").replace(b"1</so>", b"\xed\xa0\x80</so>"),
        births("<so>1</so>").replace(b"1</so>", b"&#0;</so>"),
        births("<so>1</so>").replace(b"1</so>", b"\x1f</so>"),
        b"",
        b"   ",
        b"GIF89a",
        b"--boundary\r\nContent-Type: text/xml\r\n\r\n" + births(""),
        births("") + births(""),
    ],
)
def test_bytes_that_are_no_xml_of_ours(birth_reader: Source, body: bytes) -> None:
    """Only well-formed UTF-8 is read; nothing is guessed and nothing repaired."""
    with pytest.raises(Malformed):
        birth_reader.records(body, "text/xml")


def test_text_in_pieces_comes_whole(birth_reader: Source) -> None:
    """Comments and CDATA inside a text do not cut it short, and a byte-order mark is no text."""
    body = b"\xef\xbb\xbf" + births("<nksHoTen>NGU<!-- x -->Y<![CDATA[Ễ & ]]>N&#x20;V&amp;</nksHoTen>")

    assert ["NGUYỄ & N V&"] == birth_reader.records(body, "text/xml")["birth"]["nksHoTen"].to_list()


@pytest.mark.parametrize("missing", ["id", "maDonVi", "ngayCapNhat"])
def test_a_required_element_is_missing(birth_reader: Source, missing: str) -> None:
    """What the schema requires is never null."""
    body = births("<so>1</so>").decode()
    start, end = body.index(f"<{missing}>"), body.index(f"</{missing}>") + len(f"</{missing}>")

    said = refusal_of(birth_reader, (body[:start] + body[end:]).encode())

    assert said.startswith("hoSo/khaiSinh")
    assert said.endswith("SCHEMAV_ELEMENT_CONTENT")


def test_what_the_schema_says_holds_no_value(birth_reader: Source) -> None:
    """libxml2 quotes the offending value; our message gives its place only."""
    body = births("").replace(b"2022-06-01T08", b"Bi Mat-01T08")

    assert "hoSo/khaiSinh/ngayCapNhat: SCHEMAV_CVC_DATATYPE_VALID_1_2_1" == refusal_of(birth_reader, body)


def test_caps_come_before_the_parser() -> None:
    """Many small elements and many attributes are counted in the bytes: no tree is built of them."""
    with pytest.raises(TooLarge, match="tags"):
        parsing.read(b"<r>" + b"<a/>" * 500_000 + b"</r>", "x")
    with pytest.raises(TooLarge, match="attributes"):
        parsing.read(b"<r " + b" ".join(b"a%d='1'" % i for i in range(30_000)) + b"/>", "x")


@pytest.mark.parametrize(
    "body", [b"<r>" + b"x" * 11_000_000 + b"</r>", b"<a>" * 300 + b"</a>" * 300], ids=["a text", "levels"]
)
def test_what_libxml2_finds_too_large_is_no_wrong_xml(body: bytes) -> None:
    """The sender was asked to write & as &amp;, for a text of 11 MB."""
    with pytest.raises(TooLarge, match="more than 10 MB, or more than 256 levels") as raised:
        parsing.read(body, "x")
    assert "as an attachment" in raised.value.hint


def test_a_full_page_fits() -> None:
    """A thousand births with every field stay within the caps."""
    fields = "".join(f"<f{i}>x</f{i}>" for i in range(64))

    parsing.read(envelope(REPLY.format(f"<hoSo><khaiSinh>{fields}</khaiSinh></hoSo>" * 1000)), "x")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=60))
def test_any_text_comes_as_it_went(birth_reader: Source, text: str) -> None:
    """Whatever a clerk can type comes through unchanged; an empty text is null."""
    element = etree.Element("x")
    try:
        element.text = text
    except ValueError:
        return  # no character of XML
    escaped = etree.tostring(element, encoding="unicode").removeprefix("<x>").removesuffix("</x>").removesuffix("<x/>")

    frame = birth_reader.records(births(f"<nksHoTen>{escaped}</nksHoTen>"), "text/xml")["birth"]

    assert [text or None] == frame["nksHoTen"].to_list()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_spoiled_page_is_whole_or_refused(birth_reader: Source, data: st.DataObject) -> None:
    """Cut, doubled or overwritten anywhere, a page is read with its one record or refused: it never crashes and never comes half."""
    page = births("<so>1</so><nksHoTen>Trần</nksHoTen>")
    start = data.draw(st.integers(0, len(page)))
    end = data.draw(st.integers(start, min(len(page), start + 40)))
    spoiled = (
        page[:start]
        + data.draw(st.sampled_from([b"", b"<", b">", b"&", b"\xff", b"<!--", b"]]>", page[start:end] * 2]))
        + page[end:]
    )

    try:
        frame = birth_reader.records(spoiled, "text/xml")["birth"]
    except Permanent:
        return

    taken = frame.filter(pl.col(REFUSED).is_null())
    assert frame.height <= 2
    assert taken["id"].null_count() == 0


def test_a_cut_page_may_be_asked_for_again() -> None:
    """XML that ends early is Incomplete while it is being fetched: the next reply may be whole."""
    body = births("<so>1</so>")

    for cut in range(1, len(body) - 1):
        with pytest.raises((Incomplete, Malformed)):
            parsing.read(body[:cut], "x")
    with pytest.raises(Incomplete):
        parsing.read(body[: len(body) // 2 + 40], "x")


@pytest.mark.parametrize("body", ["<a/>".encode("utf-16"), b"<reply/>", b""])
def test_an_answer_that_is_no_envelope_says_what_to_do_next(birth_reader: Source, body: bytes) -> None:
    """ "no XML in UTF-8" alone left the person on duty without a next step."""
    with pytest.raises(Malformed) as caught:
        birth_reader.records(body, "text/xml")

    assert caught.value.hint
