"""The marking itself: a proof that cannot fail proves nothing, so each way of being wrong is shown to it."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl
import pytest

from proofs.quality.classes import CLASSES
from proofs.quality.marks import ALARMS, RECORD, Mark, add, mark, precision, recall, right
from proofs.quality.report import failures
from proofs.quality.seeds import USUAL, unseen
from twins.defects.planting import TRUTH_SCHEMA

S = "moj-registry"
AGAIN = {"system": pl.String, "dataset": pl.String, "counted": pl.Int64}


def truth(*rows: tuple[str, ...]) -> pl.DataFrame:
    """Rows of (record, field, defect, expected) in the births."""
    return pl.DataFrame([(S, "birth", *row) for row in rows], schema=TRUTH_SCHEMA, orient="row")


def reply(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    """Alarms of (record, rule's kind, effect, field)."""
    full = [
        (S, "birth", record, f"{field}.{kind}" if field else kind, kind, effect, [field] if field else [])
        for record, kind, effect, field in rows
    ]
    return pl.DataFrame(full, schema=ALARMS, orient="row")


def stored(*records: str) -> pl.DataFrame:
    return pl.DataFrame(
        [(S, "birth", record) for record in records], schema=dict.fromkeys(RECORD, pl.String), orient="row"
    )


def counted(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=AGAIN, orient="row")


def marks_of(
    expected: pl.DataFrame, alarms: pl.DataFrame, *, kept: pl.DataFrame | None = None, again: pl.DataFrame | None = None
) -> dict[str, Mark]:
    """Defect -> its mark."""
    return {
        m.defect: m
        for m in mark(expected, alarms, stored() if kept is None else kept, counted() if again is None else again)
    }


NAMELESS = truth(("1", "nksHoTen", "missing-name", "quarantine"))


def test_found_for_its_own_reason() -> None:
    """A case with the rule that looks at the planted field is the defect found."""
    found = marks_of(NAMELESS, reply(("1", "required", "quarantine", "nksHoTen")))

    assert Mark("missing-name", "record", 1, 1, 0, 0) == found["missing-name"]
    assert [] == failures(list(found.values()))


def test_nothing_reported_is_missed() -> None:
    """A hub that tells nothing fails."""
    assert ["missing-name: 1 of 1 missed, 0 false alarms"] == failures(list(marks_of(NAMELESS, reply()).values()))


def test_rejected_for_another_reason_is_missed_and_a_false_alarm() -> None:
    """The right record, the wrong reason: a clerk would look in the wrong place."""
    found = marks_of(NAMELESS, reply(("1", "partial_date", "quarantine", "ngayDangKy")))

    assert (1, 0) == (found["missing-name"].missed, found["missing-name"].false_alarms)
    assert 1 == found["impossible-date"].false_alarms


def test_a_finding_is_no_quarantine_and_the_other_way_round() -> None:
    """What is wrong in itself must be kept out; what needs a person must not."""
    doubt = truth(("2", "nksSoDDCN", "identity-against-sex", "finding"))
    mild = marks_of(NAMELESS, reply(("1", "required", "finding", "nksHoTen")))
    harsh = marks_of(doubt, reply(("2", "identity_matches_sex", "quarantine", "nksSoDDCN")))

    assert 1 == mild["missing-name"].missed
    assert 1 == harsh["identity-against-sex"].missed
    assert 1 == harsh["(nothing planted) identity_matches_sex"].false_alarms
    assert ["(nothing planted) identity_matches_sex: 0 of 0 missed, 1 false alarms"] == failures(list(harsh.values()))


def test_an_alarm_on_a_clean_record_is_false() -> None:
    """And it falls on the classes that its rule serves."""
    found = marks_of(
        NAMELESS, reply(("1", "required", "quarantine", "nksHoTen"), ("9", "required", "quarantine", "nksHoTen"))
    )

    assert 1 == found["missing-name"].false_alarms
    assert found["missing-name"].fails


def test_judgement_may_err_and_says_how_often() -> None:
    """A false finding costs precision, not the proof."""
    expected = truth(
        ("1", "meHoTen", "title-before-name", "finding"), ("2", "nksHoTen", "surname-like-title", "accepted")
    )
    alarms = reply(("1", "avoids", "finding", "meHoTen"), ("2", "avoids", "finding", "nksHoTen"))
    found = marks_of(expected, alarms, kept=stored("2"))
    titles = found["title-before-name"]

    assert (0.5, 1.0) == (precision(titles), recall(titles))
    assert [] == failures(list(found.values()))
    assert 1 == found["surname-like-title"].found


@pytest.mark.parametrize("lost", ["never stored", "rejected"])
def test_harmless_dirt_must_arrive(lost: str) -> None:
    """A lawful record that is rejected, or simply not there, is missed."""
    expected = truth(("3", "nksNgaySinh", "partial-date-year", "accepted"))
    alarms = reply(("3", "partial_date", "quarantine", "nksNgaySinh")) if lost == "rejected" else reply()
    found = marks_of(expected, alarms, kept=stored("3") if lost == "rejected" else stored())

    assert found["partial-date-year"].fails


def test_conflicts_and_held_lists_are_reported_by_the_exchange() -> None:
    """The same version with other content, and a list whose dossier is held."""
    expected = truth(
        ("4", "SoDienThoai", "same-version-other-content", "conflict"),
        ("5", "MaHoSo", "held-with-its-dossier", "quarantine"),
    )
    alarms = reply(
        ("4", "record.version-conflict", "quarantine", ""), ("5", "record.owner-quarantined", "quarantine", "")
    )
    swapped = reply(
        ("5", "record.version-conflict", "quarantine", ""), ("4", "record.owner-quarantined", "quarantine", "")
    )

    assert [] == failures(list(marks_of(expected, alarms).values()))
    assert 4 == sum(
        m.missed + m.false_alarms
        for m in marks_of(expected, swapped).values()
        if m.planted and m.defect != "double-child-key"
    )


@pytest.mark.parametrize(("count", "missed", "false"), [(2, 0, 0), (1, 1, 0), (3, 0, 1)])
def test_what_comes_twice_is_counted_table_by_table(count: int, missed: int, false: int) -> None:
    """The ledger names no record: too few are missed, too many are false."""
    expected = truth(("1", "id", "exact-duplicate", "duplicate"), ("2", "id", "exact-duplicate", "duplicate"))
    twice = marks_of(expected, reply(), again=counted((S, "birth", count), (S, "death", 0)))["exact-duplicate"]

    assert (missed, false) == (twice.missed, twice.false_alarms)


def test_an_alarm_is_judged_once_whatever_stands_about_its_record() -> None:
    """Two defects of one record do not double its alarms."""
    expected = truth(
        ("1", "nksHoTen", "other-script-in-name", "finding"), ("1", "meHoTen", "other-script-in-name", "finding")
    )
    alarms = reply(("1", "pattern", "finding", "nksHoTen"), ("1", "pattern", "finding", "meHoTen"))

    assert [True, True] == right(expected, alarms)["right"].to_list()
    assert 2 == marks_of(expected, alarms)["other-script-in-name"].found


def test_a_class_that_nobody_described_is_refused() -> None:
    """A new planter cannot slip through unmarked."""
    with pytest.raises(ValueError, match="surprise"):
        marks_of(truth(("1", "id", "surprise", "quarantine")), reply())


def test_cities_add_up_class_by_class() -> None:
    """Also with a class that only one of them has."""
    one, other = Mark("a", "record", 3, 2, 1, 0), Mark("a", "record", 4, 4, 0, 2)

    assert [
        {**asdict(one), "planted": 7, "found": 6, "missed": 1, "false_alarms": 2},
        asdict(Mark("b", "record", 1, 1, 0, 0)),
    ] == [asdict(m) for m in add([one], [other, Mark("b", "record", 1, 1, 0, 0)])]


def test_unseen_seeds_follow_from_the_sentence() -> None:
    """The same for everybody, all different, and the usual one not among them."""
    assert 2751378909 == unseen(1)[0]
    assert unseen(8)[:5] == unseen(5)
    assert 9 == len({USUAL, *unseen(8)})
    with pytest.raises(ValueError, match="0 to 8"):
        unseen(9)


def test_each_class_says_by_which_rule_it_is_found() -> None:
    """Only what nobody should find has none; doubles are counted."""
    assert {"exact-duplicate"} == {name for name, of in CLASSES.items() if not of.rules and of.decided != "harmless"}
