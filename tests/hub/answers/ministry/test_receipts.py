"""A receipt: whom it is about, under which law, and its number. All people are synthetic."""

from __future__ import annotations

import sqlalchemy as sa

from tests.hub.registers import KEYS, LAN

from .asking import (
    COUPLE,
    JUSTICE,
    NUMBER,
    QUAN_1,
    THE_MINISTRY,
    by_number,
    office,
)


def test_a_receipt_says_under_which_law(put, service) -> None:
    """District 1 holds grants under two laws: two hand-overs of the same, two receipts."""
    put("birth", "1", **LAN)
    calls = [office(law=law) for law in ("extract-anywhere@2016-01-01", "once-held")]
    service.register(calls[0], QUAN_1, "BS", "H-1", by_number())
    receipts = [service.result(each, QUAN_1, "H-1").receipt for each in calls]
    assert [(each["soBienNhan"], each["canCu"]) for each in receipts] == [
        ("1/2022/BN", "extract-anywhere"),
        ("2/2022/BN", "once-held"),
    ]


def test_a_receipt_is_about_the_person_who_was_asked_about(put, service, engine) -> None:
    """The wife's question about a marriage, not the husband's."""
    put("marriage", "1", **COUPLE)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number(loaiBanSao="KH"))
    service.result(THE_MINISTRY, JUSTICE, "H-1")
    with engine.connect() as connection:
        subjects = connection.execute(
            sa.text("select subject, (select subjects from hub.audit order by id desc limit 1) from hub.receipt")
        ).one()
    assert tuple(subjects) == (bytes.fromhex(KEYS.lookup(NUMBER)), [bytes.fromhex(KEYS.lookup(NUMBER))])


def test_receipts_are_numbered_over_all_offices(put, service) -> None:
    put("birth", "1", **LAN)
    for unit in (JUSTICE, QUAN_1, "764"):
        service.register(THE_MINISTRY, unit, "BS", "H-1", by_number())
    assert [service.result(THE_MINISTRY, unit, "H-1").receipt["soBienNhan"] for unit in (JUSTICE, QUAN_1, "764")] == [
        "1/2022/BN",
        "2/2022/BN",
        "3/2022/BN",
    ]
