"""Words of the table of requirements in Vietnamese: for English they stay as they stand in `requirements.csv`."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "applicant": "người nộp hồ sơ",
    "child": "trẻ em",
    "mother": "mẹ",
    "father": "cha",
    "spouse": "vợ hoặc chồng",
    "deceased": "người chết",
    "owner": "chủ sở hữu",
    "representative": "người đại diện",
    "member": "từng thành viên",
    "organisation": "tổ chức",
    "other": "khác",
    "reuse": "dùng lại",
    "confirm": "cần xác nhận",
    "ask": "phải hỏi người dân",
    "population": "cơ sở dữ liệu dân cư",
    "register:birth": "sổ khai sinh",
    "register:death": "sổ khai tử",
    "register:marriage": "sổ kết hôn",
    "register:recognition": "sổ nhận cha, mẹ, con",
    "none": "không",
}
"""A value of a column -> how a jurist says it."""

PARTS: Mapping[str, str] = {
    "paper": "giấy tờ",
    "other paper": "giấy tờ khác",
    "join": "nối",
    "qualifier": "bổ nghĩa",
    "look-up": "tra cứu trước",
    "copy": "bản",
    "person": "người",
    "one of": "một trong",
    "condition": "điều kiện",
    "verb": "động từ",
}
"""A part of a demanded paper, as the grammar names it."""


def word(value: str, *, vietnamese: bool) -> str:
    """One value; what is in no list, a result's code for one, stays as it is."""
    return WORDS.get(value, value) if vietnamese else value


def derivation(text: str, *, vietnamese: bool) -> str:
    """The words that decided, `part: words | part: words`, with the parts in the reader's language."""
    if not vietnamese:
        return text
    pieces = [each.partition(": ") for each in text.split(" | ")]
    return " | ".join(f"{PARTS.get(part, part)}{colon}{rest}" for part, colon, rest in pieces)
