"""What a question says, and the sentence for each fault. All people are synthetic."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.answers.ministry import fields
from hub.answers.ministry.codes import MinistryRefusal

WHOLE = {"loaiBanSao": "KS", "cbsSoDDCN": "079190000001"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"cbsSoDDCN": "0791900000011"}, "cbsSoDDCN có độ dài vượt quá 12 ký tự"),
        ({"cbsSoDDCN": "07919000000"}, "cbsSoDDCN không hợp lệ, phải là 12 chữ số"),
        ({"loaiBanSao": "XX"}, "loaiBanSao không hợp lệ, phải là KS, KT, KH hoặc CMC"),
        ({"loaiBanSao": ""}, "loaiBanSao bắt buộc phải có"),
        ({"cbsQuocTich": "Việt"}, "cbsQuocTich có độ dài vượt quá 2 ký tự"),
        (
            {"cbsNgaySinh": {"ngaySinh": "31", "thangSinh": "2", "namSinh": "1990"}},
            "cbsNgaySinh không phải là ngày, phải là dd.MM.yyyy, MM.yyyy hoặc yyyy",
        ),
        ({"cbsNgaySinh": {"ngaySinh": "1", "namSinh": "1990"}}, "cbsNgaySinh có ngày nhưng không có tháng"),
        (
            {"ngayDangKyTruocDay": "2021/3/4"},
            "ngayDangKyTruocDay không phải là ngày, phải là dd.MM.yyyy, MM.yyyy hoặc yyyy",
        ),
        ({"khongCo": "x"}, "khongCo không có trong mô-đun BS"),
        ({"cbsHoTen": {"Ten": "\ud800"}}, "cbsHoTen.Ten có ký tự không hợp lệ"),
        ({"nycEmail": "a\0b"}, "nycEmail có ký tự không hợp lệ"),
    ],
)
def test_each_fault_by_its_field(data, sentence) -> None:
    with pytest.raises(MinistryRefusal) as refused:
        fields.read(json.dumps(WHOLE | data))
    assert "302" == refused.value.code
    assert sentence in [text for _, text in refused.value.faults]


def test_xml_and_json_say_the_same() -> None:
    data = WHOLE | {
        "cbsHoTen": {"Ho": "Trần", "ChuDem": "Thị Hoà", "Ten": "Lan"},
        "cbsNgaySinh": {"namSinh": 1990, "thangSinh": 5},
        "cbsNoiCuTru": {"quocGia": "VN", "maTinh": "79", "maXa": "26734", "dcChiTiet": "1 Lê Lợi"},
    }
    inside = "".join(
        f"<{k}>" + ("".join(f"<{p}>{x}</{p}>" for p, x in v.items()) if isinstance(v, dict) else v) + f"</{k}>"
        for k, v in data.items()
    )
    wanted = fields.read(json.dumps(data))
    assert wanted == fields.read(f"<hotich><hoso>{inside}</hoso></hotich>")
    assert ("Trần Thị Hoà Lan", "1990-05", "079190000001") == (
        wanted.subject.name,
        wanted.subject.born,
        wanted.subject.personal_id,
    )


def test_nine_digits_are_an_old_number() -> None:
    subject = fields.read(json.dumps({"loaiBanSao": "KS", "cbsSoGiayToTuyThan": "012345678"})).subject
    assert ("012345678", None) == (subject.old_id, subject.personal_id)


@pytest.mark.parametrize("day", ["9999", "12.9999", "31.12.9999", "0001", "01.01.0001"])
def test_the_ends_of_the_calendar_are_days(day) -> None:
    """The year after 9999 was looked for, which is none: the question was a fault of ours."""
    data = {
        "loaiBanSao": "KS",
        "soDangKyTruocDay": "1",
        "quyenSoDangKyTruocDay": "1",
        "noiDangKyTruocDay": "x",
        "ngayDangKyTruocDay": day,
    }
    assert fields.read(json.dumps(data)).subject.entry.registered == "-".join(reversed(day.split(".")))


def test_nobody_reported() -> None:
    with pytest.raises(MinistryRefusal, match="500"):
        fields.read(json.dumps({"loaiBanSao": "KS"}))


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "{",
        "[]",
        "<a/>",
        "<hotich/>",
        "<hotich><hoso><a><b><c>x</c></b></a></hoso></hotich>",
        '{"hoso": 1}',
        '{"a": {"b": {}}}',
        "<!DOCTYPE x [<!ENTITY e 'x'>]><hotich><hoso>&e;</hoso></hotich>",
        "<hotich><hoso>" + "<a/>" * 900 + "</hoso></hotich>",
        '{"loaiBanSao": true}',
        '{"loaiBanSao": "KS", "loaiBanSao": "KT", "cbsSoDDCN": "079190000001"}',
        '{"loaiBanSao": "KS", "cbsHoTen.Ten": "A", "cbsHoTen": {"Ten": "B"}, "cbsSoDDCN": "079190000001"}',
        '{"hoso": {"loaiBanSao": "KS", "cbsSoDDCN": "079190000001"}, "cbsSoDDCN": "079190000002"}',
    ],
)
def test_what_is_no_message(data) -> None:
    with pytest.raises(MinistryRefusal, match="302"):
        fields.read(data)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(n.split(".")[0] for n in fields.FIELDS)),
        st.text(max_size=30) | st.integers() | st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5)),
    )
)
def test_whatever_comes_is_a_question_or_a_refusal(data) -> None:
    with suppress(MinistryRefusal):
        assert fields.read(json.dumps(data)).subject.searchable
