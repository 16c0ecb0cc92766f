"""The picture of the path, in both languages: `python -m docs.path` writes docs/assets/path.svg and path.vi.svg.

Legible on light and dark pages: the picture stands on a ground of its own and follows the reader's colour scheme.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

ASSETS = Path(__file__).resolve().parent / "assets"

WIDTH, HEIGHT = 960, 404
STYLE = """
svg{font-family:system-ui,'Segoe UI','Noto Sans',Arial,sans-serif}
.ground{fill:#fbfcfe}.box{fill:#e8eef8;stroke:#5b7bb2}.one{fill:none;stroke:#5b7bb2;stroke-dasharray:5 4}
.out{fill:#e5f3ea;stroke:#4d9468}.bad{fill:#fbecdf;stroke:#b97b3f}
.name{fill:#16233b;font-size:15px;font-weight:600}.note{fill:#43516b;font-size:12px}
.arrow{stroke:#5a6780;stroke-width:1.6;fill:none;marker-end:url(#tip)}.tip{fill:#5a6780}
@media (prefers-color-scheme:dark){
.ground{fill:#161b24}.box{fill:#22304a;stroke:#7f9fd8}.one{stroke:#7f9fd8}
.out{fill:#1d3a2a;stroke:#6dbb8a}.bad{fill:#432e1c;stroke:#d79a5b}
.name{fill:#eef3fb}.note{fill:#b9c4d8}.arrow{stroke:#a5b1c6}.tip{fill:#a5b1c6}}
""".strip().replace("\n", "")

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "The path of a record, from a system to the answer that an agency gets",
        "systems": "Systems",
        "systems.1": "22 one-stop systems, portals,",
        "systems.2": "civil registry, digitised books",
        "landing": "Landing",
        "landing.1": "bytes as received,",
        "landing.2": "complete, encrypted",
        "validate": "Validate",
        "validate.1": "each record against",
        "validate.2": "its contract",
        "merge": "Merge",
        "merge.1": "one transaction:",
        "merge.2": "whole or not at all",
        "warehouse": "Warehouse",
        "warehouse.1": "rows, history,",
        "warehouse.2": "ledger",
        "cases": "Cases",
        "cases.1": "quarantined records, each broken",
        "cases.2": "rule in a sentence, with an owner",
        "held": "Held batch",
        "held.1": "suspicious as a whole:",
        "held.2": "a person decides",
        "question": "An agency asks",
        "question.1": "before it demands a paper:",
        "question.2": "purpose, law, dossier",
        "grant": "Access",
        "grant.1": "requested, granted, needed;",
        "grant.2": "noted before it is answered",
        "decision": "Reuse, confirm or ask",
        "decision.1": "every condition",
        "decision.2": "with its value",
        "airflow": "Airflow or hub sync",
    },
    "vi": {
        "title": "Đường đi của một bản ghi, từ hệ thống nguồn đến câu trả lời cho cơ quan",
        "systems": "Hệ thống nguồn",
        "systems.1": "22 hệ thống một cửa, cổng DVC,",
        "systems.2": "hộ tịch, sổ đã số hóa",
        "landing": "Tiếp nhận",
        "landing.1": "nguyên từng byte,",
        "landing.2": "đủ trang, có mã hóa",
        "validate": "Kiểm tra",
        "validate.1": "từng bản ghi theo",
        "validate.2": "hợp đồng dữ liệu",
        "merge": "Hợp nhất",
        "merge.1": "một giao dịch:",
        "merge.2": "đủ cả lô hoặc không gì",
        "warehouse": "Kho dùng chung",
        "warehouse.1": "dữ liệu, lịch sử,",
        "warehouse.2": "sổ cái",
        "cases": "Bản ghi lỗi",
        "cases.1": "được cách ly; mỗi lỗi một câu",
        "cases.2": "tiếng Việt, có đơn vị phụ trách",
        "held": "Lô bị giữ",
        "held.1": "bất thường cả lô:",
        "held.2": "người có tên quyết định",
        "question": "Cơ quan hỏi",
        "question.1": "trước khi yêu cầu nộp giấy tờ:",
        "question.2": "mục đích, căn cứ, hồ sơ",
        "grant": "Kiểm soát truy cập",
        "grant.1": "được hỏi, được cấp, cần dùng;",
        "grant.2": "ghi nhật ký rồi mới trả lời",
        "decision": "Dùng lại, đối chiếu hay yêu cầu nộp",
        "decision.1": "nêu rõ từng điều kiện",
        "decision.2": "và giá trị của điều kiện đó",
        "airflow": "Airflow hoặc hub sync",
    },
}

# name, left, top, width, class
BOXES = (
    ("systems", 20, 60, 192, "box"),
    ("landing", 256, 60, 152, "box"),
    ("validate", 440, 60, 152, "box"),
    ("merge", 624, 60, 152, "box"),
    ("warehouse", 808, 60, 132, "box"),
    ("cases", 356, 178, 236, "bad"),
    ("held", 624, 178, 152, "bad"),
    ("question", 20, 300, 192, "out"),
    ("grant", 256, 300, 196, "out"),
    ("decision", 624, 300, 316, "out"),
)
BOX_HEIGHT = 76
ARROWS = (
    "M212 98H254",
    "M408 98H438",
    "M592 98H622",
    "M776 98H806",
    "M516 136V176",
    "M700 136V176",
    "M212 338H254",
    "M452 338H622",
    "M874 136V298",
)


def drawing(language: str) -> str:
    """The SVG in one language: loading above, answering below, what needs a person between them."""
    words = WORDS[language]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words["title"])}">',
            f"<title>{escape(words['title'])}</title><style>{STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path class="tip" d="M0 0L8 4L0 8Z"/></marker></defs>',
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="10"/>',
            '<rect class="one" x="240" y="34" width="552" height="236" rx="10"/>',
            f'<text class="note" x="256" y="26">{escape(words["airflow"])}</text>',
            *(f'<path class="arrow" d="{way}"/>' for way in ARROWS),
            *(part for box in BOXES for part in _box(words, *box)),
            "</svg>",
            "",
        ]
    )


def pictures() -> dict[Path, str]:
    """What each picture's file must hold."""
    return {ASSETS / name: drawing(language) for language, name in (("en", "path.svg"), ("vi", "path.vi.svg"))}


def _box(words: dict[str, str], name: str, left: int, top: int, width: int, kind: str) -> Iterator[str]:
    middle = left + width / 2
    yield f'<rect class="{kind}" x="{left}" y="{top}" width="{width}" height="{BOX_HEIGHT}" rx="8"/>'
    for key, style, down in ((name, "name", 25), (f"{name}.1", "note", 46), (f"{name}.2", "note", 62)):
        yield f'<text class="{style}" x="{middle:g}" y="{top + down}" text-anchor="middle">{escape(words[key])}</text>'


if __name__ == "__main__":
    for file, text in pictures().items():
        file.write_text(text, encoding="utf-8")
