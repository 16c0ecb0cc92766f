"""The rules that say what answers a demanded paper, as data: `requirement_rules.yaml` of a deployment, read and
checked.

A rule is tried at the head of what is demanded (`texts.head`). The file's own comment says how; `mapping.py` applies
them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from contracts.patterns import HINT, fault
from contracts.yaml_faults import Wrong
from contracts.yaml_lines import Steps
from contracts.yaml_models import Count, Document, FileModel, Flag, Text, load
from hub.requirements.catalogue import EVIDENCE, UNTIL_STATED, About, Answer, Territory

FILE = "requirement_rules.yaml"
HELD_NEEDS = ("about", "basis")


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
    """One rule, as it is written; `MappingRule` says what each key means."""

    id: Text
    kind: Text
    answer: Annotated[str, BeforeValidator(_to_answer)]
    name: Text
    why: Text
    head: tuple[Text, ...] = Field(examples=["['giấy khai sinh']"])
    unless: tuple[Text, ...] = ()
    unless_procedure: tuple[Text, ...] = ()
    final: Flag = False
    whole: Flag = False
    about: About = About.OTHER
    territory: Territory = Territory.ANY
    basis: Text = ""
    validity: Annotated[str, BeforeValidator(_to_validity)] = "none"
    max_age_days: Count | None = None


class RulesFile(FileModel):
    """`requirement_rules.yaml`, as it is written."""

    words: Mapping[str, tuple[Text, ...]] = Field(examples=["{paper: ['giấy']}"])
    """Name of a list -> its words, as expressions."""
    rules: tuple[RuleEntry, ...] = Field(min_length=1)


@dataclass(frozen=True)
class MappingRule:
    """What a paper that begins so is answered by."""

    id: str
    kind: str
    """Our label of the paper: form, fee, statement, register ..."""
    answer: Answer
    evidence: str
    """`register:birth` and the like; empty when nothing answers."""
    name: str
    """Our short Vietnamese name of the paper."""
    why: str
    heads: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...] = ()
    """Found anywhere in the demand, the rule does not speak."""
    unless_procedure: tuple[re.Pattern[str], ...] = ()
    """Found in the procedure's name, the rule does not speak."""
    final: bool = False
    """It decides the whole row, whatever papers the row goes on to name."""
    whole: bool = False
    """Its expression reads the whole row: the papers that the row goes on to name are not looked at one by one."""
    about: About = About.OTHER
    territory: Territory = Territory.ANY
    basis: str = ""
    validity: str = "none"
    max_age_days: int | None = None
    patterns: tuple[str, ...] = ()
    """The heads as they are written in the file."""
    line: int = 1

    @property
    def holds(self) -> bool:
        return self.answer is not Answer.NONE

    def fits(self, head: str, demand: str, procedure: str) -> bool:
        """Whether it speaks about a paper: its head, the whole demand and the procedure's name, all plain."""
        if not any(pattern.match(head) for pattern in self.heads):
            return False
        return not any(p.search(demand) for p in self.unless) and not any(
            p.search(procedure) for p in self.unless_procedure
        )


@dataclass(frozen=True)
class Rules:
    """The rules in the order of the file, and what a paper's name begins with."""

    rules: tuple[MappingRule, ...]
    paper: re.Pattern[str]
    """A word with which the name of a paper begins: two of them joined by "và" are two papers."""

    def first(self, head: str, demand: str, procedure: str) -> MappingRule | None:
        """The first rule that fits."""
        return next((rule for rule in self.rules if rule.fits(head, demand, procedure)), None)


def read_rules(folder: Path) -> Rules:
    """The rules of a deployment.

    Raises:
        DeploymentInvalid: names file and line: an unknown key, a missing one, an expression or list of words that is
            none, an id twice.
    """
    document = load(folder / FILE, RulesFile)
    words = {name: f"(?:{'|'.join(patterns)})" for name, patterns in document.value.words.items()}
    if "paper" not in words:
        raise document.wrong(("words",), "words has no `paper`", hint="the words with which the name of a paper begins")
    rules = tuple(_rule(document, ("rules", index), each, words) for index, each in enumerate(document.value.rules))
    for index, rule in enumerate(rules):
        if any(rule.id == earlier.id for earlier in rules[:index]):
            raise document.wrong(
                ("rules", index), f"rule {rule.id} for the second time", hint="ids are written into requirements.csv"
            )
    return Rules(rules, _pattern(document, ("words", "paper"), "<paper>", words))


def _rule(document: Document[RulesFile], steps: Steps, entry: RuleEntry, words: Mapping[str, str]) -> MappingRule:
    """A rule with its expressions made; one that holds something must say whose paper it is, and under which duty."""
    holds = entry.answer != Answer.NONE
    if holds and (missing := [key for key in HELD_NEEDS if key not in entry.model_fields_set]):
        hint = "whose paper it is, and under which duty"
        raise document.wrong(steps, f"rule {entry.id} holds something and lacks {', '.join(missing)}", hint=hint)
    if holds and entry.final:
        hint = "only a rule that holds nothing decides a whole row"
        raise document.wrong((*steps, "final"), f"rule {entry.id} holds something and is final", hint=hint)
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
        heads=patterns("head", entry.head),
        unless=patterns("unless", entry.unless),
        unless_procedure=patterns("unless_procedure", entry.unless_procedure),
        final=entry.final,
        whole=entry.whole,
        about=entry.about,
        territory=entry.territory,
        basis=entry.basis,
        validity=entry.validity,
        max_age_days=entry.max_age_days,
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
