"""Phrases that must turn a held row into one that is asked for, and ways of typing that must change nothing.

variants("Bản sao Giấy khai sinh")   -> (kind, text) ...   each kind of the issue's errors: exception, companion ...
retyped("Bản sao Giấy khai sinh")    -> (kind, text) ...   without marks, other tones, bullets, labels, line ends
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from hub.requirements.words import fold

AFTER = {
    "exception": (
        " (không phải nộp)",
        ", trừ trường hợp đã nộp",
        " trừ căn cước công dân",
        " (trừ bản sao)",
        ", ngoại trừ người chưa thành niên",
        " không bắt buộc nộp",
        ", không bao gồm bản điện tử",
        " (không áp dụng đối với cá nhân)",
        ", được miễn nộp nếu có văn bản",
    ),
    "companion": (
        " và sổ tiêm chủng",
        " & Hợp đồng thuê nhà",
        " kèm theo đơn đề nghị",
        ", đồng thời nộp giấy xác nhận của nhà trường",
        "; giấy khám sức khỏe",
        ". Ngoài ra phải nộp biên bản họp",
        ", giấy ủy quyền",
        " cùng với quyết định bổ nhiệm",
        " + 02 ảnh 4x6",
        "\n- Hợp đồng lao động",
        ". Giấy phép lái xe và giấy đăng kiểm",
        " và các giấy tờ liên quan",
        ", bản dịch công chứng",
    ),
    "issuer abroad": (
        " do nước ngoài cấp",
        " do cơ quan có thẩm quyền của Hoa Kỳ cấp",
        " do Đại sứ quán cấp",
        " do nước mà người đó mang quốc tịch cấp",
        " đã được hợp pháp hóa lãnh sự",
        " cấp tại Trung Quốc",
    ),
    "state": (
        " bị hư hỏng",
        " đã bị mất",
        " cũ",
        " đã hết hạn",
        " được cấp trước đây để thu hồi",
        " (nộp lại bản chính)",
        " có sai sót",
        " bị rách, nát",
    ),
    "second person": (
        " của từng thành viên",
        " của tất cả thành viên",
        " của các cổ đông sáng lập",
        " của người đại diện và đội ngũ quản lý",
        " của mỗi người trong hộ",
        " của hành khách, thuyền viên",
        " của người nước ngoài",
    ),
    "unknown words": (" tại Kho bạc Nhà nước", " kiểu mới có gắn chip xanh", " số 2 theo mẫu lạ"),
}
BEFORE = {
    "exception": ("Không phải nộp ", "Trừ trường hợp có "),
    "companion": ("Đơn đề nghị và ", "Văn bản hoặc quyết định bổ nhiệm và "),
    "second person": ("Đối với hành khách: ", "Đối với các thành viên: "),
    "form": ("Tờ khai kèm ", "Đơn xin cấp "),
}


def variants(text: str) -> Iterator[tuple[str, str]]:
    """The text with something added that must not be read over."""
    whole = text.rstrip(" .;,:")
    for kind, phrases in AFTER.items():
        for phrase in phrases:
            yield kind, f"{whole}{phrase}"
    for kind, phrases in BEFORE.items():
        for phrase in phrases:
            yield kind, f"{phrase}{whole[0].lower()}{whole[1:]}"


def retyped(text: str) -> Iterator[tuple[str, str]]:
    """The same text as Word, PDF and people type it."""
    yield "capitals", text.upper()
    yield "decomposed", unicodedata.normalize("NFD", text)
    yield "other tone placement", _other_tones(unicodedata.normalize("NFC", text))
    for bullet in ("- ", "+ ", "• ", "1. ", "a) ", "(2) ", "2.1. ", "Thành phần hồ sơ 3: "):
        yield "bullet or label", f"{bullet}{text}"
    yield "spaces and hidden signs", f"  {text.replace(' ', '  ')}\u200b "


def unmarked(text: str) -> str:
    """The text without marks."""
    return fold(unicodedata.normalize("NFC", text).lower())


def _other_tones(text: str) -> str:
    pairs = {"òa": "oà", "óa": "oá", "ỏa": "oả", "ọa": "oạ", "ùy": "uỳ", "úy": "uý", "ủy": "uỷ", "ụy": "uỵ"}
    for old, new in pairs.items():
        text = text.replace(old, new)
    return text
