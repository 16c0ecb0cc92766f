"""The same registration told by several systems: one item of evidence, its sources named, nothing overwritten. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.core.places import codes_of
from hub.evidence.indexes import build
from hub.evidence.people import Entry, Subject
from hub.evidence.source_conflicts import Both, Differing, look_through

LAN = {
    "nksSoDDCN": "079190000001",
    "nksHoTen": "Trần Thị Hoà Lan",
    "nksNgaySinh": "1990-05-12",
    "meHoTen": "Lê Thị Thuý",
    "so": "12",
    "quyenSo": "01/2021",
    "noiDangKy": "26737",
    "ngayDangKy": "2021-03-04",
}
STORE, FILES = "digitised-store", "book-files"
BY_NUMBER = Subject(personal_id="079190000001")


def test_three_source_records_that_agree_are_one_item(put, look) -> None:
    """Tone marks, `12/2021` for `12`, a month for a day and a field that one does not tell are no differences."""
    put("birth", "1", **LAN)
    put("birth", "77", system=STORE, **LAN | {"nksSoDDCN": None, "nksHoTen": "TRẦN THỊ HÒA LAN", "so": "12/2021"})
    put(
        "birth",
        "KS|26737@2021-01-01|01/2021|12",
        system=FILES,
        **LAN | {"nksSoDDCN": None, "ngayDangKy": "2021-03", "meHoTen": None},
    )
    [found] = look(lead="moj-registry").find("register:birth", BY_NUMBER)

    assert (found.certain, found.conflicts, found.evidence.system) == (True, (), "moj-registry")
    assert [FILES, STORE] == [each.system for each in found.linked]


def test_what_differs_is_named_and_nothing_is_overwritten(put, look) -> None:
    """The names of the fields, never their values; each telling keeps its own."""
    put("birth", "1", **LAN)
    put(
        "birth",
        "77",
        system=STORE,
        **LAN
        | {
            "nksSoDDCN": None,
            "nksHoTen": "Trần Thị Hoà Lam",
            "nksNoiSinh": "Bệnh viện Từ Dũ",
            "ngayDangKy": "2021-03-05",
        },
    )
    [found] = look(lead="moj-registry").find("register:birth", BY_NUMBER)

    assert ("ngayDangKy", "nksHoTen") == found.conflicts
    assert (found.evidence.name, found.linked[0].name) == ("Trần Thị Hoà Lan", "Trần Thị Hoà Lam")
    assert not {"Lam", "Từ Dũ", "2021-03-05"} & set(repr(found.conflicts).split())


def test_the_system_that_can_be_asked_leads_whoever_was_found_first(put, look) -> None:
    put("birth", "1", system=FILES, **LAN)
    put("birth", "2", **LAN)
    for lead in ("moj-registry", FILES):
        [found] = look(lead=lead).find("register:birth", BY_NUMBER)
        assert lead == found.evidence.system


def test_an_old_paper_finds_one_entry_although_two_systems_say_it(put, look) -> None:
    """By book, number, place and day it is still certain."""
    put("birth", "1", **LAN)
    put("birth", "77", system=STORE, **LAN)
    [found] = look().find("register:birth", Subject(entry=Entry("12", "01/2021", "Phường Đa Kao", "2021-03-04")))

    assert found.certain
    assert 1 == len(found.linked)


@pytest.mark.parametrize(
    "other",
    [
        {"noiDangKy": "26740"},
        {"quyenSo": "02/2021"},
        {"so": "13"},
        {"noiDangKy": None},
        {"ngayDangKy": None},
    ],
)
def test_another_place_book_or_number_is_another_entry(put, look, other: dict[str, str | None]) -> None:
    """Nor is a key linked that is not whole."""
    put("birth", "1", **LAN)
    put("birth", "77", system=STORE, **LAN | other)
    found = look().find("register:birth", BY_NUMBER)

    assert [()] * 2 == [each.linked for each in found]


def test_a_code_of_another_time_is_another_place(put, look) -> None:
    """26737 was Phường Đa Kao in March 2021 and is Phường Tân Định since July 2025: equal codes, other days, not one entry."""
    put("birth", "1", **LAN)
    put("birth", "77", system=STORE, **LAN | {"ngayDangKy": "2025-08-04"})
    assert [()] * 2 == [each.linked for each in look().find("register:birth", BY_NUMBER)]


def test_before_the_lists_begin_only_the_same_day_links(put, look) -> None:
    """What 26737 named in 2005 is not listed; on one and the same day it named one place."""
    old = LAN | {"quyenSo": "01/2005", "ngayDangKy": "2005-03-04"}
    put("birth", "1", **old)
    put("birth", "77", system=STORE, **old)
    put("birth", "x", system=FILES, **old | {"ngayDangKy": "2005-03-05"})
    found = look(lead="moj-registry").find("register:birth", BY_NUMBER)

    assert [1, 0] == [len(each.linked) for each in found]


def test_records_of_one_system_are_never_one_entry(put, look) -> None:
    """A number given twice within a system is for a person to look at; another system's telling is not counted to either."""
    put("birth", "1", **LAN)
    put("birth", "2", **LAN)
    put("birth", "77", system=STORE, **LAN)
    found = look().find("register:birth", BY_NUMBER)

    assert [()] * 3 == [each.linked for each in found]


PAIR = {
    "chongSoGiayToTuyThan": "079070000001",
    "chongHoTen": "Võ Văn Ba",
    "voSoGiayToTuyThan": "079172000001",
    "voHoTen": "Lê Thị Tư",
    "so": "3",
    "quyenSo": "01/2021",
    "noiDangKy": "26737",
    "ngayDangKy": "2021-05-06",
}
OF_THE_PAIR = Entry("3", "01/2021", "26737", "2021-05-06")


def test_a_marriage_asked_for_by_its_entry_alone_is_one_item_about_neither(put, look) -> None:
    """It is one registration, told by two systems; nobody is named, so no side of it is meant."""
    put("marriage", "1", **PAIR)
    put("marriage", "9", system=STORE, **PAIR)
    [found] = look(lead="moj-registry").find("register:marriage", Subject(entry=OF_THE_PAIR))

    assert (found.certain, found.differs, found.conflicts, [each.system for each in found.linked]) == (
        True,
        (),
        (),
        [STORE],
    )
    assert all(
        (each.role, each.number, each.name, each.born) == ("", None, None, None)
        for each in (found.evidence, *found.linked)
    )


def test_what_the_systems_say_otherwise_of_either_side_is_named_once(put, look) -> None:
    put("marriage", "1", **PAIR)
    put("marriage", "9", system=STORE, **PAIR | {"voHoTen": "Lê Thị Từ", "chongHoTen": "Võ Văn Bá"})
    [found] = look(lead="moj-registry").find("register:marriage", Subject(entry=OF_THE_PAIR))

    assert ("chongHoTen", "voHoTen") == found.conflicts


@pytest.mark.parametrize(
    ("named", "certain"),
    [
        ({"personal_id": "079172000001"}, {"wife": True}),
        ({"name": "Võ Văn Ba"}, {"husband": True}),
        ({"name": "Ngô Thị Bảy"}, {"husband": False, "wife": False}),
    ],
)
def test_both_sides_of_a_marriage_stay_apart_when_somebody_is_named(
    put, look, named: dict[str, str], certain: dict[str, bool]
) -> None:
    """Husband and wife are two items, each with both sources; a name that neither bears is for a person to look at."""
    put("marriage", "1", **PAIR)
    put("marriage", "9", system=STORE, **PAIR)
    found = look(lead="moj-registry").find("register:marriage", Subject(entry=OF_THE_PAIR, **named))

    assert certain == {each.evidence.role: each.certain for each in found}
    assert all(
        [STORE] == [one.system for one in each.linked] and each.linked[0].role == each.evidence.role for each in found
    )
    assert all(each.differs == (() if each.certain else ("hoTen",)) for each in found)


@pytest.mark.parametrize(("born", "roles"), [("1972", ["husband", "wife"]), ("1999", [""])])
def test_a_birth_date_that_fits_one_side_keeps_them_apart(put, look, born: str, roles: list[str]) -> None:
    put("marriage", "1", **PAIR, chongNgaySinh="1970", voNgaySinh="1972-01-02")
    found = look().find("register:marriage", Subject(entry=OF_THE_PAIR, born=born))

    assert roles == sorted(each.evidence.role for each in found)
    assert any(each.differs == ("ngaySinh",) for each in found)


def test_two_marriages_of_one_number_are_two_items_about_nobody(put, look) -> None:
    put("marriage", "1", **PAIR)
    put("marriage", "2", **PAIR | {"voHoTen": "Ngô Thị Bảy"})
    found = look().find("register:marriage", Subject(entry=OF_THE_PAIR))

    assert [("1", "", False), ("2", "", False)] == sorted(
        (each.evidence.key, each.evidence.role, each.certain) for each in found
    )


def test_codes_of_a_territory(units) -> None:
    """A unit that was numbered anew is found under both numbers; one that the lists do not reach under its own."""
    assert ["26737"] == codes_of(units, "26737", "2021-03-04")[:1]
    assert ["26737"] == codes_of(units, "26737", "1980")


def test_all_that_two_systems_say_otherwise(put, engine, contracts) -> None:
    """For the keepers of the books: names of records and fields, no value; spelling is no difference, another day is another entry here."""
    put("birth", "1", **LAN)
    put("birth", "2", **LAN | {"so": "13"})
    put("birth", "3", **LAN | {"so": "14"})
    put("birth", "71", system=STORE, **LAN | {"nksHoTen": "TRẦN THỊ HÒA LAN", "so": "12/2021"})
    put(
        "birth",
        "72",
        system=STORE,
        **LAN | {"so": "13", "nksHoTen": "Trần Thị Hoà Lam", "nksNgaySinh": "1990-05", "trangSo": "07"},
    )
    put("birth", "73", system=STORE, **LAN | {"so": "14", "ngayDangKy": "2021-03-05"})
    with engine.connect() as connection:
        [both] = look_through(connection, contracts)

    assert (
        Both(
            "birth",
            (STORE, "moj-registry"),
            2,
            (Differing(f"birth/{STORE}/72", "birth/moj-registry/2", ("nksHoTen",)),),
        )
        == both
    )


def test_the_question_for_other_source_records_uses_its_index(put, engine, contracts) -> None:
    """A decision costs the same however many entries there are."""
    put("birth", "1", **LAN)
    build(engine, contracts)
    with engine.begin() as connection:
        connection.execute(sa.text("set local enable_seqscan = off"))
        plan = "\n".join(
            connection.scalars(
                sa.text(
                    "explain select 1 from warehouse.birth r where r.so = any('{12,12/2021}') and r.quyen_so = '01/2021' and r.noi_dang_ky = any('{26737}')"
                    " and r._system <> 'moj-registry'"
                )
            )
        )
        assert "birth_natural_key" in plan


def test_an_index_that_was_replaced_is_dropped(put, engine, contracts) -> None:
    """Databases of earlier versions do not carry it on with every merge."""
    put("birth", "1", **LAN)
    with engine.begin() as connection:
        connection.execute(sa.text("create index birth_entry on warehouse.birth (so, quyen_so)"))
    build(engine, contracts)
    with engine.connect() as connection:
        assert not connection.scalar(sa.text("select to_regclass('warehouse.birth_entry') is not null"))
