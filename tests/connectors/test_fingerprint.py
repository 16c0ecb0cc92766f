"""The cheap question of each dialect: whether the answer has changed, by ids, change times and count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connectors import Fingerprint, Position, Window

SINCE = Window(Position(datetime(2022, 5, 31, 0, tzinfo=UTC)))


def test_an_unchanged_answer_is_no_news(one_stop: Any, portal: Any, e_identification: Any) -> None:
    """The same records give the same fingerprint, over all pages."""
    for place in (one_stop, portal, e_identification):
        source = place.open()
        known = source.fingerprint(SINCE)
        assert 7 == len(known.marks)
        assert not source.fingerprint(SINCE).differs(known)


def test_a_new_a_changed_and_a_lost_dossier_are_news(one_stop: Any) -> None:
    """Ids, change times and count: each by itself changes the fingerprint."""
    double, source = one_stop.double, one_stop.open()
    known = source.fingerprint(SINCE)

    double.dossiers[-1]["NgayCapNhat"] = "20220601090000"
    changed = source.fingerprint(SINCE)
    double.dossiers.append({**double.dossiers[-1], "MaHoSo": "000.00.01.H29-220601-0008"})
    added = source.fingerprint(SINCE)
    double.dossiers[-2:] = []
    lost = source.fingerprint(SINCE)

    assert changed.differs(known)
    assert added.differs(changed)
    assert lost.differs(known)


def test_a_record_that_comes_twice_counts_twice() -> None:
    """The count is part of the fingerprint."""
    once, twice = Fingerprint.of("", [("1", "a")]), Fingerprint.of("", [("1", "a"), ("1", "a")])

    assert twice.differs(once)


def test_what_leaves_the_window_is_no_news() -> None:
    """The run that reads the news moves the position, and with it the window: that must not start another run."""
    known = Fingerprint.of("10:00", [("1", "10:05"), ("2", "10:20")])

    assert not Fingerprint.of("10:15", [("2", "10:20")]).differs(known)
    assert Fingerprint.of("10:15", [("2", "10:20"), ("3", "10:21")]).differs(known)


def test_the_registry_is_asked_for_its_lists_only(registry: Any, facade: Any) -> None:
    """No record is fetched: the day lists of ids are the cheapest question that its wire has."""
    for place in (registry, facade):
        source = place.open()
        known = source.fingerprint(SINCE)
        asked = len(place.double.sent)
        again = source.fingerprint(SINCE)
        gone = dict(place.double.births)
        place.double.births.popitem()

        assert not again.differs(known)
        assert source.fingerprint(SINCE).differs(known)
        assert all(b"traDanhSachHoSo" not in body for body in place.double.sent)
        assert asked > 0
        place.double.births.update(gone)


def test_marks_hold_no_id() -> None:
    """A fingerprint is kept: its marks are eight bytes of a digest, and its repr shows none."""
    found = Fingerprint.of("10:00", [("000.00.01.H29-220601-0008", "20220601090000")])

    assert {8} == {len(mark) for mark in found.marks}
    assert "marks" not in repr(found)
