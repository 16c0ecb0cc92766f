"""One form for storing, one key for comparing."""

from __future__ import annotations

import re
import sys
import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.values.vietnamese import NOT_SURELY_NFC, comparison_key, nfc, plain_comparison_key, recall_key

LETTERS = "aàáảãạăằâấêệoòôơuùưyýqhQHĐðÐɖ\u0300\u0301\u0302\u0309\u0323\u031b -,\u00a0\t"


def keys(*texts: str) -> list[str]:
    return pl.DataFrame({"t": texts}).select(comparison_key(pl.col("t"))).to_series().to_list()


@pytest.mark.parametrize(
    "spellings",
    [
        ("Nguyễn Thị Hòa", "NGUYỄN THỊ HOÀ", "Nguye\u0302\u0303n  Thị Hoà"),
        ("Thủy", "Thuỷ", "THUỶ"),
        ("Khỏe", "khoẻ"),
        ("Đặng Đức", "Ðặng Ðức", "đặng ɖức"),
        ("Ủy ban", "Uỷ ban"),
        ("Hòa-Thủy", "hoà-thuỷ"),
    ],
)
def test_one_name_one_key(spellings):
    """Composition, letter case, spaces, look-alikes of Đ and the tone's place do not make another name."""
    assert 1 == len(set(keys(*spellings)))


@pytest.mark.parametrize(
    ("one", "other"), [("Hoa", "Hòa"), ("Mỹ", "Mĩ"), ("Vy", "Vi"), ("Dung", "Đung"), ("Quý", "Qúy"), ("Hoàn", "Hòan")]
)
def test_other_names_other_keys(one, other):
    """Tones, Đ, and y or i in a name are kept: those are other names, or a slip for a person to see."""
    assert 2 == len(set(keys(one, other)))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(LETTERS, max_size=12), min_size=1, max_size=20))
def test_frames_and_single_values_have_one_key(texts):
    """The expression and the plain function give the same key, and the key is its own key."""
    found = keys(*texts)

    assert [plain_comparison_key(t) for t in texts] == found
    assert found == keys(*found)


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1))
def test_nfc(texts):
    """Stored text is Unicode's composed form."""
    assert [unicodedata.normalize("NFC", t) for t in texts] == pl.DataFrame({"t": texts}).select(
        nfc(pl.col("t"))
    ).to_series().to_list()


def test_what_is_not_looked_at_needs_no_change():
    """No character that NFC can change, alone or after another, escapes the quick look."""
    suspicious = re.compile(re.sub(r"\\x\{([0-9A-F]+)\}", lambda code: f"\\u{code[1]}", NOT_SURELY_NFC))

    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if not 0xD800 <= code < 0xE000 and not suspicious.match(char):
            assert unicodedata.is_normalized("NFC", char)
            assert not unicodedata.combining(char)
            assert unicodedata.is_normalized("NFC", "e" + char)


def test_what_nobody_sees_makes_no_other_name():
    """A name that was copied from a web page was once another person's."""
    written = ["Trần Văn An", "Trần\u200b Văn\u00a0An", "\ufeffTrần Văn\u3000An\u2060", "Trần Văn A\u00adn"]

    assert len({plain_comparison_key(each) for each in written}) == 1
    assert len(set(keys(*written))) == 1
    assert len({recall_key(each) for each in written}) == 1
