"""The papers that are known by name, and the kinds of row that nothing answers: `requirement_rules.yaml`, read and checked.

A paper has `names`: phrases of `lexicon.py`, which the grammar (`reader.py`) looks for. A kind of row has `head`:
expressions that are tried at the beginning of a row that is asked for, to call it by a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from contracts.regular_expressions.patterns import HINT, fault
from contracts.yaml.faults import Wrong
from contracts.yaml.lines import Steps
from contracts.yaml.models import Count, Day, Document, FileModel, Flag, Text, load
from hub.requirements import lexicon
from hub.requirements.catalogue import EVIDENCE, UNTIL_STATED, About, Answer, Reach, Territory

FILE = "requirement_rules.yaml"
HELD_NEEDS = ("about", "basis", "names")


def _to_answer(value: object) -> object:
    kinds = (Answer.REGISTER, Answer.RESULT, Answer.POPULATION)
    if value != Answer.NONE and not (isinstance(value, str) and any(EVIDENCE[kind].fullmatch(value) for kind in kinds)):
        raise Wrong("answer {value!r} is unknown", hint="none, population, register:birth, result:KQ.G15.000038")
    return value


def _to_validity(value: object) -> object:
    if not re.fullmatch(rf"none|{UNTIL_STATED}|days:[1-9][0-9]*", str(value)):
        raise Wrong("validity {value!r} is not understood", hint=f"write none, {UNTIL_STATED} or days:180")
    return value


class RuleEntry(FileModel):
    """One paper or kind of row, as it is written; `MappingRule` says what each key means."""

    id: Text
    kind: Text
    answer: Annotated[str, BeforeValidator(_to_answer)]
    name: Text
    why: Text
    names: tuple[Text, ...] = Field((), examples=["['giấy khai sinh']"])
    head: tuple[Text, ...] = Field((), examples=["['tờ khai']"])
    unless_procedure: tuple[Text, ...] = ()
    child_in: tuple[Text, ...] = ()
    final: Flag = False
    row: Flag = False
    person: Flag = False
    proves: Text = ""
    about: About = About.OTHER
    territory: Territory = Territory.ANY
    basis: Text = ""
    validity: Annotated[str, BeforeValidator(_to_validity)] = "none"
    max_age_days: Count | None = None
    reach: Reach = Reach.CONFIRM
    abroad: Flag = False
    valid_from: Day | None = None
    valid_to: Day | None = None


class RulesFile(FileModel):
    """`requirement_rules.yaml`, as it is written."""

    words: Mapping[str, tuple[Text, ...]] = Field(examples=["{paper: ['giấy']}"])
    """Name of a list -> its words, as expressions."""
    rules: tuple[RuleEntry, ...] = Field(min_length=1)


@dataclass(frozen=True)
class MappingRule:
    """What a paper of this name is answered by."""

    id: str
    kind: str
    """Our label of the paper: form, fee, statement, register ..."""
    answer: Answer
    evidence: str
    """`register:birth` and the like; empty when nothing answers."""
    name: str
    """Our short Vietnamese name of the paper."""
    why: str
    names: tuple[str, ...] = ()
    """Phrases by which the grammar knows the paper."""
    heads: tuple[re.Pattern[str], ...] = ()
    """Beginnings of a row of this kind that nothing answers."""
    unless_procedure: tuple[re.Pattern[str], ...] = ()
    """Found in the procedure's name, the paper is not held there."""
    child_in: tuple[re.Pattern[str], ...] = ()
    """Found in the procedure's name, a paper of nobody named is the child's."""
    final: bool = False
    """A row that begins so demands no paper of a name, and replaces none as an alternative."""
    row: bool = False
    """Its names are whole rows: standard sentences, which other papers never go on from."""
    person: bool = False
    """Held only where the row names one natural person: it may be the paper of an organisation."""
    proves: str = ""
    """The fact for which it is demanded: papers that prove one fact replace each other."""
    about: About = About.OTHER
    territory: Territory = Territory.ANY
    basis: str = ""
    validity: str = "none"
    max_age_days: int | None = None
    reach: Reach = Reach.CONFIRM
    """The most that a decision may be, when the row is read to its end and says whose paper it is."""
    abroad: bool = False
    """Its case may speak of other states: an entry of what was done abroad."""
    valid_from: date | None = None
    valid_to: date | None = None
    """First and last day on which the law lets it answer; None: no such day is known."""
    patterns: tuple[str, ...] = ()
    """The heads as they are written in the file."""
    line: int = 1

    @property
    def holds(self) -> bool:
        return self.answer is not Answer.NONE

    def begins(self, text: str) -> bool:
        """Whether a canonical text begins like a row of this kind."""
        return any(pattern.match(text) for pattern in self.heads)

    def counts_on(self, day: date) -> bool:
        """Whether it answers on a day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)

    def silent_in(self, procedure: str) -> bool:
        """Whether the paper is not held in a procedure of this (canonical) name."""
        return any(p.search(procedure) for p in self.unless_procedure)


@dataclass(frozen=True, eq=False)
class Rules:
    """The papers and kinds in the order of the file, and the words by which rows are read."""

    rules: tuple[MappingRule, ...]
    words: lexicon.Words

    def begun(self, text: str) -> MappingRule | None:
        """The first kind whose rows begin like this canonical text."""
        return next((rule for rule in self.rules if rule.begins(text)), None)


def read_rules(folder: Path, day: date | None = None) -> Rules:
    """The rules and the words of a deployment; of one day, when it is given.

    Raises:
        DeploymentInvalid: names file and line: an unknown key, a missing one, an expression, a phrase or list of words
            that is none, an id twice.
    """
    document = load(folder / FILE, RulesFile)
    words = {name: f"(?:{'|'.join(patterns)})" for name, patterns in document.value.words.items()}
    rules = tuple(_rule(document, ("rules", index), each, words) for index, each in enumerate(document.value.rules))
    for index, rule in enumerate(rules):
        if any(rule.id == earlier.id for earlier in rules[:index]):
            raise document.wrong(
                ("rules", index), f"rule {rule.id} for the second time", hint="ids are written into requirements.csv"
            )
    return Rules(tuple(r for r in rules if day is None or r.counts_on(day)), lexicon.read_words(folder))


def _rule(document: Document[RulesFile], steps: Steps, entry: RuleEntry, words: Mapping[str, str]) -> MappingRule:
    """A rule with its expressions made; one that holds something must say whose paper it is, and under which duty."""
    holds = entry.answer != Answer.NONE
    if holds and (missing := [key for key in HELD_NEEDS if key not in entry.model_fields_set]):
        hint = "whose paper it is, under which duty, and by which names it is known"
        raise document.wrong(steps, f"rule {entry.id} holds something and lacks {', '.join(missing)}", hint=hint)
    if holds and entry.head:
        hint = "a paper is known by its names"
        raise document.wrong((*steps, "head"), f"rule {entry.id} holds something and has a head", hint=hint)
    for index, name in enumerate(entry.names):
        if what := lexicon.fault(name):
            raise document.wrong(
                (*steps, "names", index), f"the phrase {name!r} {what}", hint="see requirement_words.yaml"
            )
    answer = next(
        (a for a in (Answer.REGISTER, Answer.RESULT, Answer.POPULATION) if EVIDENCE[a].fullmatch(entry.answer)),
        Answer.NONE,
    )

    def patterns(key: str, texts: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
        return tuple(_pattern(document, (*steps, key, index), text, words) for index, text in enumerate(texts))

    return MappingRule(
        id=entry.id,
        kind=entry.kind,
        answer=answer,
        evidence=entry.answer if holds else "",
        name=entry.name,
        why=entry.why,
        names=entry.names,
        heads=patterns("head", entry.head),
        unless_procedure=patterns("unless_procedure", entry.unless_procedure),
        child_in=patterns("child_in", entry.child_in),
        final=entry.final,
        row=entry.row,
        person=entry.person,
        proves=entry.proves or (entry.answer if holds else entry.id),
        about=entry.about,
        territory=entry.territory,
        basis=entry.basis,
        validity=entry.validity,
        max_age_days=entry.max_age_days,
        reach=entry.reach,
        abroad=entry.abroad,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        patterns=entry.head,
        line=document.file.line(steps),
    )


def _pattern(document: Document[RulesFile], steps: Steps, text: str, words: Mapping[str, str]) -> re.Pattern[str]:
    named = re.findall(r"<([a-z]+)>", text)
    if unknown := sorted(set(named) - set(words)):
        raise document.wrong(steps, f"no list of words <{'>, <'.join(unknown)}>", hint=f"known are {', '.join(words)}")
    expression = re.sub(r"<([a-z]+)>", lambda m: words[m[1]], text)
    if what := fault(expression):
        raise document.wrong(steps, f"the expression {what}", hint=HINT)
    return re.compile(expression)
