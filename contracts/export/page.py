"""A contract as a page for people, in Vietnamese or English: Markdown, made of nothing but the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from contracts.model import Classification, Contract, Dataset, Effect, Field, Kind

Language = Literal["vi", "en"]

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "meaning": "What it says",
        "misleads": "Where it misleads",
        "owner": "Owner",
        "law": "Legal basis",
        "retention": "Retention",
        "version": "Version",
        "level": "Service level",
        "fields": "Fields",
        "rules": "Rules",
        "field": "Field",
        "title": "Vietnamese name",
        "kind": "Kind",
        "class": "Class",
        "required": "Required",
        "key": "Key",
        "codes": "Codes",
        "list": "list",
        "yes": "yes",
        "rule": "Rule",
        "effect": "Effect",
        "sentence": "What a clerk reads",
        "belongs": "Belongs to",
        "about": "What it is",
    },
    "vi": {
        "meaning": "Nội dung",
        "misleads": "Chỗ dễ hiểu nhầm",
        "owner": "Đơn vị chịu trách nhiệm",
        "law": "Căn cứ pháp lý",
        "retention": "Thời hạn lưu giữ",
        "version": "Phiên bản",
        "level": "Mức phục vụ",
        "fields": "Các trường",
        "rules": "Các quy tắc",
        "field": "Trường",
        "title": "Tên gọi",
        "kind": "Kiểu",
        "class": "Mức bảo vệ",
        "required": "Bắt buộc",
        "key": "Khóa",
        "codes": "Mã",
        "list": "danh mục",
        "yes": "có",
        "rule": "Quy tắc",
        "effect": "Hệ quả",
        "sentence": "Câu giải thích",
        "belongs": "Thuộc về",
        "about": "Mô tả",
    },
}
_KINDS: Mapping[Kind, str] = {
    Kind.TEXT: "chữ",
    Kind.INTEGER: "số nguyên",
    Kind.DECIMAL: "số thập phân",
    Kind.TIMESTAMP: "thời điểm",
    Kind.PARTIAL_DATE: "ngày, có thể thiếu",
}
_CLASSES: Mapping[Classification, str] = {
    Classification.NONE: "không",
    Classification.PERSONAL_BASIC: "cá nhân cơ bản",
    Classification.PERSONAL_SENSITIVE: "cá nhân nhạy cảm",
    Classification.RESTRICTED: "hạn chế",
}
_EFFECTS: Mapping[Effect, str] = {
    Effect.QUARANTINE: "cách ly",
    Effect.FINDING: "cảnh báo",
    Effect.HOLD: "giữ cả lô",
}
_PROMISES: Mapping[str, str] = {
    "latency": "độ trễ",
    "frequency": "chu kỳ",
    "retention": "lưu giữ",
    "completeness": "mức đầy đủ",
    "calendar": "lịch",
    "case_days": "số ngày xử lý ca lỗi",
}


def page(contract: Contract, language: Language) -> str:
    """The page. Titles and sentences are Vietnamese in both languages, meanings are English in both: as they are written."""
    return "\n".join(_lines(contract, language)).rstrip() + "\n"


def _lines(contract: Contract, language: Language) -> Iterator[str]:
    say = _WORDS[language]
    yield f"# {contract.title}"
    yield ""
    yield f"`{contract.name}`, {say['version'].lower()} {contract.version}"
    for word, text in (
        ("meaning", contract.meaning),
        ("misleads", contract.misleads),
        ("owner", contract.owner),
        ("law", contract.legal_basis),
        ("retention", contract.retention),
    ):
        yield from ("", f"**{say[word]}.** {' '.join(text.split())}")
    yield from ("", f"**{say['level']}**", "")
    for promise, said in contract.service_level.items():
        yield f"* {_PROMISES.get(promise, promise) if language == 'vi' else promise}: {said}"
    for dataset in contract.datasets:
        yield from _dataset(dataset, language)


def _dataset(dataset: Dataset, language: Language) -> Iterator[str]:
    say = _WORDS[language]
    yield from (
        "",
        f"## {dataset.title} (`{dataset.name}`)",
        "",
        f"{say['about']}: {' '.join(dataset.meaning.split())}",
    )
    if dataset.parent:
        yield from ("", f"{say['belongs']}: `{dataset.parent}`")
    yield from ("", f"### {say['fields']}: {dataset.title}", "")
    heads = ["field", "title", "kind", "class", "required", "key", "codes", "about"]
    yield _row([say[each] for each in heads])
    yield _row(["---"] * len(heads))
    for field in dataset.fields:
        yield _row(_field(field, language))
    yield from ("", f"### {say['rules']}: {dataset.title}", "")
    yield _row([say[each] for each in ("rule", "effect", "sentence")])
    yield _row(["---"] * 3)
    for rule in dataset.rules:
        effect = _EFFECTS[rule.effect] if language == "vi" else str(rule.effect)
        yield _row([f"`{rule.id}`", effect, rule.sentence])
    for budget in dataset.budgets:
        yield _row([f"`{budget.id}`", _EFFECTS[Effect.HOLD] if language == "vi" else "hold", budget.sentence])


def _field(field: Field, language: Language) -> list[str]:
    say = _WORDS[language]
    codes = "; ".join(f"{code.value} {code.label}".strip() for code in field.codes)
    return [
        f"`{field.name}`",
        field.title,
        _KINDS[field.kind] if language == "vi" else str(field.kind),
        _CLASSES[field.classification] if language == "vi" else str(field.classification),
        say["yes"] if field.required else "",
        str(field.key_position or ""),
        codes or (f"{say['list']} {field.code_list}" if field.code_list else ""),
        field.meaning,
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"
