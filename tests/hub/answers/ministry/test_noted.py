"""Every question and every poll has its row in the audit log, before the answer. All people are synthetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.access import audit
from hub.access.audit import LimitReached
from hub.answers.ministry.codes import MinistryRefusal, State
from hub.core.errors import DatabaseRefused
from tests.hub.registers import KEYS, LAN, NOW

from .asking import (
    DA_KAO,
    JUSTICE,
    NOBODY,
    NUMBER,
    QUAN_1,
    THE_MINISTRY,
    by_number,
    count,
    office,
    rows,
    rule_grants,
)


def test_every_question_is_noted_and_names_nobody(put, service, engine) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, DA_KAO, "BS", "H-1", by_number())
    service.result(THE_MINISTRY, DA_KAO, "H-1")
    with engine.connect() as connection:
        rows = audit.rows(connection, subject=bytes.fromhex(KEYS.lookup(NUMBER)))
        assert [(row["agency"], row["outcome"], row["who"]) for row in rows] == [
            ("000.00.16.H29", "answered", "hotich.moj, maDonVi 26737")
        ] * 2
        text = str(
            [
                connection.execute(sa.text(f"select * from hub.{t}")).all()
                for t in ("ministry_question", "ministry_state", "receipt", "audit")
            ]
        )
    assert NUMBER not in text
    assert "Lan" not in text


def test_every_poll_is_noted_whatever_it_finds(put, service, engine) -> None:
    """Settled, waiting, refused, unknown, somebody else's: a row each, before the reply; and a fetch that is refused has one too."""
    put("birth", "1", **LAN)
    ours, agency = office(), "000.00.16.H29"
    service.register(ours, QUAN_1, "BS", "H-1", by_number())
    service.register(ours, QUAN_1, "BS", "H-1", by_number())
    service.register(ours, QUAN_1, "BS", "H-2", by_number(cbsSoDDCN=NOBODY))
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
    assert rows(service) == [
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
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    service.state(THE_MINISTRY, JUSTICE, "H-1")
    with engine.begin() as connection:
        connection.execute(
            sa.text("update hub.run set ended_at = :now where stream = 'moj-registry.birth'"), {"now": NOW}
        )
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.DONE
    assert [(what, outcome) for _, what, outcome in rows(service)] == [
        ("extract", "nothing"),
        ("status", "nothing"),
        ("status", "answered"),
    ]


def test_no_row_no_poll(put, service, engine) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    with engine.begin() as connection:
        connection.execute(sa.text("alter table hub.audit add constraint broken check (what <> 'status') not valid"))
    with pytest.raises(DatabaseRefused):
        service.state(THE_MINISTRY, JUSTICE, "H-1")


def test_no_row_no_answer(put, service, engine) -> None:
    put("birth", "1", **LAN)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table hub.audit add constraint broken check (what <> 'extract') not valid"))
    with pytest.raises(DatabaseRefused):
        service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    assert 0 == count(engine, "ministry_question", "issued_copy")


def test_polls_count_in_the_hour(put, service, engine) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    rule_grants(service, *(replace(g, hourly_limit=2) for g in service.service.grants.all))
    service.state(THE_MINISTRY, JUSTICE, "H-1")
    for door in (service.state, service.result):
        with pytest.raises(LimitReached):
            door(THE_MINISTRY, JUSTICE, "H-1")
    assert [outcome for _, _, outcome in rows(service)][-2:] == ["limit", "limit"]


@pytest.mark.parametrize(
    "change",
    ["update hub.receipt set who = 'y'", "delete from hub.ministry_state", "truncate hub.ministry_question cascade"],
)
def test_rows_stay(put, service, engine, change) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    service.result(THE_MINISTRY, JUSTICE, "H-1")
    with pytest.raises(DatabaseRefused, match="only ever appended"), engine.begin() as connection:
        connection.execute(sa.text(change))
