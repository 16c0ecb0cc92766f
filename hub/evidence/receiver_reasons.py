"""Why a receiver refused a row, in Vietnamese and English: its code becomes a rule of the case, `receiver.<code>`.

The codes are the receiver's. Those that the kit proposes (kit/README.md) have sentences of their own here; any other
has one that repeats the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "receiver."


@dataclass(frozen=True)
class ReasonSentence:
    """A reason for a ward clerk, and for who reads English."""

    vi: str
    en: str


REASONS: Mapping[str, ReasonSentence] = {
    "field-missing": ReasonSentence(
        "Đơn vị nhận từ chối bản ghi: thiếu giá trị bắt buộc ở trường được nêu.",
        "The receiver refused the record: the named field has no value, and must have one.",
    ),
    "field-form": ReasonSentence(
        "Đơn vị nhận từ chối bản ghi: giá trị ở trường được nêu không đúng khuôn dạng.",
        "The receiver refused the record: the value of the named field is not in the form that it expects.",
    ),
    "unknown-code": ReasonSentence(
        "Đơn vị nhận từ chối bản ghi: mã ở trường được nêu không có trong danh mục của họ.",
        "The receiver refused the record: the code in the named field is not in its catalogue.",
    ),
    "unknown-unit": ReasonSentence(
        "Đơn vị nhận từ chối bản ghi: không có đơn vị hành chính này trong danh mục của họ.",
        "The receiver refused the record: its list of units does not have this one.",
    ),
    "date-impossible": ReasonSentence(
        "Đơn vị nhận từ chối bản ghi: ngày ở trường được nêu không thể có thật.",
        "The receiver refused the record: the day in the named field cannot be.",
    ),
    "person-unknown": ReasonSentence(
        "Đơn vị nhận từ chối bản ghi: không tìm thấy người này trong hệ thống của họ.",
        "The receiver refused the record: its own system does not know the person.",
    ),
    "person-conflict": ReasonSentence(
        "Đơn vị nhận từ chối bản ghi: thông tin khác với dữ liệu của họ về cùng người này.",
        "The receiver refused the record: it contradicts what its own system holds of the person.",
    ),
    "already-registered": ReasonSentence(
        "Đơn vị nhận từ chối bản ghi: họ đã có một mục khác cho cùng việc hộ tịch này.",
        "The receiver refused the record: it has another entry of the same event.",
    ),
}


def of_rule(rule: str) -> ReasonSentence | None:
    """The sentences of a rule `receiver.<code>`; None: it is no receiver's reason."""
    if not rule.startswith(PREFIX):
        return None
    code = rule.removeprefix(PREFIX)
    return REASONS.get(code) or ReasonSentence(
        f"Đơn vị nhận từ chối bản ghi với mã {code}; hỏi đơn vị nhận mã này nghĩa là gì.",
        f"The receiver refused the record with the code {code}; ask it what the code means.",
    )
