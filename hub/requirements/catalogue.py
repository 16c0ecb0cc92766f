"""What each procedure demands, and what the city could answer it with: the facts of a deployment, read and checked.

    read_requirements(folder) -> {"1.001193": (Requirement, ...), ...}      requirements.csv
    read_legal_bases(folder)  -> LegalBases; .on("once-held", day)          reference/legal_bases.csv

Which columns there are, and what each means: `contracts/reference/requirements.odcs.yaml`, `legal_bases.odcs.yaml`.
A requirement that nothing answers (a form, a fee, a new statement) stands here too: the decision about it is "ask".
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from contracts.errors import DeploymentInvalid
from hub.errors import NothingSuch

FILE = "requirements.csv"
LEGAL_BASES = "legal_bases.csv"
UNTIL_STATED = "until ThoiHanHieuLuc"


class Answer(StrEnum):
    """What answers a requirement."""

    REGISTER = "register"
    """An entry of one of the four registers."""
    RESULT = "result"
    """The result of another procedure."""
    POPULATION = "population"
    """A question to the national population database: the city does not hold it, an agency may ask."""
    NONE = "none"
    """Nothing that is held: the citizen is asked."""


class About(StrEnum):
    """Whose paper it is, seen from the dossier."""

    APPLICANT = "applicant"
    CHILD = "child"
    MOTHER = "mother"
    FATHER = "father"
    SPOUSE = "spouse"
    DECEASED = "deceased"
    OTHER = "other"


class Territory(StrEnum):
    """Which territorial scope (PhamViHieuLuc) evidence must have to count."""

    CITY = "city"
    """It was issued in the city, or is stated to hold there."""
    ANY = "any"
    """It holds in the whole country, as papers of civil status do."""


@dataclass(frozen=True)
class Validity:
    """How long evidence may be used, beyond not being annulled."""

    until_stated: bool = False
    """Until the paper's own ThoiHanHieuLuc; a paper that states none does not end."""
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
    """The row's own code where the catalogue gives one, else `procedure/ordinal`. Unique."""
    name: str
    """Our short Vietnamese name."""
    copies: int
    """How many are demanded; 0: a note or an alternative."""
    answer: Answer
    evidence_type: str
    """`register:birth`, `result:KQ.G15.000031`, `population`; empty when nothing answers."""
    about: About
    territory: Territory
    max_age: timedelta | None
    """Greatest age of our copy since the last sync of its stream; None: the stream's own service level."""
    validity: Validity
    legal_basis: str
    """Id in `legal_bases.csv` under which no citizen is asked for it; empty when nothing answers."""
    rule: str
    """Which rule proposed it (`requirement_rules.yaml`); `manual` when a person entered it."""
    reviewed: bool
    """Whether a person of the city has confirmed the row; screens say so."""
    line: int
    """Where it stands, for messages."""

    @property
    def held(self) -> bool:
        """Whether the city itself, or the population database, can answer it."""
        return self.answer is not Answer.NONE


@dataclass(frozen=True)
class LegalBasis:
    """One version of a legal basis: what the law said of one duty over a span of days."""

    id: str
    name: str
    """The duty, in Vietnamese."""
    articles: str
    """Law, article and clause."""
    valid_from: date | None
    """First day; None: before any record of ours."""
    valid_to: date | None
    in_force: bool
    """False: its status on those days is unverified."""
    source: str


class LegalBases:
    """The versioned list: a duty's law depends on the day."""

    def __init__(self, versions: tuple[LegalBasis, ...]) -> None:
        self.versions = versions
        self.ids = frozenset(v.id for v in versions)

    def on(self, name: str, day: date) -> LegalBasis | None:
        """The law of a duty on a day; None when there was none then. Raises NothingSuch for an unknown id."""
        if name not in self.ids:
            raise NothingSuch(f"No legal basis {name}", hint=f"known are {', '.join(sorted(self.ids))}")
        spans = (v for v in self.versions if v.id == name)
        return next((v for v in spans if (v.valid_from is None or v.valid_from <= day) and (v.valid_to is None or day <= v.valid_to)), None)


REGISTERS = ("birth", "marriage", "death", "recognition")
EVIDENCE = {
    Answer.REGISTER: re.compile(rf"register:({'|'.join(REGISTERS)})"),
    Answer.RESULT: re.compile(r"result:\S+"),
    Answer.POPULATION: re.compile("population"),
    Answer.NONE: re.compile(""),
}
COLUMNS = ("procedure", "requirement", "name", "copies", "answer", "evidence_type", "about", "territory", "max_age_days", "validity", "legal_basis", "rule",
           "reviewed")  # fmt: skip
BASIS_COLUMNS = ("id", "name", "articles", "valid_from", "valid_to", "status", "source")


def read_requirements(folder: Path) -> dict[str, tuple[Requirement, ...]]:
    """The requirements of a deployment by procedure, in the order of the file.

    Raises:
        DeploymentInvalid: names file and line: a column or value that may not be, an id for the second time, a legal basis that is not listed.
    """
    path = folder / FILE
    bases = read_legal_bases(folder).ids
    found: defaultdict[str, list[Requirement]] = defaultdict(list)
    seen: dict[str, int] = {}
    for line, row in _rows(path, COLUMNS):
        each = _requirement(_Cells(path, line, row), bases)
        if each.id in seen:
            raise DeploymentInvalid(f"{path}:{line}: requirement {each.id} for the second time (first on line {seen[each.id]})", hint="keep one")
        seen[each.id] = line
        found[each.procedure].append(each)
    return {procedure: tuple(each) for procedure, each in found.items()}


def read_legal_bases(folder: Path) -> LegalBases:
    """The versioned list of legal bases. Raises DeploymentInvalid: file and line; two versions of one id that share a day."""
    path = folder / "reference" / LEGAL_BASES
    versions: list[LegalBasis] = []
    for line, row in _rows(path, BASIS_COLUMNS):
        cells = _Cells(path, line, row)
        each = LegalBasis(
            cells.filled("id"), cells.filled("name"), cells.filled("articles"), cells.day("valid_from"), cells.day("valid_to"),
            cells.one_of("status", ("in force", "unverified")) == "in force", cells.filled("source"),
        )  # fmt: skip
        if any(v.id == each.id and _overlap(v, each) for v in versions):
            raise DeploymentInvalid(f"{path}:{line}: two versions of {each.id} on one day", hint="let the earlier one end the day before")
        versions.append(each)
    return LegalBases(tuple(versions))


def _requirement(cells: _Cells, bases: frozenset[str]) -> Requirement:
    answer = Answer(cells.one_of("answer", tuple(Answer)))
    evidence, basis = cells["evidence_type"], cells["legal_basis"]
    if not EVIDENCE[answer].fullmatch(evidence):
        raise cells.wrong("evidence_type", f"does not fit answer {answer}", hint=f"expected {EVIDENCE[answer].pattern or 'an empty cell'}")
    if answer is not Answer.NONE and basis not in bases:
        raise cells.wrong("legal_basis", f"is not in {LEGAL_BASES}", hint=f"known are {', '.join(sorted(bases))}")
    age = cells.number("max_age_days", empty_is=None)
    return Requirement(
        procedure=cells.matching("procedure", r"[0-9]\.[0-9]{6}", "1.001193"), id=cells.filled("requirement"), name=cells.filled("name"),
        copies=cells.number("copies", empty_is=0) or 0, answer=answer, evidence_type=evidence, about=About(cells.one_of("about", tuple(About))),
        territory=Territory(cells.one_of("territory", tuple(Territory))), max_age=None if age is None else timedelta(days=age),
        validity=_validity(cells), legal_basis=basis, rule=cells.filled("rule"), reviewed=cells.one_of("reviewed", ("true", "false")) == "true",
        line=cells.line,
    )  # fmt: skip


def read_validity(text: str) -> Validity:
    """`none`, `until ThoiHanHieuLuc` or `days:180`. Raises ValueError."""
    if text == UNTIL_STATED:
        return Validity(until_stated=True)
    days = re.fullmatch(r"days:([1-9][0-9]{0,4})", text)
    if days is None and text != "none":
        raise ValueError(text)
    return Validity(days=int(days[1]) if days else None)


def _validity(cells: _Cells) -> Validity:
    try:
        return read_validity(cells["validity"])
    except ValueError:
        raise cells.wrong("validity", "is not understood", hint=f"write none, {UNTIL_STATED} or days:180") from None


def _overlap(one: LegalBasis, other: LegalBasis) -> bool:
    first, last = date.min, date.max
    return (one.valid_from or first) <= (other.valid_to or last) and (other.valid_from or first) <= (one.valid_to or last)


@dataclass(frozen=True)
class _Cells:
    """One row, with the way to say what is wrong with it."""

    path: Path
    line: int
    row: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.row[column]

    def wrong(self, column: str, what: str, *, hint: str) -> DeploymentInvalid:
        return DeploymentInvalid(f"{self.path}:{self.line}: {column} {self.row[column]!r} {what}", hint=hint)

    def filled(self, column: str) -> str:
        if not self.row[column].strip():
            raise self.wrong(column, "is empty", hint="every row has one")
        return self.row[column]

    def one_of(self, column: str, known: tuple[str, ...]) -> str:
        if self.row[column] not in known:
            raise self.wrong(column, "is unknown", hint=f"known are {', '.join(known)}")
        return self.row[column]

    def matching(self, column: str, pattern: str, example: str) -> str:
        if not re.fullmatch(pattern, self.row[column]):
            raise self.wrong(column, "is not written as it must be", hint=f"for example {example}")
        return self.row[column]

    def number(self, column: str, *, empty_is: int | None) -> int | None:
        if not self.row[column]:
            return empty_is
        return int(self.matching(column, "[0-9]{1,5}", "30"))

    def day(self, column: str) -> date | None:
        if not self.row[column]:
            return None
        try:
            return date.fromisoformat(self.row[column])
        except ValueError:
            raise self.wrong(column, "is no day", hint="write 2026-07-01") from None


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a list with exactly these columns, and the line on which each ends."""
    try:
        file = path.open(encoding="utf-8", newline="")
    except FileNotFoundError:
        raise DeploymentInvalid(f"{path} does not exist", hint="docs/requirements.md says how it is made") from None
    with file:
        rows = csv.DictReader(file, strict=True)
        if tuple(rows.fieldnames or ()) != columns:
            raise DeploymentInvalid(f"{path}:1: the columns are {', '.join(rows.fieldnames or ())}", hint=f"expected {', '.join(columns)}")
        try:
            for row in rows:
                if None in row or None in row.values():
                    raise DeploymentInvalid(f"{path}:{rows.line_num}: not {len(columns)} cells", hint="a comma inside a cell needs quotes around the cell")
                yield rows.line_num, row
        except (csv.Error, UnicodeDecodeError) as error:
            raise DeploymentInvalid(f"{path}:{rows.line_num + 1}: not UTF-8 CSV: {error}", hint="save as UTF-8, quotes closed") from error
