"""The old encodings of Vietnamese, with a converter for each, from text as it is stored today.

Bytes of a single-byte encoding that were read as Latin-1 or Windows-1252 are text now: `NguyÔn`.
Each table therefore maps such characters, not bytes; a C1 control and its Windows-1252 form mean the same.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Encoding(StrEnum):
    """An encoding of a column."""

    NFC = "nfc"
    NFD = "nfd"
    TCVN3 = "tcvn3"
    VISCII = "viscii"
    CP1258 = "cp1258"
    UTF8 = "utf8"
    """UTF-8 that was read as Latin-1 or Windows-1252."""
    VNI = "vni"
    VIQR = "viqr"


# TCVN 5712:1993 VN1; VN3 ("ABC") is its part without the toned capitals. 0x80 to 0xFF, and the control codes it reuses.
_TCVN = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ\xa0ĂÂÊÔƠƯĐăâêôơưđẰ\u0323\u0309\u0303\u0300\u0301àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_TCVN_LOW = {1: "Ú", 2: "Ụ", 4: "Ừ", 5: "Ử", 6: "Ữ", 17: "Ứ", 18: "Ự", 19: "Ỳ", 20: "Ỷ", 21: "Ỹ", 22: "Ý", 23: "Ỵ"}
# RFC 1456, section 3.
_VISCII = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_VISCII_LOW = {2: "Ẳ", 5: "Ẵ", 6: "Ẫ", 20: "Ỷ", 25: "Ỹ", 30: "Ỵ"}
_CP1258 = "".join(bytes([b]).decode("cp1258", "replace") for b in range(128, 256))


def _table(high: str, low: dict[int, str]) -> dict[int, str]:
    table = low | {128 + i: c for i, c in enumerate(high) if c != "\ufffd"}
    for byte in range(128, 160):
        shown = bytes([byte]).decode("cp1252", "ignore")
        if shown and byte in table:
            table[ord(shown)] = table[byte]
    return table


TABLES = {
    Encoding.TCVN3: _table(_TCVN, _TCVN_LOW),
    Encoding.VISCII: _table(_VISCII, _VISCII_LOW),
    Encoding.CP1258: _table(_CP1258, {}),
}


def _vni() -> dict[str, str]:
    """VNI for Windows: the letter, then one character for hat and tone. ơ, ư, đ, i and ỵ have codes of their own."""
    plain = dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True))
    hat = {"â": "\u0302"} | {c: "\u0302" + t for c, t in zip("áàåãä", plain.values(), strict=True)}
    breve = {"ê": "\u0306"} | {c: "\u0306" + t for c, t in zip("éèúüë", plain.values(), strict=True)}
    found = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
    for letters, marks in (("aeouy", plain), ("aeo", hat), ("a", breve)):
        found |= {letter + c: letter + m for letter in letters for c, m in marks.items()}
    found |= {code + c: letter + m for code, letter in (("ô", "ơ"), ("ö", "ư")) for c, m in plain.items()}
    return {k: unicodedata.normalize("NFC", v) for k, v in found.items()}


def _viqr() -> dict[str, str]:
    """RFC 1456, section 4: the letter, its hat, its tone."""
    tones = dict(zip("'`?~.", "\u0301\u0300\u0309\u0303\u0323", strict=True))
    letters = {v: v for v in "aeiouy"} | {"a^": "â", "e^": "ê", "o^": "ô", "a(": "ă", "o+": "ơ", "u+": "ư"}
    found = {k: v for k, v in letters.items() if k != v} | {"dd": "đ"}
    found |= {k + c: unicodedata.normalize("NFC", v + t) for k, v in letters.items() for c, t in tones.items()}
    return found


def _cased(pairs: dict[str, str]) -> dict[str, str]:
    return (
        pairs
        | {k[0].upper() + k[1:]: v.upper() for k, v in pairs.items()}
        | {k.upper(): v.upper() for k, v in pairs.items()}
    )


_PAIRS = {Encoding.VNI: _cased(_vni()), Encoding.VIQR: _cased(_viqr())}
_FINDERS = {
    e: re.compile("|".join(map(re.escape, sorted(pairs, key=len, reverse=True)))) for e, pairs in _PAIRS.items()
}


def decode(text: str, encoding: Encoding) -> str | None:
    """The text in NFC, if it was written in `encoding`; None if this is impossible."""
    if encoding in TABLES:
        return unicodedata.normalize("NFC", text.translate(TABLES[encoding]))
    if encoding in _PAIRS:
        return unicodedata.normalize("NFC", _FINDERS[encoding].sub(lambda m: _PAIRS[encoding][m[0]], text))
    if encoding is Encoding.UTF8:
        try:
            return unicodedata.normalize("NFC", _bytes(text).decode("utf-8"))
        except (UnicodeDecodeError, UnicodeEncodeError):
            return None
    return unicodedata.normalize("NFC", text)


def decode_bytes(body: bytes, encoding: Encoding) -> str | None:
    """`decode` for the bytes of a file."""
    return decode(body.decode("utf-8" if encoding in (Encoding.NFC, Encoding.NFD) else "latin-1"), encoding)


def _bytes(text: str) -> bytes:
    return b"".join(c.encode("latin-1") if ord(c) < 256 else c.encode("cp1252") for c in text)
