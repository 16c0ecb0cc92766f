"""The rules that follow from how a field is declared, each with its Vietnamese sentence.

    required: true          nksHoTen.required         maxLength: 200     nksHoTen.max_length
    enum: [...]             nksGioiTinh.code          pattern: ...       SoDinhDanh.pattern
    codeList: units         noiDangKy.code_list       minimum, maximum   Gia.range
    logicalType: integer, number, timestamp; format: partial-date        ngayDangKy.partial_date

A derived rule quarantines: a value that breaks it is wrong in itself. A rule that the contract
states under the id of a derived one takes its place (another sentence, effect or arguments).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from contracts.model import Effect, Field, Kind, Rule

LIST_TITLES = {
    "agencies": "cơ quan",
    "countries": "quốc gia và quốc tịch",
    "ethnic_groups": "dân tộc",
    "legal_bases": "căn cứ pháp lý",
    "procedures": "thủ tục hành chính",
    "provinces": "tỉnh, thành phố",
    "units": "đơn vị hành chính",
}
"""What a clerk calls the reference lists."""

_READABLE = {
    Kind.INTEGER: "phải là số nguyên, chỉ viết bằng chữ số.",
    Kind.DECIMAL: "phải là số, dùng dấu chấm cho phần thập phân và không có dấu ngăn cách hàng nghìn.",
    Kind.TIMESTAMP: "phải là ngày giờ có thật trong lịch, ghi đủ năm, tháng, ngày, giờ, phút, giây.",
    Kind.PARTIAL_DATE: "phải là ngày có thật trong lịch; được phép chỉ ghi năm, hoặc chỉ ghi tháng và năm.",
}


def field_rules(field: Field) -> Iterator[Rule]:
    """The rules that a field's own declaration implies, in a fixed order."""

    def rule(kind: str, sentence: str, **arguments: Any) -> Rule:
        return Rule(
            f"{field.name}.{kind}", kind, (field.name,), f"«{field.title}» {sentence}", Effect.QUARANTINE, arguments
        )

    if field.required:
        yield rule("required", "không được để trống.")
    if field.kind is not Kind.TEXT:
        yield rule(field.kind.replace(" ", "_"), _READABLE[field.kind])
    if field.max_length is not None:
        yield rule("max_length", f"không được dài quá {field.max_length} ký tự.", length=field.max_length)
    if field.pattern is not None:
        digits = re.fullmatch(r"\[0-9\]\{([0-9]+)\}", field.pattern)
        yield rule(
            "pattern",
            f"phải gồm đúng {digits[1]} chữ số." if digits else "phải viết đúng mẫu quy định.",
            pattern=field.pattern,
        )
    if field.codes:
        yield rule(
            "code",
            f"chỉ nhận một trong các giá trị: {_spoken(field)}.",
            codes=tuple(code.value for code in field.codes),
        )
    if field.code_list is not None:
        title = LIST_TITLES.get(field.code_list, field.code_list)
        yield rule("code_list", f"phải là mã có trong danh mục {title}.", list=field.code_list)
    if field.minimum is not None or field.maximum is not None:
        ends = {"minimum": field.minimum, "maximum": field.maximum}
        yield rule(
            "range", f"phải {_bounds(field)}.", **{end: value for end, value in ends.items() if value is not None}
        )


def control_character_rules(dataset: str, fields: Iterable[Field]) -> Iterator[Rule]:
    """One rule over the free texts of a dataset, and one over those that rest encrypted (they have no SQL form)."""
    texts = [f for f in fields if f.kind is Kind.TEXT and not f.codes and f.code_list is None and f.pattern is None]
    for suffix, chosen in (
        ("", [f for f in texts if not f.classification.encrypted]),
        ("-sealed", [f for f in texts if f.classification.encrypted]),
    ):
        if chosen:
            which = "Các ô chữ được mã hóa" if suffix else "Các ô chữ"
            yield Rule(
                f"{dataset}.no-control-characters{suffix}",
                "no_control_characters",
                tuple(f.name for f in chosen),
                f"{which} không được chứa ký tự ẩn (thường do chuyển sai bảng mã tiếng Việt).",
                Effect.QUARANTINE,
                {},
            )


def _spoken(field: Field) -> str:
    return ", ".join(
        code.value if code.label in ("", code.value) else f"{code.value} ({code.label})" for code in field.codes
    )


def _bounds(field: Field) -> str:
    words = []
    if field.minimum is not None:
        words.append(f"từ {field.minimum:g}")
    if field.maximum is not None:
        words.append(f"đến {field.maximum:g}" if words else f"không quá {field.maximum:g}")
    return " ".join(words) + ("" if field.maximum is not None else " trở lên")
