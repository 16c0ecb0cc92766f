"""Names, dates and addresses in parts become the texts of the books, and nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.systems._moj_structured import Composer, UnitNames, WrongShape, read_units
from contracts.errors import DeploymentInvalid

UNITS = UnitNames(
    {
        "26740": (("2021-01-01", "2025-06-30", "Phường Bến Nghé"), ("2025-07-01", "", "Phường Sài Gòn")),
        "760": (("2021-01-01", "2025-06-30", "Quận 1"),),
        "79": (("2021-01-01", "", "Thành phố Hồ Chí Minh"),),
    }
)
NO_UNITS = Composer(UnitNames({}), None)


def composer(year: int = 2022) -> Composer:
    return Composer(UNITS, datetime(year, 8, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Ho": "Nguyễn", "ChuDem": "Thị Minh", "Ten": "Khai"}, "Nguyễn Thị Minh Khai"),
        ({"Ho": "Trần", "ChuDem": None, "Ten": "An"}, "Trần An"),
        ({"Ten": "MARIA"}, "MARIA"),
        ("Nguyễn  Văn An", "Nguyễn  Văn An"),
        ({}, None),
        (None, None),
    ],
)
def test_names(value: object, text: str | None) -> None:
    """Surname, middle and given name with single spaces; a text is taken as it is."""
    assert composer()("name", "nksHoTen", value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"ngaySinh": "2", "thangSinh": "06", "namSinh": "2022"}, "02.06.2022"),
        ({"ngay": 2, "thang": 6, "nam": 2022}, "02.06.2022"),
        ({"thang": 6, "nam": 2022}, "06.2022"),
        ({"nam": 2022}, "2022"),
        ({"ngay": 31, "thang": 2, "nam": 1999}, "31.02.1999"),
        ({"ngay": 2, "nam": 2022}, "02..2022"),
        ({"ngay": 2, "thang": 6}, "02.06."),
        ("36 526", "36 526"),
    ],
)
def test_dates(value: object, text: str) -> None:
    """Lawful partial dates stay partial. A day without its month keeps the gap: as `02.2022` it would be read as February."""
    assert composer()("date", "nksNgaySinh", value) == text


def test_a_code_is_what_it_meant_on_the_records_day() -> None:
    """Codes were reused on 2025-07-01: without the day, a home would move to another ward."""
    address = {"dcChiTiet": "12 Lê Lợi", "maXa": "26740", "maHuyen": "760", "maTinh": "79", "quocGia": "VN"}

    assert "12 Lê Lợi, Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh" == composer(2022)(
        "address", "meNoiCuTru", address
    )
    assert "12 Lê Lợi, Phường Sài Gòn, Thành phố Hồ Chí Minh" == composer(2026)(
        "address", "meNoiCuTru", {k: v for k, v in address.items() if k != "maHuyen"}
    )


def test_a_code_that_is_no_unit_stays_a_code() -> None:
    """No name is better than a wrong one; so it is for a record without a readable time."""
    assert "5 Âu Cơ, 99999, 760" == composer(2026)(
        "address", "meNoiCuTru", {"dcChiTiet": "5 Âu Cơ", "maXa": "99999", "maHuyen": "760"}
    )
    assert "26740" == Composer(UNITS, None)("address", "meNoiCuTru", {"maXa": "26740"})
    assert "Seoul, KR" == composer()("address", "meNoiCuTru", {"dcChiTiet": "Seoul", "quocGia": "KR"})


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        ("name", 5),
        ("name", ["Nguyễn"]),
        ("name", {"Ho": "Bí Mật", "TenKhac": "x"}),
        ("name", {"Ho": ["Bí Mật"]}),
        ("name", {"Ho": True}),
        ("date", {"ngaySinh": 1, "nam": 2000}),
        ("date", 2022),
        ("number", {"Bí Mật": 1}),
        ("number", True),
        ("number", 1.5),
        ("address", [1]),
    ],
)
def test_another_shape_is_refused_without_its_value(shape: str, value: object) -> None:
    """A part that is not read would be lost; the message names the field, and nothing that it holds."""
    with pytest.raises(WrongShape, match="nksHoTen") as raised:
        composer()(shape, "nksHoTen", value)

    assert "Bí Mật" not in f"{raised.value!r}"


@given(st.lists(st.text("abđ", min_size=1), min_size=3, max_size=6))
def test_splitting_a_name_loses_nothing(words: list[str]) -> None:
    """However a name is cut into three, its words come back in their order."""
    parts = {"Ho": words[0], "ChuDem": " ".join(words[1:-1]), "Ten": words[-1]}

    assert NO_UNITS("name", "nksHoTen", parts) == " ".join(words)


def test_units_need_their_days(tmp_path: Path) -> None:
    """A list without days would join codes across reforms."""
    path = tmp_path / "units.csv"
    path.write_text("code,name\n79,Thành phố Hồ Chí Minh\n", encoding="utf-8")

    with pytest.raises(DeploymentInvalid, match="valid_from, valid_to"):
        read_units(path)
