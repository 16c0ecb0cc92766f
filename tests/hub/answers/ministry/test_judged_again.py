"""A state is a claim about a moment: what changed since is judged again before it is said or handed over. All people are synthetic."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.answers.ministry.codes import MinistryRefusal, State
from hub.answers.ministry.judged import NEITHER
from tests.hub.registers import LAN, NOW

from .asking import (
    COUPLE,
    COUPLE_BY_ENTRY,
    DEAD,
    JUSTICE,
    QUAN_1,
    THE_MINISTRY,
    by_number,
    office,
    rows,
    rule_grants,
)


def test_after_a_correction_the_new_version_is_handed_over(put, service, engine) -> None:
    """What was corrected since was handed over as it had been: with another number of its own, and a receipt."""
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
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


@pytest.mark.parametrize("asked_again", [False, True])
def test_what_was_locked_since_is_not_handed_over(put, service, engine, asked_again: bool) -> None:
    """A question settled in life was fetched after the death, and the same question again was still done."""
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    put("death", "9", **DEAD)
    if asked_again:
        service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")
    assert service.state(THE_MINISTRY, JUSTICE, "H-1")[0] is State.SUPPLEMENT
    assert [(what, outcome) for _, what, outcome in rows(service)][-2:] == [
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


def test_what_waited_for_a_sync_is_handed_over_after_it(put, service, engine) -> None:
    """Fetched after the sync without a poll in between, it was refused as if it still waited; the next poll said done."""
    put("birth", "1", **LAN)
    synced = sa.text("update hub.run set started_at = :then, ended_at = :then where stream = 'moj-registry.birth'")
    with engine.begin() as connection:
        connection.execute(synced, {"then": NOW - timedelta(days=30)})
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")
    with engine.begin() as connection:
        connection.execute(synced, {"then": NOW})
    assert service.result(THE_MINISTRY, JUSTICE, "H-1").number == "1/2022/TLKS-BS"
    assert service.state(THE_MINISTRY, JUSTICE, "H-1") == (State.DONE, ())


def test_a_fetch_under_another_law_ends_no_waiting(put, service, engine) -> None:
    """Nobody's refusal is written over a question that waits for the sync of those who may see it."""
    put("birth", "1", **LAN)
    with engine.begin() as connection:
        connection.execute(
            sa.text("update hub.run set ended_at = :then where stream = 'moj-registry.birth'"),
            {"then": NOW - timedelta(days=30)},
        )
    service.register(office(), QUAN_1, "BS", "H-1", by_number())
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(office(law="marital-status"), QUAN_1, "H-1")
    assert service.state(office(), QUAN_1, "H-1") == (State.RECEIVED, ())


def test_what_was_withdrawn_since_is_neither_said_nor_handed_over(put, service, engine) -> None:
    """Its state is not taken away from others under their law: nobody knows whether it was withdrawn, or is not to be seen by who asks."""
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    with engine.begin() as connection:
        connection.execute(sa.text("delete from warehouse.birth"))
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")
    assert service.state(THE_MINISTRY, JUSTICE, "H-1") == (State.REFUSED, (NEITHER,))


def test_what_was_granted_once_is_fetched_only_while_it_is(put, service) -> None:
    put("birth", "1", **LAN)
    service.register(THE_MINISTRY, JUSTICE, "BS", "H-1", by_number())
    rule_grants(service, *(g for g in service.service.grants.all if g.dataset != "birth"))
    with pytest.raises(MinistryRefusal, match="200"):
        service.result(THE_MINISTRY, JUSTICE, "H-1")
