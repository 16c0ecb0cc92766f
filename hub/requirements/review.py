"""Reviews of what the grammar proposed: `requirement_reviews.csv` of a deployment, one line a row that a jurist settled.

    proposed ──review──> confirmed | rejected ──text, words or answer changed──> proposed

A review belongs to a row's text (its hash) and to its derivation group: the words that decided, the answer, the person,
the term. When one of these changes, the review counts no longer and the row is proposed again. A review marked
synthetic was made for a scenario: on real time it does not count.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from pathlib import Path

from contracts.errors import DeploymentInvalid
from hub.core.cells import Cells, read_cells
from hub.core.errors import NotFound
from hub.requirements.catalogue import Requirement, ReviewState, read_requirements

FILE = "requirement_reviews.csv"
COLUMNS = (
    "requirement",
    "text_sha256",
    "group",
    "state",
    "reviewer",
    "decision_number",
    "law_version",
    "reviewed_on",
    "synthetic",
)


@dataclass(frozen=True)
class RequirementReview:
    """What one jurist settled about one row."""

    requirement: str
    fingerprint: str
    """`Paper.fingerprint` of the text that was reviewed."""
    group: str
    """`Requirement.group` that was reviewed."""
    state: ReviewState
    reviewer: str
    """Name of the jurist."""
    decision_number: str
    """Number of the decision by which it was settled."""
    law_version: str
    """Version of the law's text that was read, `224/2026/NĐ-CP@2026-07-01`."""
    reviewed_on: date
    synthetic: bool

    def settles(self, requirement: Requirement) -> bool:
        """Whether it is about this row as it is now."""
        return (self.requirement, self.fingerprint, self.group) == (
            requirement.id,
            requirement.fingerprint,
            requirement.group,
        )


def read_reviews(folder: Path) -> dict[str, RequirementReview]:
    """The reviews of a deployment by requirement; the last one of a row counts. None where there is no file.

    Raises DeploymentInvalid: file and line of a cell that is wrong.
    """
    path = folder / FILE
    return {each["requirement"]: _review(each) for each in read_cells(path, COLUMNS)} if path.exists() else {}


def _review(cells: Cells) -> RequirementReview:
    day = cells.day("reviewed_on")
    if day is None:
        raise cells.wrong("reviewed_on", "is empty", hint="write the day of the review, 2026-07-01")
    return RequirementReview(
        requirement=cells.filled("requirement"),
        fingerprint=cells.matching("text_sha256", "[0-9a-f]{16}", "0123456789abcdef"),
        group=cells.matching("group", "[0-9a-f]{8}", "01234567"),
        state=ReviewState(cells.one_of("state", (ReviewState.CONFIRMED, ReviewState.REJECTED))),
        reviewer=cells.filled("reviewer"),
        decision_number=cells.filled("decision_number"),
        law_version=cells.filled("law_version"),
        reviewed_on=day,
        synthetic=cells.one_of("synthetic", ("true", "false")) == "true",
    )


def read_reviewed(
    folder: Path, *, scenario: bool, registers: Collection[str] | None = None
) -> dict[str, tuple[Requirement, ...]]:
    """The requirements of a deployment with the state of their review.

    `scenario`: the deployment's clock is not the real one, and synthetic reviews count.
    """
    reviews = {key: each for key, each in read_reviews(folder).items() if scenario or not each.synthetic}
    return {
        procedure: tuple(replace(each, review=state(each, reviews)) for each in rows)
        for procedure, rows in read_requirements(folder, registers).items()
    }


def state(requirement: Requirement, reviews: Mapping[str, RequirementReview]) -> ReviewState:
    """Proposed until a review of the row as it is now says otherwise; what a person entered by hand is confirmed."""
    found = reviews.get(requirement.id)
    if found is not None and found.settles(requirement):
        return found.state
    return ReviewState.CONFIRMED if requirement.reviewed or not requirement.held else ReviewState.PROPOSED


def groups(requirements: Iterable[Requirement]) -> dict[str, list[Requirement]]:
    """The held rows by derivation group, the largest group first."""
    found: dict[str, list[Requirement]] = {}
    for each in requirements:
        if each.held:
            found.setdefault(each.group, []).append(each)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def settle(folder: Path, rows: Sequence[Requirement], review: RequirementReview) -> int:
    """Write the review of a whole derivation group: one line a row, over any earlier line. Returns their number.

    `review` has what is the same for all rows. Raises NotFound when no row is given.
    """
    if not rows:
        raise NotFound(
            f"No row has the derivation group {review.group}", hint="hub requirements review lists the groups"
        )
    if missing := [each.id for each in rows if not each.fingerprint]:
        raise DeploymentInvalid(
            f"{folder / FILE}: {missing[0]} has no text that could be reviewed",
            hint="write requirements.csv anew: python -m proofs.requirements map FILE... --write",
        )
    kept = read_reviews(folder)
    for each in rows:
        kept[each.id] = replace(review, requirement=each.id, fingerprint=each.fingerprint)
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for line in kept.values():
            writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in astuple(line)])
    return len(rows)
