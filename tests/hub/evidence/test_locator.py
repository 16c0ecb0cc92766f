"""From what is known of a person to the entries about them. All people are synthetic."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from hub.core.partial_dates import dates_agree
from hub.core.places import Same, same_place
from hub.evidence.indexes import build, wanted
from hub.evidence.people import Entry, NotAPerson, Subject
from hub.evidence.registers import plain_result_code, registers_of
from quality.values.vietnamese import plain_comparison_key, recall_key
from tests.hub.registers import LAN, NOW


def test_every_name_stands_in_the_contracts(contracts) -> None:
    for register in registers_of(contracts).values():
        known = register.in_contract(contracts).by_name
        for role in register.roles:
            assert known[role.number].identity
            assert {role.full_name, role.born} <= set(known)
        assert {*register.parents, *register.ended, *register.sources.values()} <= set(known)


def test_a_number_finds_the_entry_for_certain(put, look) -> None:
    put("birth", "1", **LAN)
    [found] = look().find("register:birth", Subject(personal_id="079190000001", name="TRẦN THỊ HÒA LAN", born="1990"))
    assert (found.certain, found.by, found.evidence.record) == (True, "personal id", "birth/moj-registry/1")


def test_a_number_with_another_name_is_never_certain(put, look) -> None:
    """A wrongly typed number must not hand over somebody else's record."""
    put("birth", "1", **LAN)
    [found] = look().find(
        "register:birth", Subject(personal_id="079190000001", name="Nguyễn Văn Sáu", born="1991-01-01")
    )
    assert not found.certain
    assert found.differs == ("hoTen", "ngaySinh")


def test_no_person_is_printed(put, look) -> None:
    put("birth", "1", **LAN)
    subject = Subject(personal_id="079190000001", name="Trần Thị Hoà Lan")
    [found] = look().find("register:birth", subject)
    assert not {part for part in ("079190000001", "Lan", "1990-05-12", "Thuý") if part in repr(found) + repr(subject)}


def test_book_and_number_are_certain_when_one_entry_remains(put, look) -> None:
    """The code 26737 was Phường Đa Kao on that day: asked for by that name it is found, under today's name of the code it is not."""
    put("birth", "1", **LAN)
    put("birth", "2", **LAN | {"noiDangKy": "26740", "nksHoTen": "Phan Văn Tám", "nksSoDDCN": None})
    entry = Entry("12", "01/2021", "Phường Đa Kao", "2021-03-04")
    [found] = look().find("register:birth", Subject(entry=entry))
    assert found.certain
    assert found.evidence.key == "1"
    assert look().find("register:birth", Subject(entry=Entry("12", "01/2021", "Phường Tân Định", "2021-03-04"))) == ()


OF_LAN = Subject(entry=Entry("12", "01/2021", "Phường Đa Kao", "2021-03-04"))


def test_every_office_has_a_number_12_in_a_book_1(put, look) -> None:
    """More of them than a person can look through: the one at the place that was named is found for all that."""
    for office in range(30):
        put("birth", f"0{office:02}", **LAN | {"noiDangKy": "26740", "nksSoDDCN": None})
    put("birth", "1", **LAN)
    [found] = look().find("register:birth", OF_LAN)
    assert found.certain
    assert found.evidence.key == "1"


@pytest.mark.parametrize(
    ("day", "certain"), [("2021-06-01", [True]), ("2021-03-04", [False, False]), ("2021", [False, False])]
)
def test_an_entry_of_another_day_at_a_place_that_nobody_knows_is_another_one(
    put, look, day: str, certain: list[bool]
) -> None:
    """A wrongly typed code of place cannot be compared; on the very day it might be the entry that is meant."""
    put("birth", "1", **LAN)
    put("birth", "2", **LAN | {"noiDangKy": "99999", "ngayDangKy": day, "nksSoDDCN": None})
    assert certain == [each.certain for each in look().find("register:birth", OF_LAN)]


def test_before_the_lists_begin_the_day_says_entries_apart(put, look) -> None:
    """Which place it was is not known then: possible, with what could not be compared. Where no day agrees, all are near."""
    for key, day in (("1", "1995-03-04"), ("2", "1995-05-06"), ("3", "1995-07-08")):
        put("birth", key, **LAN | {"quyenSo": "01/1995", "ngayDangKy": day})
    asked = lambda day: look().find("register:birth", Subject(entry=Entry("12", "01/1995", "Phường Đa Kao", day)))  # noqa: E731
    assert [("2", False, ("noiDangKy",))] == [
        (each.evidence.key, each.certain, each.differs) for each in asked("1995-05-06")
    ]
    assert (
        ["1", "2", "3"]
        == [each.evidence.key for each in asked("1995-09-09")]
        == [each.evidence.key for each in asked(None)]
    )


def test_two_entries_of_one_number_are_never_certain(put, look) -> None:
    put("birth", "1", **LAN)
    put("birth", "2", **LAN | {"nksHoTen": "Phan Văn Tám", "nksSoDDCN": None})
    found = look().find("register:birth", Subject(entry=Entry("12", "01/2021", "26737", "2021-03-04")))
    assert [each.certain for each in found] == [False, False]
    [named] = look().find(
        "register:birth", Subject(name="Phan Văn Tám", entry=Entry("12", "01/2021", "26737", "2021-03-04"))
    )
    assert named.evidence.key == "2"
    assert not named.certain


def test_an_entry_without_its_day_is_possible(put, look) -> None:
    put("birth", "1", **LAN)
    [found] = look().find("register:birth", Subject(entry=Entry("12/2021", "01/2021", "26737")))
    assert not found.certain


def test_an_old_number_is_possible_only(put, look) -> None:
    put(
        "marriage",
        "1",
        chongSoGiayToTuyThan="021234567",
        chongHoTen="Võ Văn Ba",
        chongNgaySinh="1970",
        voHoTen="Lê Thị Tư",
        voNgaySinh="1972",
        so="3",
        quyenSo="01/1995",
        noiDangKy="760",
        ngayDangKy="1995",
    )
    [found] = look().find("register:marriage", Subject(old_id="021234567", name="Võ Văn Ba"))
    assert (found.by, found.certain, found.evidence.role) == ("old id", False, "husband")


def test_a_birth_without_number_is_found_by_name_birth_and_a_parent(put, look) -> None:
    put("birth", "1", **LAN | {"nksSoDDCN": None})
    subject = Subject(personal_id="079190000001", name="Trần Thị Hòa Lan", born="1990-05", parent="LÊ THỊ THÚY")
    [found] = look().find("register:birth", subject)
    assert (found.by, found.certain, found.differs) == ("name and birth", False, ())
    assert look().find("register:birth", Subject(name="Trần Thị Hòa Lan", born="1990-05", parent="Ngô Thị Bảy")) == ()
    [near] = look().find("register:birth", Subject(name="Trần Thị Hoa Lan", born="1990-05"))
    assert near.differs == ("hoTen",)


def test_what_was_known_that_day(put, look) -> None:
    """Before a correction the old name was known; after it the new one; before both nothing."""
    put(
        "birth",
        "1",
        **LAN | {"nksHoTen": "Trần Thị Hòa Lam"},
        _known_from=NOW - timedelta(days=9),
        _known_to=NOW - timedelta(days=2),
    )
    put("birth", "1", **LAN, _known_from=NOW - timedelta(days=2))
    subject = Subject(personal_id="079190000001")
    names = [
        [f.evidence.name for f in look(NOW - timedelta(days=d)).find("register:birth", subject)] for d in (10, 5, 1)
    ]
    assert names == [[], ["Trần Thị Hòa Lam"], ["Trần Thị Hoà Lan"]]


def test_results_of_an_owner(put, look) -> None:
    put(
        "dossier", "H1", system="one-stop-760", MaHoSo="H1", DinhDanhCHS_CCCD="079190000001", ChuHoSo="Trần Thị Hòa Lan"
    )
    put(
        "dossier",
        "H1|k",
        "dossier_result",
        system="one-stop-760",
        _parent="H1",
        MaGiayToKetQua="000.00.00.G15-KQ000038",
        SoKyHieu="7/UBND",
        NgayCap=NOW,
    )
    [found] = look().find("result:KQ.G15.000038", Subject(personal_id="079190000001"))
    assert found.certain
    assert found.evidence.paper == "7/UBND"
    assert look().find("result:KQ.G15.000099", Subject(personal_id="079190000001")) == ()


def test_the_plan_uses_the_indexes(put, look, engine, contracts) -> None:
    put("birth", "1", **LAN)
    build(engine, contracts)
    build(engine, contracts)  # a second time there is nothing to do
    with engine.begin() as connection:
        present = set(connection.scalars(sa.text("select indexname from pg_indexes where schemaname = 'warehouse'")))
        tables = set(
            connection.scalars(
                sa.text("select 'warehouse.' || tablename from pg_tables where schemaname = 'warehouse'")
            )
        )
        assert {name for table, name, _ in wanted(contracts) if table in tables} <= present
        connection.execute(sa.text("set local enable_seqscan = off"))
        plan = "\n".join(
            connection.scalars(
                sa.text(
                    "explain select 1 from warehouse.birth r where hub.recall_key(r.nks_ho_ten) = 'lan' and \"left\"(r.nks_ngay_sinh, 4) = '1990'"
                )
            )
        )
        assert "birth_child_recall" in plan


LETTERS = "aàáảãạăằắẳẵặâầấẩẫậbcdđÐeèéẻẽẹêềếểễệghiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵ \u00a0AÀĂẰÂẦĐEÊỀIOÔỒƠỜUƯỪYỲ"


@given(st.lists(st.text(LETTERS, max_size=30), min_size=1, max_size=30))
def test_recall_keys_are_equal_for_equal_names(names: list[str]) -> None:
    for name in names:
        assert recall_key(name) == recall_key(plain_comparison_key(name)) == recall_key(name.upper()).lower()


def test_the_database_makes_the_same_recall_key(engine) -> None:
    names = ["Trần Thị Hoà Lan", "NGUYỄN  VĂN\u00a0Đức", "Ðặng Ỷ", "ừ", " a  b ", LETTERS, LETTERS.upper()]
    names += ["Trần\u200b Thị\u3000Lan", "\ufeffLê\u2060 A\u00ad", "a\u2003b"]
    with engine.connect() as connection:
        assert [connection.scalar(sa.text("select hub.recall_key(:n)"), {"n": n}) for n in names] == [
            recall_key(n) for n in names
        ]


@pytest.mark.parametrize("wrong", [{"personal_id": "123"}, {"old_id": "12345678x"}, {"born": "12/05/1990"}])
def test_what_cannot_be_read_is_named_and_not_repeated(wrong: dict[str, str]) -> None:
    with pytest.raises(NotAPerson) as error:
        Subject(**wrong)
    assert next(iter(wrong)) in str(error.value)
    assert next(iter(wrong.values())) not in str(error.value)


def test_partial_dates() -> None:
    assert dates_agree("1990", "1990-05-12")
    assert dates_agree(None, "1990")
    assert not dates_agree("1990-05", "1990-06-01")


@pytest.mark.parametrize(
    ("named", "on", "code", "registered", "today", "same"),
    [
        ("Phường Đa Kao", "2022-05-01", "26737", "2022-05-01", "2026-01-01", Same.YES),
        ("Phường Tân Định", "2022-05-01", "26737", "2022-05-01", "2022-06-02", Same.NO),
        ("Quận 2", "2020-05-01", "769", "2020-05-01", "2022-06-02", Same.YES),
        ("Thành phố Thủ Đức", "2020-05-01", "769", "2020-05-01", "2022-06-02", Same.YES),
        ("26740", "2022-05-01", "26737", "2022-05-01", "2022-06-02", Same.NO),
        ("Phường Đa Kao", "1990", "26737", "1990", "2022-06-02", Same.UNKNOWN),
    ],
)
def test_places_across_renamings(
    units, named: str, on: str, code: str, registered: str, today: str, same: Same
) -> None:
    from datetime import date

    assert same_place(units, named, on, code, registered, date.fromisoformat(today)) is same


def test_result_codes_have_one_form() -> None:
    assert plain_result_code("000.00.00.G15-KQ000038") == plain_result_code("KQ.G15.000038") == "KQ.G15.000038"
