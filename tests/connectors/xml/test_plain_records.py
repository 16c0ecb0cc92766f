"""Texts cut from the bytes of a valid reply are those of its tree, or none at all."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.leaf_rows import LeafRows
from connectors.xml import envelope
from connectors.xml.plain_records import PlainRecords

SPACE = "urn:test"
FIELDS = ("id", "so", "ten")
TEXTS = st.sampled_from(
    ["1", "Nguyễn Văn", "", "a b", "&amp;", "&#13;", "x>y", "<![CDATA[<so>]]>", "<!--c-->", "\r\n", " "]
)
OPENS = st.sampled_from(["<{0}>", "<{0}>", "<{0}>", "<{0} >", '<{0} a="x>y">', '<{0} xmlns:q="urn:q">', "\n  <{0}>"])
CLOSES = st.sampled_from(["</{0}>", "</{0}>", "</{0} >", "</{0}\n>"])
LEAVES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(FIELDS), st.sampled_from(["1", "2", ""]), st.just("<{0}>"), st.just("</{0}>")),
        st.tuples(st.sampled_from([*FIELDS, "khac"]), TEXTS, OPENS, CLOSES),
        st.just(("so", "", "<{0}/>", "")),
    ),
    max_size=4,
)


def reply(records: list[str], prefix: str, header: str = "") -> bytes:
    declared = f'xmlns{":" + prefix[:-1] if prefix else ""}="{SPACE}"'
    inside = f"<{prefix}traLoi {declared}>{''.join(records)}</{prefix}traLoi>"
    top = "http://schemas.xmlsoap.org/soap/envelope/"
    return f'<s:Envelope xmlns:s="{top}">{header}<s:Body>{inside}</s:Body></s:Envelope>'.encode()


def record(leaves: list[tuple[str, str, str, str]], prefix: str) -> str:
    made = "".join(f"{opens.format(prefix + n)}{text}{closes.format(prefix + n)}" for n, text, opens, closes in leaves)
    return f"<{prefix}hoSo><{prefix}sinh>{made}</{prefix}sinh></{prefix}hoSo>"


@settings(max_examples=400, deadline=None)
@given(st.lists(LEAVES, min_size=1, max_size=5), st.sampled_from(["", "n:", "a.b-c:"]))
@example([[("id", "x>y", "<{0}>", "</{0}>"), ("so", "z>", "<{0}>", "</{0}>")]], "")
@example([[("id", "1", "<{0}>", "</{0} >")]], "")
def test_what_is_cut_is_what_the_tree_says(records: list[list[tuple[str, str, str, str]]], prefix: str) -> None:
    """Whatever XML may write: entities, CDATA sections, comments, attributes, empty elements, spaces in tags."""
    body = reply([record(each, prefix) for each in records], prefix)
    whole = envelope.opened(body, "r")
    leaves = LeafRows([f"{{{SPACE}}}{name}" for name in FIELDS])
    expected = [leaves(held[0]) for held in envelope.content(whole)]

    cut = PlainRecords("hoSo", "sinh", FIELDS)(whole, body, len(records))

    assert cut is None or expected == cut


@pytest.mark.parametrize("prefix", ["", "n:"])
def test_a_plain_reply_is_cut(prefix: str) -> None:
    """It would be slow without anybody seeing it."""
    leaf = ("<{0}>", "</{0}>")
    body = reply([record([("id", "1", *leaf), ("ten", "Trần Thị", *leaf)], prefix)] * 2, prefix)

    assert [("1", None, "Trần Thị")] * 2 == PlainRecords("hoSo", "sinh", FIELDS)(envelope.opened(body, "r"), body, 2)


def test_records_outside_the_answer_are_none() -> None:
    """A header with as many look-alikes as the answer has records, which are written otherwise."""
    leaf = ("<{0}>", "</{0}>")
    header = f"<s:Header>{record([('id', '9', *leaf)], '')}</s:Header>"
    body = reply([record([("id", "1", *leaf)], "n:")], "n:", header)
    whole: etree._Element = envelope.opened(body, "r")

    assert PlainRecords("hoSo", "sinh", FIELDS)(whole, body, 1) is None


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1258", "UTF-16", "utf-8", "US-ASCII"])
def test_a_reply_in_another_encoding_is_the_tree_s(encoding: str) -> None:
    """Bytes of another encoding were read as UTF-8: other letters than the source wrote, or an error without a name."""
    leaf, name = ("<{0}>", "</{0}>"), "Tran" if encoding == "US-ASCII" else "Ér"
    text = reply([record([("ten", name, *leaf)], "")], "").decode()
    body = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
    whole = etree.fromstring(body)

    cut = PlainRecords("hoSo", "sinh", FIELDS)(whole, body, 1)

    assert cut == ([(None, None, name)] if encoding == "utf-8" else None)
