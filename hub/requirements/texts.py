"""Parses the text of a demanded paper: a form to compare, the demanded paper, and the named alternatives.

"- Bản sao Giấy khai sinh của trẻ hoặc giấy tờ hợp lệ khác."
    plain        -> "bản sao giấy khai sinh của trẻ hoặc giấy tờ hợp lệ khác."
    head         -> "giấy khai sinh của trẻ hoặc giấy tờ hợp lệ khác."
    alternatives -> "giấy khai sinh của trẻ", "giấy tờ hợp lệ khác"
"""

from __future__ import annotations

import re
import unicodedata

_NUMBER = r"[0-9]+ (bộ|bản|tờ) (?!sao|chính|gốc|chụp|điện|photo|án|dịch|khai|cam|kê|đồ|vẽ|đăng|tự)"
_BULLET = re.compile(rf"^({_NUMBER}|[\s\-–—+*•●.,;:)(0-9]+|([a-zđ]|[ivx]{{1,4}})[.)]\s*)+")
_SHEET = "bản chính|bản gốc|bản sao|bản chụp|bản photo|photo|bản điện tử|sao y|chứng thực|công chứng|điện tử|sổ gốc|sao"
_COPIES = re.compile(
    rf"^((một trong |01 trong )?(các|những) giấy tờ sau( đây)?( |:|$)|(bản |được |cấp |có |kèm theo |kèm |gồm |nộp |xuất trình |và |hoặc |từ |do |là )*"
    rf"({_SHEET})\b( và|,|/| của)?( |$))"
)
"""Phrases about the form of the sheet, not about its content."""
_CASE = re.compile(
    r"^(đối với|trường hợp|trong trường hợp|nếu|riêng|người|công dân|bên|khi)\b[^:]{0,400}?((?<!không )\bphải\b|\bthì\b|:)( phải)?"
    r"( nộp| xuất trình| cung cấp| có| kèm theo| gồm| thay thế bằng)?( thêm)?( một trong các giấy tờ sau( đây)?)?(:| |$)+"
)
"""Phrases about persons or cases, not about the paper."""
_SLASH = r"(?<=[^\W\d])\s*/\s*(?=[^\W\d])"
_OR = re.compile(rf"\bhoặc\b|{_SLASH}|;")
_ONE_OF = re.compile(r"\b(một|01) trong (các|những|số) ")
_ATTACHED = re.compile(r"[0-9]+\.\S*( ?\([0-9]+\))?\.(docx?|pdf|xlsx?)\b")
_CASES = re.compile(r"\b(đối với|trường hợp|nếu|hoặc)\b")


def plain(text: str) -> str:
    """NFC, lower case, single spaces; without bullet, invisible characters and names of attached files."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    composed = unicodedata.normalize("NFC", visible).lower().replace("ð", "đ")
    return _BULLET.sub("", " ".join(_ATTACHED.sub(" ", composed).split()))


def head(text: str) -> str:
    """The demanded paper, without the form of the sheet and without persons or cases. `text` is plain."""
    rest = _CASE.sub("", text, count=1)
    while (shorter := _COPIES.sub("", _BULLET.sub("", rest), count=1)) != rest:
        rest = shorter
    return rest


def demand(text: str) -> str:
    """The first sentence without brackets; the rest explains it."""
    return re.split(r"\.\s+(?=\S)|\.$|:\s*\+", re.sub(r"\([^)]*\)", " ", text), maxsplit=1)[0]


def wants_one_of(text: str) -> bool:
    """Whether the text has "một trong các giấy tờ". `text` is plain."""
    return bool(_ONE_OF.search(demand(text)))


def one_is_enough(text: str) -> bool:
    """Whether a demand with several papers requires only one of them, or one in each case."""
    return bool(_ONE_OF.search(text) or re.search(rf"\bhoặc\b|{_SLASH}", text) or (";" in text and _CASES.search(text)))


def alternatives(text: str, paper: re.Pattern[str], *, one_of: bool = False) -> tuple[str, ...]:
    """The papers of which one is enough, each as a head; none if the demand names fewer than two.

    `paper`: how names of papers begin; `one_of`: the row said before that one of the following is enough.
    """
    if not one_of and not one_is_enough(text):
        return ()
    pieces = (head(piece.strip(" .,:;")) for part in _OR.split(text) for piece in re.split(r",\s+", part))
    found = tuple(piece for piece in pieces if paper.match(piece))
    return found if len(found) > 1 else ()


def listed(text: str, paper: re.Pattern[str]) -> bool:
    """Whether papers are separated by commas. Only "một trong" says whether all are required or one."""
    return bool(re.search(rf",\s+(?={paper.pattern})", text))


def further(text: str) -> tuple[str, ...]:
    """Papers that a demand adds after a semicolon, each as a head, except those for another case ("trường hợp ...",
    "hoặc ...").
    """
    return tuple(head(part.strip()) for part in text.split(";")[1:] if part.strip() and not _CASES.match(part.strip()))


def goes_on(text: str, paper: re.Pattern[str]) -> bool:
    """Whether a later sentence or bullet begins with another paper, which is then required too.

    `text` is a head; "giấy tờ" explains.
    """
    later = re.split(r"\.\s+[-+*]?\s*|[:;]\s*[-+*]\s*", re.sub(r"\([^)]*\)", " ", text))[1:]
    return any(
        paper.match(head(sentence)) and not sentence.startswith("giấy tờ")
        for sentence in later
        if not _CASE.match(sentence)
    )


def several(text: str, paper: re.Pattern[str]) -> bool:
    """Whether a demand, or one alternative of it, requires several papers at once: `A và B`, `A; B`, `A kèm theo B`."""
    if re.search(rf"\b(và|kèm theo|kèm|cùng với|ngoài)( các| những| một trong các)? (?={paper.pattern})", text):
        return True
    return not one_is_enough(text) and bool(re.search(rf"[;,]\s+(?={paper.pattern})", text))
