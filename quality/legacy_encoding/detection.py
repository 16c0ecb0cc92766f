"""Detects the encoding of a column, with its confidence, and converts the column to NFC.

The score of a reading is the share of its distinct non-ASCII words that are Vietnamese syllables. The column as
received is a reading too and wins a tie, so correct text is never converted. A value stays as received and is flagged
if the winning reading still has a word that is not a syllable (a letter that the encoding lost). If no reading is sure,
values with different readings are flagged too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from quality.legacy_encoding.encodings import Encoding, decode
from quality.legacy_encoding.syllables import is_syllable
from quality.values.vietnamese import NOT_SURELY_NFC

SURE, MARGIN, DOUBT, WORDS = 0.9, 0.3, 0.5, 3
"""Share of words from which a reading is believed, its lead on the text as it stands (and on any other reading that
differs), the share from which a column is doubtful, and the different words without which nothing is decided."""

LOOK_ALIKE = ("\u00d0", "Đ")
"""Ð, the Icelandic eth, replaces Đ in many correct registers: a typing error, not an encoding."""

_SUSPECT = r"[^\x20-\x7E\t\r\n]|[aeoAEO]\^|[ouOU]\+|[aA]\(|[dD][dD]"
_VIQR_SUSPECT = _SUSPECT + r"|[aeiouyAEIOUY]['`?~.]"
"""In a VIQR column tone marks alone are evidence too; in any other column they are punctuation."""
_VIQR_SIGN = re.compile(r"[aeo]\^|[ou]\+|a\(", re.IGNORECASE)
_SPLIT = re.compile(r"[\s,;:/()\-.'\"]+")
_VIQR_SPLIT = re.compile(r"[\s,;:/\-\"]+")
_CANDIDATES = (Encoding.TCVN3, Encoding.VISCII, Encoding.CP1258, Encoding.VNI, Encoding.UTF8)


@dataclass(frozen=True)
class Verdict:
    """What a column is written in."""

    encoding: Encoding
    """NFC means that the column is not converted."""
    confidence: float
    """Share of the distinct significant words that are Vietnamese in this reading, 0 to 1."""
    lead: float
    """Distance to the best other reading that gives other text, -1 to 1."""
    sure: bool
    """False: nothing is converted, the column is a finding."""


def detect(column: pl.Series) -> Verdict:
    """Detect the encoding of a pl.String column; a clean ASCII column needs one pass."""
    values = column.filter(column.str.contains(_SUSPECT).fill_null(False)).unique().sort().to_list()
    if not values:
        return Verdict(Encoding.NFC, 1.0, 1.0, True)
    stored = [v for v in values if not _single_byte(v)]
    if stored and any(decode(v, Encoding.NFC) != v for v in stored) and not any(_half_composed(v) for v in stored):
        return Verdict(Encoding.NFD, 1.0, 1.0, True)  # canonically equal: nothing can be lost
    candidates = [Encoding.VIQR] if all(v.isascii() and v.isprintable() for v in values) else list(_CANDIDATES)
    legacy = [v for v in values if _single_byte(v)]
    own = _score(
        legacy, Encoding.NFC
    )  # of the same values as the others: text that no old encoding can write is no evidence
    readings = sorted(((*_score(legacy, e), e) for e in candidates), key=lambda r: -r[0])
    best, words, encoding = readings[0]
    text = [decode(v, encoding) for v in legacy]
    others = [share for share, _, e in readings[1:] if [decode(v, e) for v in legacy] != text]
    lead = best - max([own[0], *others])
    if best < DOUBT or best <= own[0] or text == legacy:
        return Verdict(Encoding.NFC, _score(values, Encoding.NFC)[0], own[0] - best, True)
    sure = best >= SURE and lead >= MARGIN and words >= WORDS and not stored
    return Verdict(encoding, best, lead, sure)


def convert(column: pl.Series, verdict: Verdict) -> tuple[pl.Series, pl.Series]:
    """The column in NFC, and a pl.Boolean column: true for values left as received because they are doubtful."""
    doubt = pl.repeat(False, len(column), dtype=pl.Boolean, eager=True).alias(column.name)
    if verdict.encoding is Encoding.NFC:
        return column, doubt
    if verdict.encoding is Encoding.NFD:
        return column.str.normalize("NFC"), doubt
    suspect = column.str.contains(_VIQR_SUSPECT if verdict.encoding is Encoding.VIQR else _SUSPECT).fill_null(False)
    old = column.filter(suspect).unique().to_list()
    new = {v: decode(v, verdict.encoding) for v in old}
    if not verdict.sure:
        twofold = [v for v in old if _single_byte(v) and new[v] != v]
        return column, column.is_in(twofold).fill_null(False).alias(column.name)
    lost = [v for v in old if not all(_words([v], verdict.encoding).values())]
    known = {v: text for v, text in new.items() if text is not None and v not in set(lost)}
    return column.replace(known), column.is_in(lost).fill_null(False).alias(column.name)


def _score(values: list[str], encoding: Encoding) -> tuple[float, int]:
    words = _words(values, encoding)
    return (sum(words.values()) / len(words) if words else 0.0), len(words)


def _words(values: list[str], encoding: Encoding) -> dict[str, bool]:
    """Each distinct significant word as received -> whether it is Vietnamese in this reading."""
    found: dict[str, bool] = {}
    for value in values:
        for word in (_VIQR_SPLIT if encoding is Encoding.VIQR else _SPLIT).split(value):
            sign = _VIQR_SIGN.search(word) if encoding is Encoding.VIQR else not (word.isascii() and word.isprintable())
            if sign and word not in found:
                text = decode(word, encoding)
                found[word] = text is not None and is_syllable(
                    text.replace(*LOOK_ALIKE) if encoding is Encoding.NFC else text
                )
    return found


def _single_byte(value: str) -> bool:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return all(ord(c) < 256 or c.encode("cp1252", "ignore") for c in value)
    return True


def _half_composed(value: str) -> bool:
    return decode(value, Encoding.NFC) == value and bool(
        re.search(NOT_SURELY_NFC.replace(r"\x{", r"\u").replace("}", ""), value)
    )
