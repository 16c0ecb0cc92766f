"""The guard before the parser: markup of the document counts, the same characters within a text do not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Source
from connectors.errors import Malformed, TooLarge
from connectors.xml import parsing
from connectors.xml.guard import Caps, inspect
from tests.connectors.registry_replies import record, reply

TEXTS = {
    "a declaration": '<?xml version="1.0"?><ten>A</ten>',
    "a DTD": "Trang <!DOCTYPE html> cũ",
    "an entity": '<!DOCTYPE x [<!ENTITY e "1">]>&e;',
    "an instruction": "<?php echo 1; ?>",
    "the beginning of a comment": "<!-- không đóng",
    "two of them": "<?a?><?b?><!DOCTYPE c>",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("body", ["<![CDATA[{}]]>", "An<!--{}-->"], ids=["CDATA", "comment"])
def test_markup_within_a_text_is_text(birth_reader: Source, text: str, body: str) -> None:
    """Registers carry pasted web pages in a field. One such text once closed the whole reply, in every run."""
    written = body.format(text.replace("--", "- -") if "<!--{" in body else text)
    page = reply(record("1", f"<nksHoTen>{written}</nksHoTen>"), record("2", "<nksHoTen>Bình</nksHoTen>"))

    assert [text if "CDATA" in body else "An", "Bình"] == birth_reader.records(page, "text/xml")["birth"][
        "nksHoTen"
    ].to_list()


HOSTILE = {
    "a DTD": "<!DOCTYPE r><r/>",
    "a DTD without a blank": "<!DOCTYPEr [<!ENTITY e 'x'>]><r>&e;</r>",
    "a DTD behind a comment": "<!-- <![CDATA[ --><!DOCTYPE r [<!ENTITY e 'x'>]><r>&e;</r>",
    "a DTD between comments": "<!-- a --><!DOCTYPE r><!-- b --><r/>",
    "a DTD behind an instruction that opens a comment": "<?x <!-- ?><!DOCTYPE r><r><!-- --></r>",
    "an instruction behind a section": "<r><![CDATA[ ]]><?x y?></r>",
    "an instruction behind a comment that only seems open": "<!-- <!-- --><?x y?><r/>",
    "a second declaration": "<?xml version='1.0'?><r><?xml version='1.0'?></r>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_markup_of_the_document_is_refused(body: str) -> None:
    """However it is dressed: what libxml2 would take for markup is markup to the guard too."""
    with pytest.raises(Malformed, match="never accepted"):
        parsing.read(body.encode(), "x")


def test_instructions_may_be_allowed_and_a_dtd_never() -> None:
    """A schema with its style sheet is read; an instruction does not hide what stands behind it."""
    assert "r" == parsing.read(b"<?xml-stylesheet href='a'?><r/>", "x", instructions=True).tag
    with pytest.raises(Malformed, match="a DTD"):
        parsing.read(b"<?x <!-- ?><!DOCTYPE r><!-- --><r/>", "x", instructions=True)


@given(st.lists(st.sampled_from(["<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE r>", "<r>", "</r>", "a"])))
def test_what_the_parser_reads_has_no_markup_of_the_kind(parts: list[str]) -> None:
    """Any nesting of sections: what passes the guard and is XML has neither a DTD nor an instruction."""
    body = f"<r>{''.join(parts)}</r>".encode()
    for document in (body, "".join(parts).encode() + b"<r/>"):
        try:
            root = parsing.read(document, "x")
        except (Malformed, parsing.Incomplete):
            continue
        assert not root.getroottree().docinfo.doctype
        assert not list(root.iter(parsing.etree.ProcessingInstruction))


def test_counts_are_of_markup() -> None:
    """Signs in texts are no tags and no attributes: a page of pasted web pages is not too large by them."""
    signs = b"<![CDATA[" + b"<a b=1>" * 50 + b"]]>" + b"=" * 500
    inspect(b"<r>" + signs + b"</r>", "x", Caps(tags=10, attributes=10))
    with pytest.raises(TooLarge, match="tags"):
        inspect(b"<r>" + signs + b"<a/>" * 20 + b"</r>", "x", Caps(tags=10, attributes=10))
    with pytest.raises(TooLarge, match="attributes"):
        inspect(b"<r a='>' " + b" ".join(b"b%d='1'" % n for n in range(20)) + b"/>", "x", Caps(attributes=10))


@pytest.mark.parametrize("open_", [b"<!--", b"<![CDATA[", b"<?x ", b'<a b="', b"<", b"<a '\"", b"<!DOCTYPE"[:3]])
def test_no_section_takes_the_square_of_its_size(open_: bytes) -> None:
    """A reply of nothing but beginnings is judged in the time of its bytes."""
    body = b"<r>" + open_ * 300_000 + b"<?x"
    started = time.process_time()
    try:
        inspect(body, "x", Caps(tags=10, attributes=10))
    except (Malformed, TooLarge):
        pass
    assert time.process_time() - started < 5
