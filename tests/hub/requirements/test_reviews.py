"""Reviews of what the grammar proposed: who settled it, what opens it again, and what it does to decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import DeploymentInvalid
from hub.cli import app
from hub.core.errors import NotFound
from hub.requirements import review
from hub.requirements.catalogue import FILE, Requirement, ReviewState, read_requirements

BIRTH = "2.001263/11"
SETTLED = review.RequirementReview(
    "",
    "",
    "",
    ReviewState.CONFIRMED,
    "Trần Thị Hòa Lan",
    "12/QĐ-STP",
    "224/2026/NĐ-CP@2026-07-01",
    date(2026, 7, 1),
    False,
)


def row(folder: Path, *, scenario: bool = False) -> Requirement:
    return next(r for r in review.read_reviewed(folder, scenario=scenario)["2.001263"] if r.id == BIRTH)


def settle(folder: Path, **changed: object) -> int:
    found = row(folder)
    rows = review.groups(r for rows in read_requirements(folder).values() for r in rows)[found.group]
    return review.settle(folder, rows, replace(SETTLED, group=found.group, **changed))  # type: ignore[arg-type]


def test_the_shipped_reviews_are_synthetic_and_cover_what_is_held(deployment: Path) -> None:
    """They count in a scenario; on real time every held row is proposed."""
    held = {
        scenario: {
            r.review for rows in review.read_reviewed(deployment, scenario=scenario).values() for r in rows if r.held
        }
        for scenario in (True, False)
    }

    assert {True: {ReviewState.CONFIRMED}, False: {ReviewState.PROPOSED}} == held
    assert all(each.synthetic for each in review.read_reviews(deployment).values())


def test_a_jurist_settles_a_group(deployment: Path) -> None:
    """All rows that the same words decide; on real time too, with name, decision number and version of the law."""
    written = settle(deployment)

    assert (1, ReviewState.CONFIRMED) == (written, row(deployment).review)
    assert "12/QĐ-STP" == review.read_reviews(deployment)[BIRTH].decision_number
    assert 120 == len(review.read_reviews(deployment)), "the other reviews stay"
    settle(deployment, state=ReviewState.REJECTED)
    assert ReviewState.REJECTED is row(deployment).review


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("text_sha256", "0000000000000000"),
        ("reuse,paper: giấy khai sinh", "reuse,paper: trích lục khai sinh"),
        (",child,any,,none,once-held,birth-certificate", ",mother,any,,none,once-held,birth-certificate"),
    ],
)
def test_what_changes_opens_it_again(deployment: Path, before: str, after: str) -> None:
    """Another text, other words that decide, another person: proposed, until it is reviewed anew."""
    settle(deployment)
    found = row(deployment)
    before = found.fingerprint if before == "text_sha256" else before
    lines = (deployment / FILE).read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [line.replace(before, after) if line.startswith(f"2.001263,{BIRTH},") else line for line in lines]
    assert changed != lines
    (deployment / FILE).write_text("".join(changed), encoding="utf-8")

    assert ReviewState.PROPOSED is row(deployment).review


def test_what_a_person_entered_needs_no_review(deployment: Path) -> None:
    """Rows with `reviewed` true, and rows that nothing answers."""
    proposed = row(deployment)

    assert ReviewState.CONFIRMED is review.state(replace(proposed, reviewed=True), {})
    assert ReviewState.PROPOSED is review.state(proposed, {})


def test_a_wrong_review_is_named_with_its_line(deployment: Path) -> None:
    """A state that is none, a group of no row."""
    path = deployment / review.FILE
    path.write_text(path.read_text(encoding="utf-8").replace("confirmed", "approved", 1), encoding="utf-8")
    with pytest.raises(DeploymentInvalid, match=r"requirement_reviews.csv:2: state 'approved' is unknown"):
        review.read_reviews(deployment)
    with pytest.raises(NotFound, match="derivation group 00000000"):
        review.settle(deployment, [], replace(SETTLED, group="00000000"))


def test_the_command_lists_settles_and_explains(deployment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups, the rows of one, a review by name, and one row on one screen."""
    monkeypatch.setenv("HUB_DEPLOYMENT", str(deployment))
    monkeypatch.setenv("HUB_AS_OF", "now")

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["requirements", *words])
        assert 0 == done.exit_code, done.output
        return done.stdout

    group = row(deployment).group
    settled = ("--confirm", "--reviewer", "Trần Thị Hòa Lan", "--decision", "12/QĐ-STP", "--law", "224/2026/NĐ-CP")

    assert group in run("review")
    assert BIRTH in run("review", group)
    assert "its review is synthetic" in run("show", BIRTH)
    assert f"1 rows of group {group} confirmed by Trần Thị Hòa Lan\n" == run("review", group, *settled)
    assert "confirmed: Trần Thị Hòa Lan, 12/QĐ-STP" in run("show", BIRTH)
    assert 2 == CliRunner().invoke(app, ["requirements", "review", group, "--confirm"]).exit_code
