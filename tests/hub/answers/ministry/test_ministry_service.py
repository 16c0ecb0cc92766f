"""The Ministry asks, for offices of the city. All people are synthetic."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.access import audit
from hub.access.audit import LimitReached
from hub.answers.ministry.codes import MinistryRefusal, State
from hub.answers.ministry.judged import NEITHER
from hub.core.errors import DatabaseRefused
from tests.hub.registers import KEYS, LAN, NOW

from .conftest import THE_MINISTRY, office

JUSTICE, QUAN_1, DA_KAO = "79", "760", "26737"
BY_ENTRY = """<hotich><hoso><loaiBanSao>KS</loaiBanSao><cbsHoTen><Ho>Trần</Ho><ChuDem>Thị Hoà</ChuDem><Ten>Lan</Ten></cbsHoTen>
<cbsNgaySinh><namSinh>1990</namSinh></cbsNgaySinh><soDangKyTruocDay>12</soDangKyTruocDay><quyenSoDangKyTruocDay>01/2021</quyenSoDangKyTruocDay>
<noiDangKyTruocDay>Phường Đa Kao</noiDangKyTruocDay><ngayDangKyTruocDay>04.03.2021</ngayDangKyTruocDay></hoso></hotich>"""
BY_NUMBER = json.dumps(
    {"loaiBanSao": "KS", "cbsSoDDCN": "079190000001", "cbsHoTen": {"Ho": "Trần", "ChuDem": "Thị Hòa", "Ten": "Lan"}}
)


@pytest.mark.parametrize("data", [BY_ENTRY, BY_NUMBER])
@pytest.mark.parametrize("unit", [JUSTICE, QUAN_1, DA_KAO])
def test_a_copy_with_its_receipt(put, service, unit, data) -> None:
    """The Justice department, a district, a commune under its district; by an old entry as XML, by number as JSON."""
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, unit, "BS", "H-1", data)
    assert service.state(THE_MINISTRY, unit, "H-1") == (State.DONE, ())
    handed = service.result(THE_MINISTRY, unit, "H-1")
    assert handed.number == "1/2022/TLKS-BS"
    assert "<nksHoTen>Trần Thị Hoà Lan</nksHoTen>" in handed.data
    assert handed.receipt["sha256"] == hashlib.sha256(handed.data.encode()).hexdigest()
    assert handed.receipt["sha256BanNhap"] == hashlib.sha256(base64.b64decode(handed.draft)).hexdigest()
    assert (handed.receipt["soBienNhan"], handed.receipt["canCu"]) == (
        "1/2022/BN",
        "extract-anywhere",
    )
    assert unit in handed.receipt["nguoiHoi"]


def test_again_is_the_same(put, service) -> None:
    put("birth", "1", **LAN)
    for _ in range(2):
        service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    assert service.result(THE_MINISTRY, JUSTICE, "H-1") == service.result(THE_MINISTRY, JUSTICE, "H-1")
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-2", BY_NUMBER)
    assert service.result(THE_MINISTRY, JUSTICE, "H-2").receipt["soBienNhan"] == "2/2022/BN"
    with pytest.raises(MinistryRefusal, match="500"):
        service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_ENTRY)


def test_after_a_correction_the_new_version_is_handed_over(put, service, engine) -> None:
    """What was corrected since was handed over as it had been: with another number of its own, and a receipt."""
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    first = service.result(THE_MINISTRY, JUSTICE, "H-1")
    put("birth", "1", **LAN, _known_to=NOW - timedelta(hours=1))
    with engine.begin() as connection:
        connection.execute(
            sa.text("update warehouse.birth set nks_que_quan = 'Bến Tre', _version = :v, _known_from = :v"),
            {"v": NOW - timedelta(hours=1)},
        )
    second = service.result(THE_MINISTRY, JUSTICE, "H-1")
    assert "Bến Tre" in second.data
    assert "Bến Tre" not in first.data
    assert [each.number for each in (first, second)] == ["1/2022/TLKS-BS", "2/2022/TLKS-BS"]
    assert service.result(THE_MINISTRY, JUSTICE, "H-1") == second


DEAD = {
    "nktSoGiayToTuyThan": "079190000001",
    "nktHoTen": "Trần Thị Hòa Lan",
    "nktNgaySinh": "1990-05-12",
    "so": "1",
    "quyenSo": "01/2022",
    "ngayDangKy": "2022",
}


@pytest.mark.parametrize("asked_again", [False, True])
def test_what_was_locked_since_is_not_handed_over(put, service, engine, asked_again: bool) -> None:
    """A question settled in life was fetched after the death, and the same question again was still done."""
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    put("death", "9", **DEAD)
    if asked_again:
        service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.SUPPLEMENT
    assert [(what, outcome) for _, what, outcome in rows(engine)][-2:] == [
        ("extract", "nothing"),
        ("status", "answered"),
    ]
    with engine.connect() as connection:
        assert connection.scalars(sa.text("select state from hub.ministry_state order by id")).all() == ["1", "4", "2"]


def test_a_marriage_that_ended_since_is_not_handed_over(put, service, engine) -> None:
    put("marriage", "1", **COUPLE)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", COUPLE_BY_ENTRY)
    with engine.begin() as connection:
        connection.execute(sa.text("update warehouse.marriage set tinh_trang_ket_hon = 'đã ly hôn'"))
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")


def test_what_was_withdrawn_since_is_neither_said_nor_handed_over(put, service, engine) -> None:
    """Its state is not taken away from others under their law: nobody knows whether it was withdrawn, or is not to be seen by who asks."""
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    with engine.begin() as connection:
        connection.execute(sa.text("delete from warehouse.birth"))
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")
    assert service.state(THE_MINISTRY, JUSTICE, "H-1") == (State.REFUSED, (NEITHER,))


@pytest.mark.parametrize(
    ("data", "state"),
    [
        ({"cbsSoDDCN": "079190000009"}, State.REFUSED),  # nobody
        ({"cbsHoTen": {"Ho": "Phan", "Ten": "Tám"}}, State.SUPPLEMENT),  # another name under the number
        ({"loaiBanSao": "KH"}, State.REFUSED),  # no marriage
    ],
)
def test_other_states(put, service, data, state) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", json.dumps(json.loads(BY_NUMBER) | data))
    found, reasons = service.state(THE_MINISTRY, JUSTICE, "H-1")
    assert found is state
    assert reasons
    assert not any("Lan" in each or "0791" in each for each in reasons)
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")


def test_a_supplement_under_the_same_number(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER.replace("Lan", "Sáu"))
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.DONE


def test_an_old_copy_waits_for_the_next_sync(put, service, engine) -> None:
    put("birth", "1", **LAN)
    with engine.begin() as connection:
        connection.execute(
            sa.text("update hub.run set started_at = :then, ended_at = :then where stream = 'moj-registry.birth'"),
            {"then": NOW - timedelta(days=30)},
        )
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.RECEIVED
    with engine.begin() as connection:
        connection.execute(
            sa.text("update hub.run set ended_at = :now where stream = 'moj-registry.birth'"), {"now": NOW}
        )
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.DONE


def test_denied_looks_like_missing(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER.replace("079190000001", "079190000009"))
    object.__setattr__(service.service, "grants", replace(service.service.grants, all=()))
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-2", BY_NUMBER)
    assert (
        service.state(THE_MINISTRY, JUSTICE, "H-1")
        == service.state(THE_MINISTRY, JUSTICE, "H-2")
        == (State.REFUSED, (NEITHER,))
    )


@pytest.mark.parametrize(
    ("caller", "unit"), [(THE_MINISTRY, "1"), (office("000.00.28.H29"), QUAN_1), (office("999.00.00.H29"), JUSTICE)]
)
def test_no_such_office_or_not_the_caller_s(service, caller, unit) -> None:
    with pytest.raises(MinistryRefusal, match="106"):
        service.register(caller, unit, "BS", "H-1", BY_NUMBER)


def test_an_office_may_ask_by_itself(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(office(), QUAN_1, "BS", "H-1", BY_NUMBER)
    assert service.state(office(), QUAN_1, "H-1")[0] is State.DONE


def test_every_question_is_noted_and_names_nobody(put, service, engine) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, DA_KAO, "BS", "H-1", BY_NUMBER)
    service.result(THE_MINISTRY, DA_KAO, "H-1")
    with engine.connect() as connection:
        rows = audit.rows(connection, subject=bytes.fromhex(KEYS.lookup("079190000001")))
        assert [(row["agency"], row["outcome"], row["who"]) for row in rows] == [
            ("000.00.16.H29", "answered", "hotich.moj, maDonVi 26737")
        ] * 2
        text = str(
            [
                connection.execute(sa.text(f"select * from hub.{t}")).all()
                for t in ("ministry_question", "ministry_state", "receipt", "audit")
            ]
        )
    assert "079190000001" not in text
    assert "Lan" not in text


def rows(engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        return [(row["agency"], row["what"], row["outcome"]) for row in audit.rows(connection)[::-1]]


def test_every_poll_is_noted_whatever_it_finds(put, service, engine) -> None:
    """Settled, waiting, refused, unknown, somebody else's: a row each, before the reply; and a fetch that is refused has one too."""
    put("birth", "1", **LAN)
    ours, agency = office(), "000.00.16.H29"
    service.register(ours, QUAN_1, "BS", "H-1", BY_NUMBER)
    service.register(ours, QUAN_1, "BS", "H-1", BY_NUMBER)
    service.register(ours, QUAN_1, "BS", "H-2", BY_NUMBER.replace("079190000001", "079190000009"))
    for reference in ("H-1", "H-1", "H-2"):
        service.state(ours, QUAN_1, reference)
    for door, code in (
        (lambda: service.state(ours, QUAN_1, "H-9"), "201"),
        (lambda: service.result(ours, QUAN_1, "H-2"), "200"),
        (lambda: service.state(ours, JUSTICE, "H-1"), "106"),
        (lambda: service.register(ours, QUAN_1, "KS", "H-3", "x"), "302"),
    ):
        with pytest.raises(MinistryRefusal, match=code):
            door()
    assert rows(engine) == [
        (agency, "extract", "answered"),
        (agency, "extract", "answered"),
        (agency, "extract", "nothing"),
        (agency, "status", "answered"),
        (agency, "status", "answered"),
        (agency, "status", "nothing"),
        (agency, "status", "nothing"),
        (agency, "extract", "nothing"),
        (agency, "status", "denied"),
        (agency, "extract", "nothing"),
    ]


def test_a_poll_that_settles_has_one_row(put, service, engine) -> None:
    put("birth", "1", **LAN)
    with engine.begin() as connection:
        connection.execute(
            sa.text("update hub.run set started_at = :then, ended_at = :then where stream = 'moj-registry.birth'"),
            {"then": NOW - timedelta(days=30)},
        )
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    service.state(THE_MINISTRY, JUSTICE, "H-1")
    with engine.begin() as connection:
        connection.execute(
            sa.text("update hub.run set ended_at = :now where stream = 'moj-registry.birth'"), {"now": NOW}
        )
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.DONE
    assert [(what, outcome) for _, what, outcome in rows(engine)] == [
        ("extract", "nothing"),
        ("status", "nothing"),
        ("status", "answered"),
    ]


def test_no_row_no_poll(put, service, engine) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table hub.audit add constraint broken check (what <> 'status') not valid"))
    with pytest.raises(DatabaseRefused):
        service.state(THE_MINISTRY, JUSTICE, "H-1")


def test_polls_count_in_the_hour(put, service, engine) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    object.__setattr__(
        service.service.rule,
        "grants",
        replace(service.service.grants, all=tuple(replace(g, hourly_limit=2) for g in service.service.grants.all)),
    )
    service.state(THE_MINISTRY, JUSTICE, "H-1")
    for door in (service.state, service.result):
        with pytest.raises(LimitReached):
            door(THE_MINISTRY, JUSTICE, "H-1")
    assert [outcome for _, _, outcome in rows(engine)][-2:] == ["limit", "limit"]


@pytest.mark.parametrize("law", ["marital-status", "extract-anywhere@2022-01-01"])
def test_under_another_law_everything_looks_as_if_nothing_were_held(put, service, engine, law) -> None:
    put("birth", "1", **LAN)
    lawful = office()
    other = replace(lawful, legal_basis=law)
    service.register(lawful, QUAN_1, "BS", "H-0", BY_NUMBER.replace("079190000001", "079190000009"))
    missing = service.state(lawful, QUAN_1, "H-0")
    service.register(other, QUAN_1, "BS", "H-1", BY_NUMBER)
    assert service.state(other, QUAN_1, "H-1") == missing == (State.REFUSED, (NEITHER,))
    service.register(lawful, QUAN_1, "BS", "H-1", BY_NUMBER)  # what was refused is looked at anew
    assert service.state(lawful, QUAN_1, "H-1")[0] is State.DONE
    assert service.state(other, QUAN_1, "H-1") == missing
    for who, reference in ((lawful, "H-0"), (other, "H-1")):
        with pytest.raises(MinistryRefusal, match="200"):
            service.result(who, QUAN_1, reference)
    assert [row for row in rows(engine) if row[2] == "denied"] == [
        ("000.00.16.H29", w, "denied") for w in ("extract", "status", "status", "extract")
    ]
    with engine.connect() as connection:
        assert set(connection.scalars(sa.text("select asked_under from hub.audit where outcome = 'denied'"))) == {law}


def test_a_receipt_says_under_which_law(put, service) -> None:
    """District 1 holds grants under two laws: two hand-overs of the same, two receipts."""
    put("birth", "1", **LAN)
    calls = [office(law=law) for law in ("extract-anywhere@2016-01-01", "once-held")]
    service.register(calls[0], QUAN_1, "BS", "H-1", BY_NUMBER)
    receipts = [service.result(each, QUAN_1, "H-1").receipt for each in calls]
    assert [(each["soBienNhan"], each["canCu"]) for each in receipts] == [
        ("1/2022/BN", "extract-anywhere"),
        ("2/2022/BN", "once-held"),
    ]


COUPLE = {
    "chongSoGiayToTuyThan": "079088000002",
    "chongHoTen": "Nguyễn Văn Bình",
    "voSoGiayToTuyThan": "079190000001",
    "voHoTen": "Trần Thị Hoà Lan",
    "so": "3",
    "quyenSo": "01/2021",
    "ngayDangKy": "2021-02-03",
    "noiDangKy": "26734",
}


def test_a_receipt_is_about_the_person_who_was_asked_about(put, service, engine) -> None:
    """The wife's question about a marriage, not the husband's."""
    put("marriage", "1", **COUPLE)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER.replace("KS", "KH"))
    service.result(THE_MINISTRY, JUSTICE, "H-1")
    with engine.connect() as connection:
        subjects = connection.execute(
            sa.text("select subject, (select subjects from hub.audit order by id desc limit 1) from hub.receipt")
        ).one()
    assert tuple(subjects) == (bytes.fromhex(KEYS.lookup("079190000001")), [bytes.fromhex(KEYS.lookup("079190000001"))])


COUPLE_BY_ENTRY = json.dumps(
    {
        "loaiBanSao": "KH",
        "soDangKyTruocDay": "3",
        "quyenSoDangKyTruocDay": "01/2021",
        "noiDangKyTruocDay": "26734",
        "ngayDangKyTruocDay": "03.02.2021",
    }
)


@pytest.mark.parametrize("dead", [False, True])
def test_a_marriage_by_its_old_entry_alone(put, service, engine, dead: bool) -> None:
    """Nobody is named: the whole entry is handed over, its receipt is about the record, and no death locks what is about neither."""
    put("marriage", "1", **COUPLE)
    if dead:
        put(
            "death",
            "9",
            nktSoGiayToTuyThan="079088000002",
            nktHoTen="Nguyễn Văn Bình",
            so="1",
            quyenSo="01/2022",
            ngayDangKy="2022",
        )
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", COUPLE_BY_ENTRY)
    assert service.state(THE_MINISTRY, JUSTICE, "H-1") == (State.DONE, ())
    handed = service.result(THE_MINISTRY, JUSTICE, "H-1")
    assert "<voHoTen>Trần Thị Hoà Lan</voHoTen>" in handed.data
    assert handed == service.result(THE_MINISTRY, JUSTICE, "H-1")
    with engine.connect() as connection:
        assert connection.scalars(sa.text("select role from hub.ministry_state where state = '4'")).all() == [""]
        assert connection.execute(
            sa.text("select subject, (select subjects from hub.audit order by id desc limit 1) from hub.receipt")
        ).one() == (None, [])


def test_the_second_wall_stands_behind_this_door_too(put, service, monkeypatch) -> None:
    """A planted fault: the rule lets everything through, for an office whose only grant is taken away from the database."""
    put("birth", "1", **LAN)
    service.service.disclosure  # noqa: B018 - grants as rows
    with service.service.hub.engine.begin() as connection:
        connection.execute(sa.text("delete from hub.granted where agency = '000.00.15.H29'"))
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    assert service.state(THE_MINISTRY, JUSTICE, "H-1") == (State.REFUSED, (NEITHER,))
    service.register(THE_MINISTRY, QUAN_1, "BS", "H-1", BY_NUMBER)
    assert service.state(THE_MINISTRY, QUAN_1, "H-1")[0] is State.DONE


def test_receipts_are_numbered_over_all_offices(put, service) -> None:
    put("birth", "1", **LAN)
    for unit in (JUSTICE, QUAN_1, "764"):
        service.register(THE_MINISTRY, unit, "BS", "H-1", BY_NUMBER)
    assert [service.result(THE_MINISTRY, unit, "H-1").receipt["soBienNhan"] for unit in (JUSTICE, QUAN_1, "764")] == [
        "1/2022/BN",
        "2/2022/BN",
        "3/2022/BN",
    ]


def test_what_was_granted_once_is_fetched_only_while_it_is(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    object.__setattr__(
        service.service.rule,
        "grants",
        replace(service.service.grants, all=tuple(g for g in service.service.grants.all if g.dataset != "birth")),
    )
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")


def test_no_row_no_answer(put, service, engine) -> None:
    put("birth", "1", **LAN)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table hub.audit add constraint broken check (what <> 'extract') not valid"))
    with pytest.raises(DatabaseRefused):
        service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    with engine.connect() as connection:
        assert 0 == connection.scalar(
            sa.text("select (select count(*) from hub.ministry_question) + (select count(*) from hub.issued_copy)")
        )


@pytest.mark.parametrize(
    "change",
    ["update hub.receipt set who = 'y'", "delete from hub.ministry_state", "truncate hub.ministry_question cascade"],
)
def test_rows_stay(put, service, engine, change) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    service.result(THE_MINISTRY, JUSTICE, "H-1")
    with pytest.raises(DatabaseRefused, match="only ever appended"), engine.begin() as connection:
        connection.execute(sa.text(change))


def test_a_death_is_looked_at_by_an_officer(put, service) -> None:
    put("birth", "1", **LAN)
    put(
        "death",
        "9",
        nktSoGiayToTuyThan="079190000001",
        nktHoTen="Trần Thị Hòa Lan",
        nktNgaySinh="1990-05-12",
        so="1",
        quyenSo="01/2022",
        ngayDangKy="2022",
    )
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.SUPPLEMENT


def test_a_death_is_found_by_the_number_on_the_old_entry(put, service) -> None:
    """The question tells book and number and nobody's id; a birth of somebody who died was handed over."""
    put("birth", "1", **LAN)
    put(
        "death",
        "9",
        nktSoGiayToTuyThan="079190000001",
        nktHoTen="Trần Thị Hòa Lam",
        so="1",
        quyenSo="01/2022",
        ngayDangKy="2022",
    )
    alone = {
        "loaiBanSao": "KS",
        "soDangKyTruocDay": "12",
        "quyenSoDangKyTruocDay": "01/2021",
        "noiDangKyTruocDay": "26737",
        "ngayDangKyTruocDay": "04.03.2021",
    }
    for reference, data in (("H-1", BY_ENTRY), ("H-2", json.dumps(alone))):
        service.register(THE_MINISTRY, JUSTICE, "BS", reference, data)
        assert service.state(THE_MINISTRY, JUSTICE, reference)[0] is State.SUPPLEMENT


def test_a_death_of_the_same_book_number_is_somebody_else_s(put, service) -> None:
    """The old entry's number was looked for among deaths as well: every book has a number 12 of its own."""
    put("birth", "1", **LAN)
    put(
        "death",
        "9",
        nktHoTen="Phan Văn Tám",
        nktNgaySinh="1940",
        so="12",
        quyenSo="01/2021",
        noiDangKy="26737",
        ngayDangKy="2021-03-04",
    )
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_ENTRY.replace("<cbsHoTen>", "<cbsSoDDCN/><cbsHoTen>"))
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.DONE


def test_it_prints_nobody(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    assert "Lan" not in repr(service.result(THE_MINISTRY, JUSTICE, "H-1"))


def test_of_a_death_nothing_is_said_to_whom_a_copy_may_not_be_given(put, service) -> None:
    """The reasons told an office of a death, though its grant lacked a field of the copy and a living person's question was refused."""
    put("birth", "1", **LAN)
    put(
        "death",
        "9",
        nktSoGiayToTuyThan="079190000001",
        nktHoTen="Trần Thị Hòa Lan",
        nktNgaySinh="1990-05-12",
        so="1",
        quyenSo="01/2022",
        ngayDangKy="2022",
    )
    grants = service.service.grants
    less = tuple(replace(each, fields=each.fields - {"nksQueQuan"}) for each in grants.all)
    object.__setattr__(service.service, "grants", replace(grants, all=less))
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_NUMBER)
    assert service.state(THE_MINISTRY, JUSTICE, "H-1") == (State.REFUSED, (NEITHER,))


def test_offices_are_those_of_the_day(put, service) -> None:
    """Who answers for a unit was read once, on the day of the first question, and held for as long as the service ran."""
    put("birth", "1", **LAN)
    service.service.hub.scenario.now = lambda: NOW.replace(year=2025, month=7)
    with pytest.raises(MinistryRefusal, match="106"):
        service.register(office(), QUAN_1, "BS", "H-1", BY_NUMBER)
    service.service.hub.scenario.now = lambda: NOW
    service.register(office(), QUAN_1, "BS", "H-1", BY_NUMBER)
