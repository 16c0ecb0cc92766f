"""The reader of replies: a row or a refusal for each record, the same from a stream as from a tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import Incomplete, Malformed
from connectors.interface import RecordRefusal
from connectors.leaf_rows import LeafRows, Texts
from connectors.xml import envelope, parsing
from connectors.xml.record_places import record_bytes
from connectors.xml.record_reader import BATCH, RecordReader
from contracts.errors import HubError
from tests.connectors.registry_double import NAMESPACE
from tests.connectors.registry_replies import HEAD, STREAM, TAIL, TREE, both, read, record, reply


@both
def test_a_row_for_each_record(reader: RecordReader[Texts]) -> None:
    """The texts are in the order that was asked for; an absent field is None, an empty one too."""
    rows = read(reader, reply(record("1", "<so>7</so><nksHoTen>Trần An</nksHoTen>"), record("2", "<so/>"))).rows

    assert [("1", "27007", "7", "Trần An"), ("2", "27007", None, None)] == rows


@both
def test_a_refused_record_leaves_the_others_be(reader: RecordReader[Texts]) -> None:
    """A refusal has the record's bytes as received, the place by names and the clause; the others have their rows."""
    second = record("2", "<so>7</so>", changed="hôm qua")

    reading = read(reader, reply(record("1"), second, record("3")))

    refusal = RecordRefusal(second.encode(), "hoSo/khaiSinh/ngayCapNhat", "SCHEMAV_CVC_DATATYPE_VALID_1_2_1")
    assert [("1", "27007", None, None), refusal, ("3", "27007", None, None)] == reading.rows


@both
def test_a_page_with_a_refusal_is_not_complete(reader: RecordReader[Texts]) -> None:
    """It is refused whole; neither the error nor the refusal shows the value."""
    reading = read(reader, reply(record("1"), record("Bi Mat")))

    with pytest.raises(Malformed, match="SCHEMAV_CVC_PATTERN_VALID") as raised:
        reading.complete("moj: page")
    assert "Bi Mat" not in f"{raised.value!r}{reading.rows[1]!r}"


@both
def test_every_refused_record_is_named_once(reader: RecordReader[Texts]) -> None:
    """A record that breaks two rules is one refusal, by the first of them; a comment between records is none."""
    broken = record("x", "<so>1</so><so>2</so>")

    rows = read(reader, reply(record("1"), f"<!-- {record('9')} -->", broken, broken)).rows

    assert [broken.encode()] * 2 == [each.content for each in rows if isinstance(each, RecordRefusal)]
    assert 3 == len(rows)


@both
@pytest.mark.parametrize(
    "body",
    [reply(record("1"), "<strange/>"), reply(record("1"), name="strange"), reply(record("1")) + b"<more/>"],
    ids=["beside the records", "another answer", "after the end"],
)
def test_what_belongs_to_no_record(reader: RecordReader[Texts], body: bytes) -> None:
    """What is wrong beside the records refuses the reply: nobody can say which records it is about."""
    with pytest.raises(Malformed):
        read(reader, body)


@both
def test_the_answer_is_admitted_first(reader: RecordReader[Texts]) -> None:
    """The dialect may refuse the element of the Body, a Fault for example, and nothing is read of it then."""

    def admit(answer: object) -> None:
        raise Malformed("a Fault")

    with pytest.raises(Malformed, match="a Fault"):
        reader.read(reply(record("1")), "moj: page", admit)


def test_a_stream_keeps_no_record() -> None:
    """However many records come, the tree that is left holds the rest of the reply: memory does not grow with them."""
    refused = "<loi><id>5</id><maLoi>200</maLoi></loi>"

    answer = read(STREAM, reply(*(record(str(number)) for number in range(1, 2001)), refused)).answer

    assert ["loi"] == [each.tag.partition("}")[2] for each in answer if len(each)]
    assert 2 >= len(answer)


def test_a_long_stream_reads_every_record() -> None:
    """Records of many batches come once each and in their order, the whitespace between them is nothing."""
    records = [record(str(number), "\n<so>1</so>") + "\n " * (number % 3) for number in range(1, 3 * BATCH + 2)]

    rows = read(STREAM, reply(*records)).rows

    assert [str(number) for number in range(1, 3 * BATCH + 2)] == [row[0] for row in rows]


@pytest.mark.parametrize("place", [1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 2 * BATCH + 3])
def test_a_refusal_anywhere_in_a_long_stream(place: int) -> None:
    """It does not matter where in its batch the broken record stands."""
    records = [record("x" if number == place else str(number)) for number in range(2 * BATCH + 4)]

    rows = read(STREAM, reply(*records)).rows

    assert [place] == [number for number, each in enumerate(rows) if isinstance(each, RecordRefusal)]


@pytest.mark.parametrize("end", [0.3, 0.6, 0.9, 0.999])
def test_a_cut_stream_is_incomplete(end: float) -> None:
    """A reply cut anywhere gives no row: the records before the cut do not pass for the whole."""
    page = reply(*(record(str(number)) for number in range(2 * BATCH)))

    with pytest.raises((Incomplete, Malformed)):
        read(STREAM, page[: int(len(page) * end)])


def test_a_namesake_of_the_record_elsewhere_is_none() -> None:
    """A day's list has elements of the record's name one step deeper; they are not read as records of a page."""
    listed = "<danhSach><hoSo><id>1</id><maDonVi>27007</maDonVi></hoSo></danhSach>"

    body = reply(listed, name="dsHoSoDangKyResponse")

    assert [[], []] == [read(each, body).rows for each in (TREE, STREAM)]


def outcome(reader: RecordReader[Texts], body: bytes) -> object:
    try:
        return read(reader, body).rows
    except HubError as error:
        return type(error), error.message


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_stream_and_tree_agree(data: st.DataObject) -> None:
    """Whatever is cut out of a reply or put into it: both ways give the same rows, refusals and errors."""
    page = reply(record("1", "<so>1</so>"), record("2", "<nksHoTen>Trần</nksHoTen>"))
    start = data.draw(st.integers(0, len(page)))
    end = data.draw(st.integers(start, min(len(page), start + 60)))
    put = data.draw(
        st.sampled_from(
            [
                b"",
                b"<",
                b"&amp;",
                b"<so>2</so>",
                b"</hoSo><hoSo>",
                b"<!-- -->",
                b"<![CDATA[x]]>",
                b" a='1'",
                page[start:end] * 2,
            ]
        )
    )

    spoiled = page[:start] + put + page[end:]

    assert outcome(TREE, spoiled) == outcome(STREAM, spoiled)


LISTING = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:l" elementFormDefault="qualified">
  <xs:element name="l"><xs:complexType><xs:sequence>
    <xs:element name="total" type="xs:int"/>
    <xs:element name="part" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="r" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
        <xs:element name="a" type="xs:int"/>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="last" type="xs:boolean"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="end" type="xs:string"/>
  </xs:sequence></xs:complexType></xs:element></xs:schema>"""
PIECES = [
    "<total>1</total>",
    "<end/>",
    "<r><a>1</a></r>",
    *["<part>", "<last>true</last></part>"] * 2,
    "<r><a>x</a></r>",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.just("<r><a>1</a></r>"), st.sampled_from(PIECES)), max_size=14))
def test_any_listing_is_the_same_as_a_stream(pieces: list[str]) -> None:
    """What stands before, between and behind the records is validated too, whatever has left the tree by then."""
    schema = parsing.Schema(LISTING.encode(), Path("listing.xsd"))
    path = ["{urn:l}part", "{urn:l}r"]
    tree, stream = (
        RecordReader(schema, path, LeafRows(["{urn:l}a"]), streamed_from=size, batch=2) for size in (1 << 30, 0)
    )

    inside = "".join(pieces) + "<last>true</last>"
    whole = f'{HEAD}<l xmlns="urn:l"><total>1</total><part>{inside}</part><end/></l>{TAIL}'.encode()
    plain = f'{HEAD}<l xmlns="urn:l">{"".join(pieces)}</l>{TAIL}'.encode()

    assert [outcome(tree, body) for body in (whole, plain)] == [outcome(stream, body) for body in (whole, plain)]


@given(st.lists(st.sampled_from(["<so>1</so>", "<so a='>'/>", "<so\n>1</so >", "<!-- <hoSo> -->", " "]), max_size=8))
def test_the_bytes_of_a_record(inside: list[str]) -> None:
    """From the first byte of its start tag to the last of its end tag, whatever stands within."""
    records = [f"<hoSo>{''.join(inside)}</hoSo>", "<hoSo a='>'/>", "<hoSo >x</hoSo\n>"]
    path = [f"{envelope.SOAP}Envelope", f"{envelope.SOAP}Body", f"{{{NAMESPACE}}}r", f"{{{NAMESPACE}}}hoSo"]

    found = record_bytes(b"\xef\xbb\xbf" + reply(*records, name="r"), path[:-1], path[-1:], {0, 1, 2})

    assert dict(enumerate(each.encode() for each in records)) == found


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=4)))
def test_rows_of_any_shapes(shapes: list[list[str]]) -> None:
    """A row depends on its record alone, whichever shapes came before."""
    make = LeafRows(["b", "d", "a"])
    records = [
        parsing.read(f"<r>{''.join(f'<{n}>{n}{i}</{n}>' for n in shape)}</r>".encode(), "r")
        for i, shape in enumerate(shapes)
    ]

    rows = [make(each) for each in records]

    assert rows == [tuple(each.findtext(name) for name in ("b", "d", "a")) for each in records]


def test_a_row_of_one_field() -> None:
    """A contract of one field has rows of one text."""
    assert ("1",) == LeafRows(["a"])(parsing.read(b"<r><b>2</b><a>1</a></r>", "r"))
