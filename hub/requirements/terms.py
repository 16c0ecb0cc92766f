"""Terms in the words of a demand: "không quá sáu (06) tháng tính đến ngày nộp hồ sơ" is 180 days.

A month counts as 30 days and a year as 365: never more than the law allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hub.requirements.lexicon import Lexicon
from hub.requirements.words import fold

_UNITS = {"ngày": 1, "tháng": 30, "năm": 365, "tuần": 7}


def both(expression: str) -> dict[bool, re.Pattern[str]]:
    """An expression for texts with marks (False) and for texts without (True)."""
    return {False: re.compile(expression), True: re.compile(fold(expression))}


_OPENING = both(
    r"(?:(?:có )?giá trị (?:sử dụng )?(?:nếu )?)?(?:được )?(?:(?:lập|cấp|xác nhận|ký) (?:, )?)*"
    r"(?:(?:cách|trước|tính đến) (?:ngày|thời điểm) nộp hồ sơ )?(?:còn )?"
    r"(?:(?:trong thời hạn|trong thời gian|trong vòng|có thời hạn|thời hạn) )?"
    r"(?:(?:không|chưa) (?:quá|vượt quá|được quá|hơn) )?"
)
_OPENS = both(r"cách ngày|không|chưa|trong thời|trong vòng|có thời hạn|thời hạn|giá trị")
_NUMBER = both(
    r"(?:(?P<digits>[0-9]{1,3})|(?P<word>[^ ()]+(?: [^ ()0-9]+){0,3}?)) (?:\( (?P<other>[^)]{1,24}?) \) )?"
    r"(?P<unit>ngày|tháng|năm|tuần) (?:làm việc )?"
)
_SINCE = both(
    r"(?:, )?(?:(?:tính|kể) (?:đến|từ|tới|cho đến)|trước(?: thời điểm| khi| ngày)|đến thời điểm|từ ngày|gần nhất) "
)


def read_term(lexicon: Lexicon, text: str, place: int, clause: Callable[[int], int]) -> tuple[int, int] | None:
    """Where the term at a place ends, and its days; None when none stands there, or words and digits differ.

    `clause` says where the free words end that begin at a place ("tính đến ngày nộp hồ sơ ...").
    """
    opening = _OPENING[lexicon.folded].match(text, place)
    if not opening or not _OPENS[lexicon.folded].search(opening[0]):
        return None
    number = _NUMBER[lexicon.folded].match(text, opening.end())
    if not number:
        return None
    count = _count(lexicon, number)
    if count is None:
        return None
    unit = next(days for name, days in _UNITS.items() if number["unit"] in (name, fold(name)))
    end = number.end()
    if since := _SINCE[lexicon.folded].match(text, end):
        end = clause(since.end())
        if lexicon.danger(text[since.end() : end])[0]:
            return None
    return end, count * unit


def _count(lexicon: Lexicon, number: re.Match[str]) -> int | None:
    spoken = [each.strip() for each in (number["digits"], number["word"], number["other"]) if each]
    counts = {int(each) if each.isdigit() else lexicon.numbers.get(each) for each in spoken}
    return counts.pop() if len(counts) == 1 else None
