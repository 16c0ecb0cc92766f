"""Clauses of XML in the words of the office that must mend the record."""

from __future__ import annotations

import pytest

from connectors.xml.clauses import MEANINGS, meaning


@pytest.mark.parametrize("clause", MEANINGS)
def test_a_clause_stands_in_both_languages(clause: str) -> None:
    """In words, and without the name that the parser has for it."""
    said = meaning(f"hoSo/khaiSinh/so: {clause}")

    assert said is not None
    assert [] == [words for words in (said.vi, said.en) if "_" in words or not words]


@pytest.mark.parametrize("detail", [None, "", "ghi: a key twice", "hoSo: SCHEMAV_NOT_IN_THE_TABLE"])
def test_what_is_in_words_already_stays_as_it_is(detail: str | None) -> None:
    assert meaning(detail) is None
