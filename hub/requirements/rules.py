"""The rules that say what answers a demanded paper, as data: `requirement_rules.yaml` of a deployment, read and checked.

A rule is tried at the head of what is demanded (`texts.head`). The file's own comment says how; `mapping.py` applies them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.patterns import HINT, fault
from contracts.yaml_lines import Located, Steps, read_located
from hub.requirements.catalogue import EVIDENCE, UNTIL_STATED, About, Answer, Territory

FILE = "requirement_rules.yaml"
NEEDED = {"id", "kind", "answer", "name", "why", "head"}
KNOWN = NEEDED | {"final", "whole", "unless", "unless_procedure", "about", "territory", "basis", "validity", "max_age_days"}
HELD_NEEDS = ("about", "basis")


@dataclass(frozen=True)
class Rule:
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
        return not any(p.search(demand) for p in self.unless) and not any(p.search(procedure) for p in self.unless_procedure)


@dataclass(frozen=True)
class Rules:
    """The rules in the order of the file, and what a paper's name begins with."""

    rules: tuple[Rule, ...]
    paper: re.Pattern[str]
    """A word with which the name of a paper begins: two of them joined by "và" are two papers."""

    def first(self, head: str, demand: str, procedure: str) -> Rule | None:
        """The first rule that fits."""
        return next((rule for rule in self.rules if rule.fits(head, demand, procedure)), None)


def read_rules(folder: Path) -> Rules:
    """The rules of a deployment.

    Raises:
        DeploymentInvalid: names file and line: an unknown key, a missing one, an expression or list of words that is none, an id twice.
    """
    try:
        file = read_located(folder / FILE)
    except ContractInvalid as error:
        raise DeploymentInvalid(error.message, hint=error.hint) from None
    data = file.data if isinstance(file.data, dict) else {}
    for key in ("words", "rules"):
        if not data.get(key):
            raise _wrong(file, (), f"{key} is missing", hint="the file has `words:` and `rules:`")
    words = {name: f"(?:{'|'.join(patterns)})" for name, patterns in data["words"].items()}
    rules = tuple(_rule(file, ("rules", index), each, words) for index, each in enumerate(data["rules"]))
    for index, rule in enumerate(rules):
        if any(rule.id == earlier.id for earlier in rules[:index]):
            raise _wrong(file, ("rules", index), f"rule {rule.id} for the second time", hint="ids are written into requirements.csv")
    if "paper" not in words:
        raise _wrong(file, ("words",), "words has no `paper`", hint="the words with which the name of a paper begins")
    return Rules(rules, _pattern(file, ("words", "paper"), "<paper>", words))


def _rule(file: Located, steps: Steps, data: Mapping[str, Any], words: Mapping[str, str]) -> Rule:
    for key in data:
        if key not in KNOWN:
            raise _wrong(file, (*steps, key), f"unknown key {key}", hint=f"known are {', '.join(sorted(KNOWN))}")
    if missing := sorted(NEEDED - set(data)):
        raise _wrong(file, steps, f"{', '.join(missing)} missing", hint="every rule says what, why and by which head")
    answer, evidence = _answer(file, (*steps, "answer"), data["answer"])
    if answer is not Answer.NONE and (missing := [key for key in HELD_NEEDS if key not in data]):
        raise _wrong(file, steps, f"rule {data['id']} holds something and lacks {', '.join(missing)}", hint="whose paper it is, and under which duty")
    if answer is not Answer.NONE and data.get("final"):
        raise _wrong(file, (*steps, "final"), f"rule {data['id']} holds something and is final", hint="only a rule that holds nothing decides a whole row")
    validity = str(data.get("validity", "none"))
    if not re.fullmatch(rf"none|{UNTIL_STATED}|days:[1-9][0-9]*", validity):
        raise _wrong(file, (*steps, "validity"), f"validity {validity!r} is not understood", hint=f"write none, {UNTIL_STATED} or days:180")

    def patterns(key: str) -> tuple[re.Pattern[str], ...]:
        return tuple(_pattern(file, (*steps, key, index), text, words) for index, text in enumerate(data.get(key, ())))

    return Rule(
        id=data["id"], kind=data["kind"], answer=answer, evidence=evidence, name=data["name"], why=data["why"], heads=patterns("head"),
        unless=patterns("unless"), unless_procedure=patterns("unless_procedure"), final=data.get("final", False), whole=data.get("whole", False),
        about=_one_of(file, (*steps, "about"), About, data.get("about", "other")), basis=data.get("basis", ""), validity=validity,
        territory=_one_of(file, (*steps, "territory"), Territory, data.get("territory", "any")),
        max_age_days=data.get("max_age_days"), patterns=tuple(data["head"]), line=file.line(steps),
    )  # fmt: skip


def _answer(file: Located, steps: Steps, text: str) -> tuple[Answer, str]:
    if text == Answer.NONE:
        return Answer.NONE, ""
    found = next((answer for answer in (Answer.REGISTER, Answer.RESULT, Answer.POPULATION) if EVIDENCE[answer].fullmatch(text)), None)
    if found is None:
        raise _wrong(file, steps, f"answer {text!r} is unknown", hint="none, population, register:birth, result:KQ.G15.000038")
    return found, text


def _one_of(file: Located, steps: Steps, kind: Any, text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise _wrong(file, steps, f"{steps[-1]} {text!r} is unknown", hint=f"known are {', '.join(kind)}") from None


def _pattern(file: Located, steps: Steps, text: str, words: Mapping[str, str]) -> re.Pattern[str]:
    named = re.findall(r"<([a-z]+)>", text)
    if unknown := sorted(set(named) - set(words)):
        raise _wrong(file, steps, f"no list of words <{'>, <'.join(unknown)}>", hint=f"known are {', '.join(words)}")
    expression = re.sub(r"<([a-z]+)>", lambda m: words[m[1]], text)
    if what := fault(expression):
        raise _wrong(file, steps, f"the expression {what}", hint=HINT)
    return re.compile(expression)


def _wrong(file: Located, steps: Steps, what: str, *, hint: str) -> DeploymentInvalid:
    return DeploymentInvalid(f"{file.path}:{file.line(steps)}: {what}", hint=hint)
