"""The Ministry asks for an office of the city, and a copy is handed over with its receipt. All people are synthetic."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.answers.ministry.codes import MinistryRefusal, State
from tests.hub.registers import LAN, NOW

from .asking import (
    BY_ENTRY,
    COUPLE,
    COUPLE_BY_ENTRY,
    DA_KAO,
    JUSTICE,
    QUAN_1,
    THE_MINISTRY,
    by_number,
)


@pytest.mark.parametrize("data", [BY_ENTRY, by_number()])
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
        service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    assert service.result(THE_MINISTRY, JUSTICE, "H-1") == service.result(THE_MINISTRY, JUSTICE, "H-1")
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-2", by_number())
    assert service.result(THE_MINISTRY, JUSTICE, "H-2").receipt["soBienNhan"] == "2/2022/BN"
    with pytest.raises(MinistryRefusal, match="500"):
        service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", BY_ENTRY)


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
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number(**data))
    found, reasons = service.state(THE_MINISTRY, JUSTICE, "H-1")
    assert found is state
    assert reasons
    assert not any("Lan" in each or "0791" in each for each in reasons)
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")


def test_a_supplement_under_the_same_number(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(
        THE_MINISTRY, JUSTICE, "BS", "H-1", by_number(cbsHoTen={"Ho": "Trần", "ChuDem": "Thị Hòa", "Ten": "Sáu"})
    )
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.DONE


def test_an_old_copy_waits_for_the_next_sync(put, service, engine) -> None:
    put("birth", "1", **LAN)
    with engine.begin() as connection:
        connection.execute(
            sa.text("update hub.run set started_at = :then, ended_at = :then where stream = 'moj-registry.birth'"),
            {"then": NOW - timedelta(days=30)},
        )
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.RECEIVED
    with engine.begin() as connection:
        connection.execute(
            sa.text("update hub.run set ended_at = :now where stream = 'moj-registry.birth'"), {"now": NOW}
        )
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.DONE


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


def test_it_prints_nobody(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    assert "Lan" not in repr(service.result(THE_MINISTRY, JUSTICE, "H-1"))


def test_a_question_may_go_back_to_what_it_said_before(put, service) -> None:
    """Repaired twice, the second time to the first words: the office met a fault of ours, and its dossier was stuck."""
    put("birth", "1", **LAN)
    first = by_number(cbsHoTen={"Ho": "Phan", "Ten": "Tám"})
    second = by_number(cbsHoTen={"Ho": "Phan", "Ten": "Chín"})
    for data in (first, second, first):
        service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", data)
        assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.SUPPLEMENT
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.DONE
