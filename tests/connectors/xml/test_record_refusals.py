"""Refusals of a reply: found in a time that grows with the records, from a stream as from a tree, each with its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.errors import Malformed
from connectors.interface import RecordRefusal
from connectors.leaf_rows import Texts
from connectors.xml import envelope
from connectors.xml.record_reader import BATCH, RecordReader
from connectors.xml.record_refusals import UnreadableRecord, _Nodes
from tests.connectors.registry_double import NAMESPACE
from tests.connectors.registry_replies import STREAM, TREE, both, read, record, reply


@pytest.mark.parametrize("place", [0, BATCH - 1, BATCH, 2 * BATCH + 3])
def test_one_bad_record_is_no_reason_for_a_tree(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """A stream with a refusal was read again as a tree of seven times its bytes; it stays a stream."""
    monkeypatch.setattr(envelope, "opened", lambda *rest: pytest.fail("the reply was parsed as a tree"))
    records = [record("x" if number == place else str(number)) for number in range(2 * BATCH + 4)]

    rows = read(STREAM, reply(*records)).rows

    assert len(records) == len(rows)
    assert [place] == [number for number, each in enumerate(rows) if isinstance(each, RecordRefusal)]


@both
def test_many_refusals_take_no_square_of_time(reader: RecordReader[Texts]) -> None:
    """Of more than 5,000 records none came in when one was broken, because places were looked up one by one."""
    records = [record("x" if number % 10 == 0 else str(number)) for number in range(12_000)]

    rows = read(reader, reply(*records)).rows

    assert 1_200 == sum(isinstance(each, RecordRefusal) for each in rows)
    assert record("x").encode() == rows[-10].content


@both
def test_a_record_where_none_may_stand(reader: RecordReader[Texts]) -> None:
    """libxml2 validates nothing behind it: the records there once passed without having been looked at."""
    refused = "<loi><id>5</id><maLoi>200</maLoi></loi>"

    with pytest.raises(Malformed, match="SCHEMAV_ELEMENT_CONTENT"):
        read(reader, reply(record("1"), refused, record("2"), record("Bi Mat")))


@both
def test_a_row_that_cannot_be_made(reader: RecordReader[Texts]) -> None:
    """The dialect may refuse a record that the schema takes."""

    def row(held: etree._Element) -> Texts:
        if held[0][0].text == "2":
            raise UnreadableRecord("hoSo/khaiSinh/id", "NOT_OURS")
        return (held[0][0].text,)

    picky = RecordReader(reader._schema, [f"{{{NAMESPACE}}}hoSo"], row, streamed_from=reader._streamed_from)

    rows = picky.read(reply(record("1"), record("2"), record("3")), "moj: page", lambda answer: None).rows

    assert [("1",), RecordRefusal(record("2").encode(), "hoSo/khaiSinh/id", "NOT_OURS"), ("3",)] == rows


@both
def test_bytes_of_another_version_of_xml(reader: RecordReader[Texts]) -> None:
    """expat refuses XML 1.1, which libxml2 reads: a refusal has its bytes all the same."""
    body = reply(record("1"), record("x")).replace(b'version="1.0"', b'version="1.1"')

    assert [record("x").encode()] == [
        each.content for each in read(reader, body).rows if isinstance(each, RecordRefusal)
    ]


def test_names_that_expat_does_not_know() -> None:
    """XML 1.0 took more letters into names in 2008, and expat did not: the record is then as libxml2 writes it."""
    body = reply(record("1", "<\u0221/>"))  # a Latin letter of Unicode 4.0

    [refusal] = read(TREE, body).rows

    assert isinstance(refusal, RecordRefusal)
    assert b"<\xc8\xa1/>" in refusal.content


TREES = st.recursive(
    st.sampled_from([("a", ""), ("b", ""), ("p:a", ""), ("a", "urn:p"), ("a", "urn:q"), ("q:a", "")]).map(
        lambda name: (*name, [])
    ),
    lambda inner: st.tuples(st.sampled_from(["a", "p:a", "b"]), st.sampled_from(["", "urn:p"]), st.lists(inner)),
    max_leaves=12,
)


def written(tree: tuple[str, str, list[object]]) -> str:
    name, space, inside = tree
    default = f' xmlns="{space}"' if ":" not in name else ""
    return f"<{name}{default}>{''.join(map(written, inside))}</{name}>"  # type: ignore[arg-type]


@given(st.lists(TREES, max_size=6))
def test_a_path_of_libxml2_is_found(trees: list[tuple[str, str, list[object]]]) -> None:
    """Whatever prefixes and namespaces the elements have: the node at a path is the node that it was written for."""
    top = etree.fromstring(f'<r xmlns:p="urn:p" xmlns:q="urn:q">{"".join(map(written, trees))}</r>')
    nodes, tree = _Nodes(top), etree.ElementTree(top)

    for each in top.iter():
        assert each is nodes.at(tree.getpath(each))[0][-1]
