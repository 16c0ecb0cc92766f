"""A record that is faulty or contradicts what is stored becomes a case or a finding, and is never lost."""

from __future__ import annotations

import sqlalchemy as sa

from hub.load.counts import Counts
from hub.load.exchange import Exchange

from .observed import rows


def test_same_version_with_other_content_is_a_case(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Never last-writer-wins in silence: the newcomer is quarantined and the stored row flagged."""
    source.served = [[record("A", "20220601080000", TrangThai="1")]]
    exchange.sync()
    source.served = [[record("A", "20220601080000", [("x", "1")], TrangThai="2")]]

    _, counts = exchange.sync()

    assert counts == {"paper": Counts(received=1, quarantined=1), "paper_part": Counts(received=1, quarantined=1)}
    assert rows(engine, "select trang_thai, _disputed from warehouse.paper") == [("1", True)]
    assert rows(engine, 'select rules from hub."case" order by dataset') == [
        (["record.version-conflict"],),
        (["record.owner-quarantined"],),
    ]


def test_same_version_with_other_content_within_a_batch(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """The first told stays, flagged; the second is the newcomer."""
    source.served = [[record("A", "20220601080000", TrangThai="1"), record("A", "20220601080000", TrangThai="2")]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=2, accepted=1, quarantined=1)
    assert rows(engine, "select trang_thai, _disputed from warehouse.paper") == [("1", True)]


def test_children_of_a_disputed_copy_stay_out_however_often_they_are_read(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Two contents of one version, each with children: those of the stored copy are in, those of the newcomer never.

    Once they followed their key and version instead of their own copy: all were kept out at first,
    and came in at the second reading.
    """
    source.served = [
        [
            record("A", "20220601080000", [("x", "1")], TrangThai="1"),
            record("A", "20220601080000", [("x", "2"), ("y", "1")], TrangThai="2"),
        ]
    ]
    _, first = exchange.sync()

    _, second = exchange.sync(mode="full")

    assert first["paper_part"] == Counts(received=3, accepted=1, quarantined=2)
    assert second["paper_part"] == Counts(received=3, unchanged=1, quarantined=2)
    assert rows(engine, "select _key, gia from warehouse.paper_part") == [("A|x", 1)]


def test_faulty_record_becomes_one_case_with_every_broken_rule(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """However often it is read again, it is one case, and its good sibling passes."""
    bad = record("A", "20220601080000", [("x", "1")], TrangThai="9", NgaySinh="31.02.1999")
    source.served = [[bad, record("B", "20220601080000", [("x", "một")])]]
    exchange.sync()

    _, counts = exchange.sync()

    assert counts == {
        "paper": Counts(received=2, unchanged=1, quarantined=1),
        "paper_part": Counts(received=2, quarantined=2),
    }
    found = rows(engine, 'select dataset, record_key, rules, seen from hub."case" order by 1, 2')
    assert found == [
        ("paper", "A", ["TrangThai.code", "NgaySinh.partial_date"], 2),
        ("paper_part", "A|x", ["record.owner-quarantined"], 2),
        ("paper_part", "B|x", ["Gia.integer"], 2),
    ]


def test_record_without_key_is_a_case(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Nothing is lost for want of a name."""
    source.served = [[record("", "20220601080000") | {"MaHoSo": None}, record("B", "20220601080000")]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=2, accepted=1, quarantined=1)
    assert rows(engine, 'select record_key, rules, record from hub."case"') == [(None, ["MaHoSo.required"], 1)]


def test_contradiction_is_a_finding_on_an_accepted_record(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """The paper book wins by law: the hub notes, it does not reject."""
    source.served = [[record("A", "20220601080000", SoDinhDanh="079199000001", NgaySinh="1985")]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=1, accepted=1, findings=1)
    assert rows(engine, "select record_key, rule from hub.finding") == [("A", "SoDinhDanh.identity_matches_birth")]
