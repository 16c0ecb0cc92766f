"""A small contract for the crash suite: a file, some of them faulty, and its papers, replaced as a set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from contracts.model import Classification, Code, Contract, Dataset, Effect, Field, Kind, Rule


def _field(name: str, column: str, **more: object) -> Field:
    given: dict[str, object] = {
        "title": name,
        "meaning": name,
        "kind": Kind.TEXT,
        "classification": Classification.NONE,
    } | more
    return Field(name=name, column=column, **given)  # type: ignore[arg-type]


def _rule(id: str, kind: str, field: str, **arguments: object) -> Rule:
    return Rule(id, kind, (field,), "Câu giải thích.", Effect.QUARANTINE, arguments)


_KEY = _field("MaHoSo", "ma_ho_so", required=True, key_position=1)
_TIME = _field("NgayCapNhat", "ngay_cap_nhat", kind=Kind.TIMESTAMP, required=True, transport=True)

PAPER = Dataset(
    "paper",
    "paper",
    "Hồ sơ",
    "A file.",
    fields=(
        _KEY,
        _TIME,
        _field("NoiDung", "noi_dung"),
        _field("TrangThai", "trang_thai", codes=(Code("1", "Mới"), Code("2", "Xong"))),
    ),
    rules=(
        _rule("MaHoSo.required", "required", "MaHoSo"),
        _rule("NgayCapNhat.timestamp", "timestamp", "NgayCapNhat"),
        _rule("TrangThai.code", "code", "TrangThai", codes=["1", "2"]),
    ),
    version_field="NgayCapNhat",
)
PART = Dataset(
    "paper_part",
    "paper_part",
    "Thành phần",
    "A part of a file.",
    fields=(_KEY, _field("Ten", "ten", required=True, key_position=2), _TIME, _field("Gia", "gia", kind=Kind.INTEGER)),
    rules=(_rule("Gia.integer", "integer", "Gia"),),
    version_field="NgayCapNhat",
    parent="paper",
    parent_key=("MaHoSo",),
)
CONTRACT = Contract(
    "urn:test:paper",
    "paper",
    "1.0.0",
    "Hồ sơ",
    "Files.",
    "Nowhere.",
    "nobody",
    "none",
    "P1Y",
    {},
    (PAPER, PART),
    Path("paper.odcs.yaml"),
)
LONE = replace(CONTRACT, datasets=(PAPER,))
"""The same without papers: files that own nothing are recognised when they come again, and go past the stage when they are new."""
STREAM = "test.paper"
