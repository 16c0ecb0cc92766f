"""The words of a demanded paper in one form: whatever the typing, the same words give the same text.

    canonical("1. Bản sao Giấy chứng minh nhân dân/Hộ chiếu;")
        -> "bản sao giấy chứng minh nhân dân / hộ chiếu ; "

Composed letters, lower case, one place of the tone ("hòa" for "hoà"), "y" for a final "i" ("lý" for "lí"), no bullet,
no label of Word or PDF, no name of an attached file; each word and each mark of punctuation is followed by one space.
`unmarked` says whether a text was typed without Vietnamese marks; `fold` takes them off the lexicon's words then.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

_ATTACHED = re.compile(r"[0-9]*\.?[^\s.;]*( ?\([0-9]+\))?\.(docx?|pdf|xlsx?)\b")
_LINES = re.compile(r"\s*[\r\n]+\s*(?=([-–—+*•●▪‣]|\(?[0-9a-zđ]{1,3}[.)])\s)")
_TOKEN = re.compile(r"[0-9](?:[\w./-]*\w)?|[^\W_]+|[^\w\s]")
_LABEL = re.compile(
    r"^(?:[-–—+*•●▪‣o❖✓➢.,;:_]+ |\( ?(?:[0-9]{1,2}|[ivx]{1,4}|[a-zđ][0-9]?) ?\) |(?:[0-9]{1,2}(?:\.[0-9]{1,2})*|[ivx]{1,4}|[a-zđ][0-9]?) [.)] "
    r"|[0-9]{1,2}(?:\.[0-9]{1,2})+ |(?:thành phần hồ sơ|thanh phan ho so|tài liệu|tai lieu|mục|muc)(?: số| so)? [0-9]{1,2} [:.] )+"
)
_TONES = {
    **{"o" + new: old + "a" for old, new in zip("óòỏõọ", "áàảãạ", strict=True)},
    **{"o" + new: old + "e" for old, new in zip("óòỏõọ", "éèẻẽẹ", strict=True)},
    **{"u" + new: old + "y" for old, new in zip("úùủũụ", "ýỳỷỹỵ", strict=True)},
}
_SHORT = {
    "gcn": "giấy chứng nhận",
    "gcnqsdđ": "giấy chứng nhận quyền sử dụng đất",
    "gcnđkkd": "giấy chứng nhận đăng ký kinh doanh",
    "gcnđkdn": "giấy chứng nhận đăng ký doanh nghiệp",
    "gks": "giấy khai sinh",
    "đkkh": "đăng ký kết hôn",
    "tthn": "tình trạng hôn nhân",
    "lltp": "lý lịch tư pháp",
    "shk": "sổ hộ khẩu",
    "đkkd": "đăng ký kinh doanh",
    "đkdn": "đăng ký doanh nghiệp",
    "hkd": "hộ kinh doanh",
    "htx": "hợp tác xã",
    "qsdđ": "quyền sử dụng đất",
    "gpxd": "giấy phép xây dựng",
}
"""What offices write short, in capitals."""
_CAPITALS = re.compile(r"(?<!\w)[A-ZĐ]{3,9}(?!\w)")
_MOVE = re.compile(rf"(?<!q)(?:{'|'.join(_TONES)})(?!\w)")
_FINAL_I = re.compile(r"^(h|k|l|m|s|t|qu)([iíìỉĩị])$")
_Y = str.maketrans("iíìỉĩị", "yýỳỷỹỵ")
_OPENED = {"(": ")", "[": "]"}
UNMARKED = 0.06
"""Greatest share of words with a mark in a text that was typed without marks."""


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Without Vietnamese marks: "giấy khai sinh" -> "giay khai sinh"."""
    return "".join(c for c in unicodedata.normalize("NFD", text.replace("đ", "d")) if not unicodedata.combining(c))


@cache
def word(token: str) -> str:
    """One word with its tone in one place and a final "y"."""
    moved = _MOVE.sub(lambda m: _TONES[m[0]], token)
    found = _FINAL_I.match(moved)
    return found[1] + found[2].translate(_Y) if found else moved


def _long(text: str) -> str:
    """With the words for which known capitals stand: "GCN ĐKKD". A text without marks stays without."""
    marked = any(unicodedata.combining(c) for c in unicodedata.normalize("NFD", text))

    def whole(found: re.Match[str]) -> str:
        words = _SHORT.get(found[0].lower())
        return found[0] if words is None else words if marked else fold(words)

    return _CAPITALS.sub(whole, text)


@lru_cache(maxsize=10_000)
def canonical(text: str) -> str:
    """The words and marks of a text in one form, each followed by a space; without its bullet or label."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    composed = _long(unicodedata.normalize("NFC", visible).replace("Ð", "Đ")).lower().replace("ð", "đ")
    lines = _LINES.sub(" ; ", _ATTACHED.sub(" ", composed))
    spaced = "".join(f"{word(token)} " for token in _TOKEN.findall(lines))
    return _LABEL.sub("", spaced)


def unmarked(text: str) -> bool:
    """Whether a canonical text of at least two words was typed without marks."""
    words = [each for each in text.split() if each.isalpha()]
    marked = sum(each != fold(each) for each in words)
    return len(words) > 1 and marked <= UNMARKED * len(words)


def broken(text: str) -> str:
    """Why a row of the source is no whole sentence; empty for a whole one. Told, never guessed."""
    if not any(c.isalpha() for c in text):
        return "no words"
    if "�" in text:
        return "letters lost"
    tokens = text.split()
    opened: list[str] = []
    for token in tokens:
        if token in _OPENED:
            opened.append(_OPENED[token])
        elif token in _OPENED.values() and (not opened or opened.pop() != token):
            return "a bracket is not opened"
    if opened:
        return "a bracket is not closed"
    if fold(tokens[-1]) in ("hoac", "va", "cua", ","):
        return "ends in the middle of a sentence"
    return ""
