"""The shipped requirements: papers that are demanded, what is held of them, and under which duty."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from hub.core.errors import NotFound
from hub.requirements import facts
from hub.requirements.catalogue import Answer, read_legal_bases
from hub.requirements.mapping import BUILT_IN
from hub.requirements.rules import read_rules

from .catalogue import HCMC, ROWS, SHIPPED


def test_every_shipped_row_is_a_demanded_paper_with_a_known_rule() -> None:
    """530 papers of 91 procedures, each demanded, each proposed by a rule that is there or entered by a person."""
    known = {rule.id for rule in (*read_rules(HCMC).rules, *BUILT_IN)} | {facts.MANUAL}

    assert (91, 530) == (len(SHIPPED), len(ROWS))
    assert all(r.copies >= 1 for r in ROWS)
    assert {r.rule for r in ROWS} <= known
    assert not any(r.reviewed for r in ROWS), "say in docs/requirements.md who reviewed them"


def test_what_is_held_says_under_which_duty() -> None:
    """A held row has evidence, a duty that is listed and somebody whose paper it is; the others have none."""
    bases = read_legal_bases(HCMC)
    for r in ROWS:
        assert r.held == bool(r.evidence_type) == bool(r.legal_basis), r.id
        assert not r.held or (
            bases.on(r.legal_basis, date(2022, 6, 2)) and bases.on(r.legal_basis, date(2026, 7, 1))
        ), r.id


def test_result_codes_are_those_of_real_procedures() -> None:
    """Each result named by a rule is published for the procedure that its reason names."""
    with (HCMC / "reference" / "procedures.csv").open(encoding="utf-8", newline="") as file:
        published = {row["code"]: row["result_codes"].split("|") for row in csv.DictReader(file)}
    codes = [
        (rule.evidence.removeprefix("result:"), rule.why.split("result of ")[1][:8])
        for rule in read_rules(HCMC).rules
        if rule.answer is Answer.RESULT
    ]
    listed = [(code, procedure) for code, procedure in codes if procedure in published]

    assert len(listed) >= 5
    assert all(code in published[procedure] for code, procedure in listed)


def test_procedures_of_the_demonstration_have_requirements() -> None:
    """Birth, marriage, death, recognition and the copy of an extract."""
    assert {"1.001193", "1.000894", "1.000656", "1.001022", "2.000635"} <= set(SHIPPED)


def test_the_law_of_a_duty_depends_on_the_day() -> None:
    """Decree 47 in 2022 and after Decree 194, unread after Decree 278, Decree 224 since 2026-07-01, none before 2020."""
    bases = read_legal_bases(HCMC)
    days = [date(2019, 1, 1), date(2022, 6, 2), date(2025, 9, 1), date(2025, 10, 22), date(2026, 7, 1)]
    found = [bases.on("once-held", day) for day in days]

    assert [None, True, True, False, True] == [basis and basis.in_force for basis in found]
    assert ["47/2020" in found[1].articles, "224/2026" in found[4].articles] == [True, True]  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        bases.on("once-hold", days[0])
