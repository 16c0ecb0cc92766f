"""Writes proposals to `requirements.csv`, and computes the share of demanded papers that the city can answer.

A row that a person has confirmed (`reviewed` = true) or entered (`rule` = manual) stays when the file is written again.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hub.requirements.catalogue import (
    COLUMNS,
    FILE,
    About,
    Answer,
    Requirement,
    Territory,
    read_requirements,
    read_validity,
)
from hub.requirements.mapping import Proposal

MANUAL = "manual"
_WHOSE = {
    About.CHILD: "của con",
    About.MOTHER: "của mẹ",
    About.FATHER: "của cha",
    About.SPOUSE: "của vợ, chồng",
    About.DECEASED: "của người chết",
    About.OWNER: "của chủ sở hữu",
    About.REPRESENTATIVE: "của người đại diện",
}


def row_of(proposal: Proposal) -> dict[str, str]:
    """The row of `requirements.csv` for a proposal, unreviewed; its name is ours, never the catalogue's text."""
    rule, held = proposal.rule, proposal.held
    # A marriage of the parents is looked up by the mother, and counts for both parents.
    whose = (
        "của cha, mẹ"
        if (rule.evidence, proposal.about) == ("register:marriage", About.MOTHER)
        else _WHOSE.get(proposal.about)
    )
    name = f"{rule.name} {whose}" if held and whose and "của" not in rule.name else rule.name
    age = "" if rule.max_age_days is None else str(rule.max_age_days)
    return {
        "procedure": proposal.paper.procedure,
        "requirement": proposal.paper.id,
        "name": f"{name}, hoặc giấy khác" if proposal.alternatives else name,
        "copies": str(proposal.paper.copies),
        "answer": rule.answer,
        "evidence_type": rule.evidence,
        "about": proposal.about,
        "territory": rule.territory if held else Territory.ANY,
        "max_age_days": age,
        "validity": proposal.validity,
        "legal_basis": rule.basis,
        "rule": rule.id,
        "reviewed": "false",
        "at_most": proposal.reach,
        "derivation": proposal.derivation,
        "text_sha256": proposal.paper.fingerprint,
        "part_of": "",
        "still": "",
    }


def rows_of(proposal: Proposal) -> tuple[dict[str, str], ...]:
    """The row for a proposal; where it is held in part, a row for each paper that is held and one for what is not."""
    return tuple(row for row, _ in _rows(proposal))


def _rows(proposal: Proposal) -> Iterator[tuple[dict[str, str], Proposal]]:
    whole, id_ = row_of(proposal), proposal.paper.id
    if not proposal.parts:
        yield whole, proposal
        return
    still = shortened(proposal.still)
    for number, part in enumerate(proposal.parts, 1):
        yield row_of(part) | {"requirement": f"{id_}.{number}", "part_of": id_, "still": still}, part
    if still:
        rest = {"requirement": f"{id_}.{len(proposal.parts) + 1}", "part_of": id_, "name": f"Còn phải nộp: {still}"}
        yield whole | rest, proposal


def shortened(words: str, most: int = 160) -> str:
    """The words of a paper as they are shown: without the marks around them, and not the whole of a long sentence."""
    plain = re.sub(r" (?=[,.;:)])|(?<=[(]) ", "", words).strip(" .,;:-+")
    return plain if len(plain) <= most else f"{plain[:most].rsplit(' ', 1)[0]} …"


def requirements_of(proposal: Proposal) -> tuple[Requirement, ...]:
    """The requirements that a proposal would become: one, or its parts."""
    return tuple(_requirement(each, row) for row, each in _rows(proposal))


def _requirement(proposal: Proposal, row: Mapping[str, str]) -> Requirement:
    rule = proposal.rule
    return Requirement(
        procedure=row["procedure"],
        id=row["requirement"],
        name=row["name"],
        copies=proposal.paper.copies,
        answer=rule.answer,
        evidence_type=rule.evidence,
        about=proposal.about,
        territory=Territory(row["territory"]),
        max_age=None if rule.max_age_days is None else timedelta(days=rule.max_age_days),
        validity=read_validity(proposal.validity),
        legal_basis=rule.basis,
        rule=rule.id,
        reviewed=False,
        line=0,
        reach=proposal.reach,
        derivation=proposal.derivation,
        fingerprint=proposal.paper.fingerprint,
        part_of=row["part_of"],
        still=row["still"],
    )


def text_of(proposals: Iterable[Proposal], kept: Mapping[str, dict[str, str]]) -> str:
    """All rows of the file: papers of which at least one copy is demanded.

    A kept row replaces its proposal; kept rows without a proposal come last.
    """
    fresh = {row["requirement"]: row for p in proposals if p.paper.copies for row in rows_of(p)}
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept.get(requirement, row) for requirement, row in fresh.items())
    writer.writerows(row for requirement, row in kept.items() if requirement not in fresh)
    return out.getvalue()


def write(folder: Path, proposals: Sequence[Proposal]) -> tuple[int, int]:
    """Write `requirements.csv`; returns the number of rows and of kept rows.

    Raises DeploymentInvalid if the present file is invalid.
    """
    path = folder / FILE
    kept: dict[str, dict[str, str]] = {}
    if path.exists():
        read_requirements(folder)  # what a person confirmed must be readable before it is written again
        with path.open(encoding="utf-8", newline="") as file:
            kept = {
                row["requirement"]: row
                for row in csv.DictReader(file)
                if row["reviewed"] == "true" or row["rule"] == MANUAL
            }
    text = text_of(proposals, kept)
    path.write_text(text, encoding="utf-8")
    return text.count("\n") - 1, len(kept)


@dataclass(frozen=True)
class AnsweredShare:
    """Number of demanded papers that one kind of evidence answers."""

    by: str
    rows: int
    of: int
    """All demanded papers: rows with at least one copy."""

    @property
    def share(self) -> float:
        return self.rows / self.of if self.of else 0.0


def shares(requirements: Iterable[Requirement]) -> tuple[AnsweredShare, ...]:
    """Shares of the demanded papers with at least one copy: by evidence type, then what the city answers itself, what
    the population database adds, what is held in part only, and what the citizen is asked. Parts of a row are one."""
    every = [r for r in requirements if r.copies]
    demanded = [r for r in every if not r.part_of]
    parted = len({r.part_of for r in every if r.part_of})
    count = Counter(r.evidence_type for r in demanded if r.held)
    of = len(demanded) + parted
    own = sum(r.answer in (Answer.REGISTER, Answer.RESULT) for r in demanded)
    population = sum(r.answer is Answer.POPULATION for r in demanded)
    return (
        *(
            AnsweredShare(evidence, rows, of)
            for evidence, rows in sorted(count.items(), key=lambda each: (-each[1], each[0]))
            if evidence != Answer.POPULATION
        ),
        AnsweredShare("city itself (registers and results)", own, of),
        AnsweredShare("population (asked of the national database)", population, of),
        AnsweredShare("either", own + population, of),
        AnsweredShare("in part (other papers of the row are asked)", parted, of),
        AnsweredShare("asked of the citizen", of - own - population - parted, of),
    )
