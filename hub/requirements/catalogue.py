"""The catalogue of requirements: the papers that each procedure demands, and the evidence for each, read and checked.

    read_requirements(folder) -> {"1.001193": (Requirement, ...), ...}      requirements.csv
    read_legal_bases(folder)  -> LegalBases; .on("once-held", day)          reference/legal_bases.csv

`contracts/reference/requirements.odcs.yaml` and `legal_bases.odcs.yaml` describe the columns. A requirement that
nothing answers (a form, a fee, a new statement) is in the catalogue too: its decision is "ask".
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from contracts.errors import DeploymentInvalid
from hub.access.legal_bases import LEGAL_BASES, LegalBases, LegalBasis, read_legal_bases
from hub.core.cells import Cells, ColumnMissing, read_cells

__all__ = [
    "About",
    "Answer",
    "LegalBases",
    "LegalBasis",
    "Reach",
    "Requirement",
    "ReviewState",
    "Territory",
    "Validity",
    "national_code",
    "read_legal_bases",
    "read_requirements",
]

FILE = "requirements.csv"
UNTIL_STATED = "until ThoiHanHieuLuc"


class Answer(StrEnum):
    """Kind of evidence that answers a requirement."""

    REGISTER = "register"
    """An entry of one of the four registers."""
    RESULT = "result"
    """The result of another procedure."""
    POPULATION = "population"
    """A question to the national population database, which the city does not hold but an agency may ask."""
    NONE = "none"
    """No evidence: the citizen is asked."""


class About(StrEnum):
    """Whose paper it is, seen from the dossier."""

    APPLICANT = "applicant"
    CHILD = "child"
    MOTHER = "mother"
    FATHER = "father"
    SPOUSE = "spouse"
    DECEASED = "deceased"
    OWNER = "owner"
    """Of a vehicle, a house, a shop."""
    REPRESENTATIVE = "representative"
    """The legal representative, or whoever acts for another."""
    MEMBER = "member"
    """Each of several persons: such a row is asked for."""
    ORGANISATION = "organisation"
    """A company, a cooperative, a body: the applicant stands for it where the dossier names none."""
    OTHER = "other"


class Reach(StrEnum):
    """The most that a decision about a row may be."""

    REUSE = "reuse"
    """Read to its end, one paper, and it says whose."""
    CONFIRM = "confirm"
    """Read to its end, but something is taken for granted (whose paper, that a case applies): an officer looks."""
    ASK = "ask"
    """Nothing answers it, or it was not understood."""


class ReviewState(StrEnum):
    """Whether a jurist has settled what answers a row."""

    PROPOSED = "proposed"
    """Nobody has: on its own it is confirmed at most."""
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    """It is asked for, whatever is held."""


class Territory(StrEnum):
    """Territorial scope (PhamViHieuLuc) that evidence must have."""

    CITY = "city"
    """Issued in the city, or stated to be valid there."""
    ANY = "any"
    """Valid in the whole country, as papers of civil status are."""


@dataclass(frozen=True)
class Validity:
    """How long evidence may be used, unless it is annulled."""

    until_stated: bool = False
    """Until the paper's own ThoiHanHieuLuc; a paper without one does not expire."""
    days: int | None = None
    """For so many days from its NgayCap."""

    def __str__(self) -> str:
        return UNTIL_STATED if self.until_stated else f"days:{self.days}" if self.days is not None else "none"


@dataclass(frozen=True)
class Requirement:
    """One row of `requirements.csv`."""

    procedure: str
    """MaTTHC without the suffix of an agency."""
    id: str
    """The row's own code if the catalogue has one, otherwise `procedure/ordinal`. Unique."""
    name: str
    """Our short Vietnamese name."""
    copies: int
    """Number of copies demanded; 0: a note or an alternative."""
    answer: Answer
    evidence_type: str
    """`register:birth`, `result:KQ.G15.000031`, `population`; empty if nothing answers it."""
    about: About
    territory: Territory
    max_age: timedelta | None
    """Greatest age of our copy since the last sync of its stream; None: the stream's own service level."""
    validity: Validity
    legal_basis: str
    """Id in `legal_bases.csv` of the law by which no citizen is asked for it; empty if nothing answers it."""
    rule: str
    """Which rule proposed it (`requirement_rules.yaml`); `manual` when a person entered it."""
    reviewed: bool
    """Whether a person of the city has confirmed the row; screens show it."""
    line: int
    """File and line, for messages."""
    reach: Reach = Reach.REUSE
    """The most that a decision about it may be (`at_most`): `confirm` where the row leaves something to an officer."""
    derivation: str = ""
    """The words of the row that decided, each with what it was taken for."""
    review: ReviewState = ReviewState.CONFIRMED
    """What a jurist settled; read together with `requirement_reviews.csv` only (`review.read_reviewed`)."""
    fingerprint: str = ""
    """`Paper.fingerprint` of the text that was read; empty for a row that a person entered."""
    part_of: str = ""
    """Id of the catalogue's row of which this is a part; empty for a whole row."""
    still: str = ""
    """What the row demands besides this paper: it is to be handed in, whatever answers this part."""

    @property
    def group(self) -> str:
        """Derivation group: rows that the same words decide alike. A jurist reviews them together."""
        parts = self.rule, self.about, self.validity, self.reach, self.derivation
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:8] if self.held else ""

    @property
    def held(self) -> bool:
        """Whether the city itself, or the population database, can answer it."""
        return self.answer is not Answer.NONE


EVIDENCE = {
    Answer.REGISTER: re.compile(r"register:[a-z][a-z0-9_]{0,59}"),
    Answer.RESULT: re.compile(r"result:\S+"),
    Answer.POPULATION: re.compile("population"),
    Answer.NONE: re.compile(""),
}
COLUMNS = (
    "procedure",
    "requirement",
    "name",
    "copies",
    "answer",
    "evidence_type",
    "about",
    "territory",
    "max_age_days",
    "validity",
    "legal_basis",
    "rule",
    "reviewed",
    "at_most",
    "derivation",
    "text_sha256",
    "part_of",
    "still",
)


def read_requirements(folder: Path, registers: Collection[str] | None = None) -> dict[str, tuple[Requirement, ...]]:
    """The requirements of a deployment by procedure, in its order. `registers`: the evidence types of its contracts.

    Raises:
        DeploymentInvalid: names file and line of an invalid column or value, a repeated id, or an unknown legal basis.
    """
    path = folder / FILE
    bases = read_legal_bases(folder).ids
    found: defaultdict[str, list[Requirement]] = defaultdict(list)
    seen: dict[str, int] = {}
    for cells in _cells_of(path):
        each = _requirement(cells, bases)
        if each.answer is Answer.REGISTER and registers is not None and each.evidence_type not in registers:
            raise cells.wrong("evidence_type", "is proved by no contract", hint=f"known are {', '.join(registers)}")
        if each.id in seen:
            raise DeploymentInvalid(
                f"{path}:{cells.line}: requirement {each.id} for the second time (first on line {seen[each.id]})",
                hint="keep one",
            )
        seen[each.id] = cells.line
        found[each.procedure].append(each)
    return {procedure: tuple(each) for procedure, each in found.items()}


def _cells_of(path: Path) -> list[Cells]:
    """The rows of the file; one that was written before rows had parts lacks their two columns."""
    try:
        return list(read_cells(path, COLUMNS))
    except ColumnMissing:
        return list(read_cells(path, COLUMNS[:-2]))


def national_code(procedure: str) -> str:
    """MaTTHC as the national catalogue writes it: without the suffix of the publishing agency
    (`1.000494.000.00.00.H29`).
    """
    found = re.match(r"[0-9]\.[0-9]{6}(?=\.|$)", procedure.strip())
    return found[0] if found else procedure.strip()


def _requirement(cells: Cells, bases: frozenset[str]) -> Requirement:
    answer = Answer(cells.one_of("answer", tuple(Answer)))
    evidence, basis = cells["evidence_type"], cells["legal_basis"]
    if not EVIDENCE[answer].fullmatch(evidence):
        hint = f"expected {EVIDENCE[answer].pattern or 'an empty cell'}"
        raise cells.wrong("evidence_type", f"does not fit answer {answer}", hint=hint)
    if answer is not Answer.NONE and basis not in bases:
        raise cells.wrong("legal_basis", f"is not in {LEGAL_BASES}", hint=f"known are {', '.join(sorted(bases))}")
    age = cells.number("max_age_days", empty_is=None)
    reach = Reach(cells.one_of("at_most", tuple(Reach)))
    if (reach is Reach.ASK) != (answer is Answer.NONE):
        raise cells.wrong("at_most", f"does not fit answer {answer}", hint="ask where nothing answers it, only there")
    return Requirement(
        procedure=cells.matching("procedure", r"[0-9]\.[0-9]{6}", "1.001193"),
        id=cells.filled("requirement"),
        name=cells.filled("name"),
        copies=cells.number("copies", empty_is=0) or 0,
        answer=answer,
        evidence_type=evidence,
        about=About(cells.one_of("about", tuple(About))),
        territory=Territory(cells.one_of("territory", tuple(Territory))),
        max_age=None if age is None else timedelta(days=age),
        validity=_validity(cells),
        legal_basis=basis,
        rule=cells.filled("rule"),
        reviewed=cells.one_of("reviewed", ("true", "false")) == "true",
        line=cells.line,
        reach=reach,
        derivation=cells["derivation"],
        fingerprint=cells["text_sha256"],
        part_of=cells.row.get("part_of", ""),
        still=_still(cells, reach),
    )


def _still(cells: Cells, reach: Reach) -> str:
    """What is demanded besides. Such a part is no paper by itself: it is confirmed at most."""
    still = cells.row.get("still", "")
    if still and not cells["part_of"]:
        raise cells.wrong("part_of", "is empty", hint="the id of the row of which this is a part")
    if still and reach is Reach.REUSE:
        raise cells.wrong("at_most", "is reuse beside papers that are still demanded", hint="write confirm")
    return still


def read_validity(text: str) -> Validity:
    """`none`, `until ThoiHanHieuLuc` or `days:180`. Raises ValueError."""
    if text == UNTIL_STATED:
        return Validity(until_stated=True)
    days = re.fullmatch(r"days:([1-9][0-9]{0,4})", text)
    if days is None and text != "none":
        raise ValueError(text)
    return Validity(days=int(days[1]) if days else None)


def _validity(cells: Cells) -> Validity:
    try:
        return read_validity(cells["validity"])
    except ValueError:
        raise cells.wrong("validity", "is not understood", hint=f"write none, {UNTIL_STATED} or days:180") from None
