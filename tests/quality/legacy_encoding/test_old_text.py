"""Old encodings: decoded exactly, recognised by the column, never guessed.

`units.csv`: names of the city's units of 2022 as two programs that are not ours wrote them: bytes by glibc's iconv, VNI, TCVN3 and VIQR text by the
JavaScript library vietnamese-conversion 2.0.0 (MIT).
"""

from __future__ import annotations

import csv
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.legacy_encoding import Encoding, convert, decode, detect
from quality.legacy_encoding.syllables import is_syllable

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data" / "encodings" / "vn_legacy_encoding_vectors.csv"
FILES = [Path(__file__).parent / "units.csv", *([SHARED] if SHARED.exists() else [])]


def bytes_as_text(hexadecimal: str) -> str:
    """As a Unicode column holds old bytes today."""
    return bytes.fromhex(hexadecimal).decode("latin-1")


WRITTEN: dict[str, tuple[Encoding, str, Callable[[str], str]]] = {
    "tcvn3 bytes": (Encoding.TCVN3, "tcvn5712_1_hex_iconv", bytes_as_text),
    "viscii bytes": (Encoding.VISCII, "viscii_hex_iconv", bytes_as_text),
    "cp1258 bytes": (Encoding.CP1258, "cp1258_hex_iconv", bytes_as_text),
    "vni": (Encoding.VNI, "vni_text_npm", str),
    "tcvn3": (Encoding.TCVN3, "tcvn3_text_npm", str),
    "viqr": (Encoding.VIQR, "viqr_text_npm", str),
    "nfd": (Encoding.NFD, "unicode_nfd", str),
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
@pytest.mark.parametrize("kind", WRITTEN)
def test_vectors_decode_exactly_or_are_named_as_lost(path: Path, kind: str) -> None:
    """Where the encoding lost the letter (VNI's ỷ and ỹ in that library; TCVN3's toned capitals), the value stays as it came and is named."""
    encoding, column, read = WRITTEN[kind]
    vectors = rows(path)
    values, wanted = [read(r[column]) for r in vectors], [r["unicode_nfc"] for r in vectors]
    verdict = detect(pl.Series(values))
    assert (verdict.encoding, verdict.sure) == (encoding, True)
    text, doubt = convert(pl.Series(values), verdict)
    for row, before, after, unclear, right in zip(vectors, values, text, doubt, wanted, strict=True):
        if unclear:
            assert after == before, right
            assert row["vni_unreliable"] == "1" or kind == "tcvn3", right
        elif not (kind == "vni" and row["vni_unreliable"] == "1"):
            assert after == right


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_a_thousand_columns(path: Path) -> None:
    """Of 1,000 columns of 200 values at most one is judged otherwise than it was written, and correct text is never converted."""
    rng, vectors, wrong = random.Random(20220602), rows(path), list[tuple[str, object]]()
    kinds = [*WRITTEN, "nfc", "utf-8 read as latin-1", "without marks"]
    for number in range(1_000):
        kind = kinds[number % len(kinds)]
        picked = rng.choices(vectors, k=200)
        if kind in WRITTEN:
            encoding, column, read = WRITTEN[kind]
            values = [read(r[column]) for r in picked]
        elif kind == "nfc":
            encoding, values = Encoding.NFC, [r["unicode_nfc"] for r in picked]
        elif kind == "without marks":
            bare = (unicodedata.normalize("NFD", r["unicode_nfc"]).encode("ascii", "ignore").decode() for r in picked)
            encoding, values = Encoding.NFC, list(bare)
        else:
            encoding, values = Encoding.UTF8, [r["unicode_nfc"].encode().decode("latin-1") for r in picked]
        verdict = detect(pl.Series(values))
        if verdict.encoding is not encoding or not verdict.sure:
            wrong.append((kind, verdict))
        if encoding is Encoding.NFC:
            assert convert(pl.Series(values), verdict)[0].to_list() == values
    assert len(wrong) <= 1, wrong


FOREIGN = [
    "Élodie Brûlé",
    "José Peña",
    "Zoë Müller",
    "Søren Kierkegård",
    "François Noël",
    "Jürgen Weiß",
    "Ana Conceição",
    "Łukasz Żak",
    "Đặng Văn Bé",
    "Ng",
    "C++ Ltd.",
    "O'Neil",
    "a.b@example.vn",
    "Trần Thị Hoà",
    "Kim Ji-woo",
    "山田",
    "N/A",
    "12/5",
    "50%",
    "Ä",
    "São Tomé",
]


@given(st.lists(st.sampled_from(FOREIGN), min_size=1, max_size=60))
def test_foreign_and_correct_text_is_never_converted(values: list[str]) -> None:
    column = pl.Series(values)
    text, _ = convert(column, detect(column))
    assert text.to_list() == values


@given(st.lists(st.text(max_size=12), max_size=40))
def test_any_text_is_kept_or_named(values: list[str]) -> None:
    """Whatever it is, detecting ends; a column that is not surely something stays as it is."""
    column = pl.Series(values, dtype=pl.String)
    verdict = detect(column)
    text, doubt = convert(column, verdict)
    assert len(text) == len(doubt) == len(values)
    if not verdict.sure or verdict.encoding is Encoding.NFC:
        assert text.to_list() == values


def test_too_few_words_decide_nothing() -> None:
    verdict = detect(pl.Series(["NguyÔn"]))
    assert not verdict.sure
    text, doubt = convert(pl.Series(["NguyÔn", None, "abc"]), verdict)
    assert text.to_list() == ["NguyÔn", None, "abc"]
    assert doubt.to_list() == [True, False, False]


CORRECT = [
    "Nguyễn Ðức Hoà",
    "Ðoàn Bá Ðông",
    "ÐÀO THỊ LÀN",
    "Hà Bình",
    "Lê Hùng 王",
    "Trần Văn Tí",
    "Phạm Quế",
    "Lý Thông",
    "Võ Chí Công",
]
"""As registers hold them: the look-alike Ð (U+00D0) for Đ, a name with Chinese characters, words that Latin-1 has whole."""


@pytest.mark.parametrize("share", [1, 2, 3])
def test_a_look_alike_in_correct_text_makes_no_old_encoding(share: int) -> None:
    """VISCII reads Ð as Đ and most of Latin-1 as it is: no reason to doubt a column of names in Unicode."""
    names = [n for n in CORRECT * 20 if share == 1 or "Ð" in n or len(n) % share]

    verdict = detect(pl.Series(names))
    text, doubt = convert(pl.Series(names), verdict)

    assert (verdict.encoding, verdict.sure) == (Encoding.NFC, True)
    assert text.to_list() == names
    assert not doubt.any()


def test_how_sure_a_column_stands_as_it_is_counts_all_its_words() -> None:
    """Also where no value could have been of an old encoding."""
    assert detect(pl.Series(["Nguyễn Thị Mận", "Trần Đức"])).confidence == 1.0


def test_of_a_mixed_column_only_what_reads_in_two_ways_is_doubted() -> None:
    """Some books of old bytes among correct ones: nothing is converted, and the finding names the records that may be meant otherwise."""
    old = [bytes_as_text(r["viscii_hex_iconv"]) for r in rows(FILES[0])[:40]]
    names = CORRECT + old

    text, doubt = convert(pl.Series(names), detect(pl.Series(names)))

    assert text.to_list() == names
    assert {n for n, unclear in zip(names, doubt, strict=True) if unclear and n in CORRECT} <= {"Ðoàn Bá Ðông"}
    assert all(
        unclear or decode(n, Encoding.VISCII) == n for n, unclear in zip(old, doubt[len(CORRECT) :], strict=True)
    )


def test_two_encodings_in_one_column_are_no_guess() -> None:
    vectors = rows(FILES[0])[:100]
    values = [bytes_as_text(r["tcvn5712_1_hex_iconv"]) for r in vectors[:50]] + [
        bytes_as_text(r["viscii_hex_iconv"]) for r in vectors[50:]
    ]
    verdict = detect(pl.Series(values))
    text, doubt = convert(pl.Series(values), verdict)
    right = [r["unicode_nfc"] for r in vectors]
    assert all(unclear or after == good for after, unclear, good in zip(text, doubt, right, strict=True))


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("Nguyễn", True),
        ("quý", True),
        ("nghiêng", True),
        ("Phường", True),
        ("NguyÔn", False),
        ("cát", True),
        ("càt", False),
        ("Aái", False),
        ("ThÞ", False),
        ("ĐƯỜNG", True),
        ("xyz", False),
    ],
)
def test_syllables(word: str, is_one: bool) -> None:
    assert is_syllable(word) is is_one


@given(st.sampled_from([e for e in Encoding if e is not Encoding.NFD]), st.text(max_size=30))
def test_decoding_never_fails(encoding: Encoding, text: str) -> None:
    assert decode(text, encoding) is None or isinstance(decode(text, encoding), str)
