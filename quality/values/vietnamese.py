"""Vietnamese text: one form for storage, and keys for comparison.

The same word arrives in several byte forms: composed or with combining marks (macOS, CP1258 keyboards), with the tone
on either vowel (`hòa`, `hoà`: official lists mix both), and with a look-alike of Đ. Stored text is NFC and otherwise as
received; a key is for comparison only.
"""

from __future__ import annotations

import unicodedata

import polars as pl

from contracts.invisible import MARKS, SPACES

NOT_SURELY_NFC = r"[^\x{0000}-\x{02FF}\x{0400}-\x{0482}\x{048A}-\x{052F}\x{1E00}-\x{1EFF}\x{2002}-\x{20CF}]"
"""Any character beyond composed Latin, Cyrillic and common punctuation. Text without one is NFC
already (Unicode's quick check answers Yes to all of those), which spares nearly every column."""

_TONES = {"oàoáoảoãoạ": "òaóaỏaõaọa", "oèoéoẻoẽoẹ": "òeóeỏeõeọe", "uỳuýuỷuỹuỵ": "ùyúyủyũyụy"}
_BOUNDARIES = " -,.;/()'\""
_D_LOOKALIKES = {"Ð": "đ", "ð": "đ", "Ɖ": "đ", "ɖ": "đ"}


def nfc(text: pl.Expr) -> pl.Expr:
    """The text in Unicode's composed form (NFC)."""
    return text.str.normalize("NFC")


def comparison_key(text: pl.Expr) -> pl.Expr:
    """A key that is equal for all spellings of one name.

    NFC, Đ for its look-alikes, lower case, single spaces, no marks without a width, tones where the old style puts them
    (`hòa`, `khỏe`, `thủy`; never in `quý`, nor before a final consonant).
    """
    folded = (
        nfc(text)
        .str.replace_many(_D_LOOKALIKES)
        .str.to_lowercase()
        .str.replace_all(f"[{MARKS}]", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars(" ")
    )
    # A syllable ends at a boundary character: one is lent to the last syllable.
    moved = pl.concat_str([folded, pl.lit(" ")]).str.replace_many(_OLD_STYLE, leftmost=True)
    return moved.str.strip_chars_end(" ")


def plain_comparison_key(text: str) -> str:
    """`comparison_key` of one value."""
    folded = " ".join(unicodedata.normalize("NFC", text).translate(_D_TABLE).lower().split()) + " "
    for index, end in enumerate(folded):
        syllable_end = folded[max(index - 2, 0) : index]
        if (
            end in _BOUNDARIES
            and syllable_end in _PAIRS
            and not (syllable_end[0] == "u" and folded[index - 3 : index - 2] == "q")
        ):
            folded = folded[: index - 2] + _PAIRS[syllable_end] + folded[index:]
    return folded.rstrip(" ")


def recall_key(text: str) -> str:
    """A key without diacritics and case. Many names share it, so it finds candidates and proves nothing."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_RECALL).split())


def _recall() -> dict[str, str]:
    letters = (
        {a: a.lower() for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | dict.fromkeys("đĐðÐɖƉ", "d") | dict.fromkeys(SPACES, " ")
    )
    for base in "aeiouyAEIOUY":
        for shape in ("", "\u0302", "\u0306", "\u031b"):
            for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"):
                letter = unicodedata.normalize("NFC", base + shape + tone)
                if len(letter) == 1 and letter != base:
                    letters[letter] = base.lower()
    return letters | dict.fromkeys(MARKS, "")  # last: `translate` deletes what has no letter in its second list


def _pairs() -> dict[str, str]:
    return {new[i : i + 2]: old[i : i + 2] for new, old in _TONES.items() for i in range(0, len(new), 2)}


def _old_style() -> dict[str, str]:
    moves: dict[str, str] = {}
    for boundary in _BOUNDARIES:
        for new, old in _pairs().items():
            if new[0] == "u":
                # In `quý` the u belongs to the consonant. The longer match starts earlier and wins.
                moves[f"q{new}{boundary}"] = f"q{new}{boundary}"
            moves[f"{new}{boundary}"] = f"{old}{boundary}"
    return moves


_PAIRS = _pairs()
_OLD_STYLE = _old_style()
_D_TABLE = str.maketrans(_D_LOOKALIKES | dict.fromkeys(MARKS, ""))
_RECALL_LETTERS = _recall()
_RECALL = str.maketrans(_RECALL_LETTERS)
RECALL_FROM, RECALL_TO = "".join(_RECALL_LETTERS), "".join(_RECALL_LETTERS.values())
"""The same letters for PostgreSQL's `translate`."""
