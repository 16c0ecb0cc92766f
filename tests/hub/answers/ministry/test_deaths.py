"""A death locks what is handed over, and is named to nobody whom a copy may not be given. All people are synthetic."""

from __future__ import annotations

import json
from dataclasses import replace

from hub.answers.ministry.codes import State
from hub.answers.ministry.judged import NEITHER
from tests.hub.registers import LAN

from .asking import (
    BY_ENTRY,
    DEAD,
    JUSTICE,
    THE_MINISTRY,
    by_number,
    rule_grants,
)


def test_a_death_is_looked_at_by_an_officer(put, service) -> None:
    put("birth", "1", **LAN)
    put("death", "9", **DEAD)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
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


def test_of_a_death_nothing_is_said_to_whom_a_copy_may_not_be_given(put, service) -> None:
    """The reasons told an office of a death, though its grant lacked a field of the copy and a living person's question was refused."""
    put("birth", "1", **LAN)
    put("death", "9", **DEAD)
    rule_grants(service, *(replace(each, fields=each.fields - {"nksQueQuan"}) for each in service.service.grants.all))
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    assert service.state(THE_MINISTRY, JUSTICE, "H-1") == (State.REFUSED, (NEITHER,))
