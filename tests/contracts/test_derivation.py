"""From a field's declaration to its rules; from its name to its column."""

from __future__ import annotations

import pytest

from contracts.from_odcs.derive import control_character_rules, field_rules
from contracts.model import Classification, Code, Effect, Field, Kind
from contracts.naming import column_of


def field(
    name: str = "tenSach", kind: Kind = Kind.TEXT, classification: Classification = Classification.NONE, **more: object
) -> Field:
    return Field(name, column_of(name), "Tên sách", "Name of the book.", kind, classification, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("nksHoTen", "nks_ho_ten"),
        ("MaHoSo", "ma_ho_so"),
        ("MaTTHC", "ma_tthc"),
        ("DSKetNoiCSDL", "ds_ket_noi_csdl"),
        ("nksNoiSinhDVHC", "nks_noi_sinh_dvhc"),
        ("nksSoDDCN", "nks_so_ddcn"),
        ("DinhDanhCHS_CCCD", "dinh_danh_chs_cccd"),
        ("nycQHNguoiDuocNhan", "nyc_qh_nguoi_duoc_nhan"),
        ("TaiKhoanDuocXacThucVoiVNeID", "tai_khoan_duoc_xac_thuc_voi_vneid"),
        ("IsDeleted", "is_deleted"),
        ("id", "id"),
        ("valid_from", "valid_from"),
        ("alpha_2", "alpha_2"),
        ("cqNuocNgoaiDaDangKy", "cq_nuoc_ngoai_da_dang_ky"),
    ],
)
def test_column_of(name, column):
    """Humps become underscores, abbreviations stay together."""
    assert column == column_of(name)


@pytest.mark.parametrize(
    ("declared", "rules"),
    [
        (field(), []),
        (field(required=True), [("tenSach.required", "required", {})]),
        (field(max_length=10), [("tenSach.max_length", "max_length", {"length": 10})]),
        (field(pattern="[0-9]{4}"), [("tenSach.pattern", "pattern", {"pattern": "[0-9]{4}"})]),
        (field(codes=(Code("1", "Nam"),)), [("tenSach.code", "code", {"codes": ("1",)})]),
        (field(code_list="units"), [("tenSach.code_list", "code_list", {"list": "units"})]),
        (field(kind=Kind.TIMESTAMP), [("tenSach.timestamp", "timestamp", {})]),
        (field(kind=Kind.PARTIAL_DATE), [("tenSach.partial_date", "partial_date", {})]),
        (
            field(kind=Kind.INTEGER, minimum=1),
            [("tenSach.integer", "integer", {}), ("tenSach.range", "range", {"minimum": 1})],
        ),
        (
            field(kind=Kind.DECIMAL, required=True, minimum=0, maximum=9),
            [
                ("tenSach.required", "required", {}),
                ("tenSach.decimal", "decimal", {}),
                ("tenSach.range", "range", {"minimum": 0, "maximum": 9}),
            ],
        ),
    ],
)
def test_field_rules(declared, rules):
    """Each part of a declaration is one rule that quarantines, told with the field's Vietnamese title."""
    derived = list(field_rules(declared))

    assert rules == [(rule.id, rule.kind, rule.arguments) for rule in derived]
    assert all(
        rule.effect is Effect.QUARANTINE and rule.fields == ("tenSach",) and "«Tên sách»" in rule.sentence
        for rule in derived
    )


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        (field(required=True), "«Tên sách» không được để trống."),
        (field(pattern="[0-9]{12}"), "«Tên sách» phải gồm đúng 12 chữ số."),
        (
            field(codes=(Code("1", "Nam"), Code("đã ly hôn", ""))),
            "«Tên sách» chỉ nhận một trong các giá trị: 1 (Nam), đã ly hôn.",
        ),
        (field(code_list="units"), "«Tên sách» phải là mã có trong danh mục đơn vị hành chính."),
    ],
)
def test_sentences(declared, sentence):
    """The sentence is one that a ward clerk understands."""
    assert [sentence] == [rule.sentence for rule in field_rules(declared)]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0, None, "phải từ 0 trở lên."), (None, 9, "phải không quá 9."), (1, 9, "phải từ 1 đến 9.")],
)
def test_range_sentences(low, high, words):
    """A range is told with the ends it has."""
    rule = list(field_rules(field(kind=Kind.INTEGER, minimum=low, maximum=high)))[-1]

    assert f"«Tên sách» {words}" == rule.sentence


def test_control_characters_are_looked_for_in_free_text():
    """One rule over plain free texts and one over encrypted ones; coded, patterned and dated fields are held by their own rules."""
    fields = [
        field("a"),
        field("b", classification=Classification.PERSONAL_SENSITIVE),
        field("c", pattern="[0-9]"),
        field("d", codes=(Code("1", ""),)),
        field("e", kind=Kind.PARTIAL_DATE),
        field("f", code_list="units"),
        field("g", classification=Classification.PERSONAL_BASIC),
    ]

    rules = list(control_character_rules("books", fields))

    assert [("books.no-control-characters", ("a", "g")), ("books.no-control-characters-sealed", ("b",))] == [
        (r.id, r.fields) for r in rules
    ]
