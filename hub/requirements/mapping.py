"""Maps each demanded paper to evidence by rules: one proposal for each row, with its rule and its reason.

papers ──plain──> head ──first rule that fits──> final? whole row
                    │                            holds, one paper? held
                    └──alternatives "A hoặc B"──> the first that holds: held, "one of n papers named"
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hub.requirements import texts
from hub.requirements.catalogue import About, Answer
from hub.requirements.papers import Paper
from hub.requirements.rules import MappingRule, Rules

ZERO = MappingRule(
    "zero-copies",
    "note",
    Answer.NONE,
    "",
    "Không yêu cầu nộp",
    "no copy is demanded: a note or an alternative of another row",
    (),
)
SEVERAL = MappingRule(
    "several-papers",
    "several papers",
    Answer.NONE,
    "",
    "Nhiều giấy tờ trong một dòng",
    "wants several papers at once: a person divides them",
    (),
)
NO_RULE = MappingRule("no-rule", "unknown", Answer.NONE, "", "Giấy tờ khác", "no rule knows it", ())
BUILT_IN = (ZERO, SEVERAL, NO_RULE)

_MONTHS = re.compile(r"(?:chưa|không) quá (?:0?([0-9]{1,2})) tháng")
_DAYS = re.compile(r"(?:chưa|không) quá ([0-9]{1,3}) ngày")
_ABOUT = (
    (About.DECEASED, re.compile(r"người chết|người đã chết|người đã mất")),
    (
        About.CHILD,
        re.compile(
            r"của (người )?(con|trẻ|cháu)|con chưa thành niên|(của|đối với) (trẻ em|người) được (nhận|giới thiệu)|người được giám hộ"
        ),
    ),
    (About.SPOUSE, re.compile(r"của (vợ|chồng)|vợ hoặc chồng")),
    (About.MOTHER, re.compile(r"của (mẹ|cha,? mẹ|người mẹ)|cha,? mẹ (trẻ )?đã đăng ký kết hôn")),
    (About.FATHER, re.compile(r"của (cha|bố|người cha)")),
)
"""Patterns of the first sentence or the group -> whose paper it is. A marriage of the parents is looked up by the
mother."""


@dataclass(frozen=True)
class Proposal:
    """The result of a rule for one row. A person reviews it."""

    paper: Paper
    rule: MappingRule
    alternatives: int = 0
    """Number of alternative papers that the row names, if one of them is held; 0: the row names one paper."""
    about: About = About.OTHER
    validity: str = "none"

    @property
    def evidence(self) -> str:
        return self.rule.evidence

    @property
    def held(self) -> bool:
        return self.rule.holds

    @property
    def why(self) -> str:
        alternatives = f"; one of {self.alternatives} papers named is enough" if self.alternatives else ""
        return f"{self.rule.why}{alternatives}"


def propose(rules: Rules, paper: Paper) -> Proposal:
    """The proposal for one demanded paper."""
    if paper.copies == 0:
        return Proposal(paper, ZERO)
    text = texts.plain(paper.text)
    procedure = texts.plain(paper.procedure_name)
    head = texts.head(text)
    whole = rules.first(text, texts.demand(text), procedure)
    first = whole if whole is not None and whole.final else rules.first(head, texts.demand(text), procedure) or whole
    if first is not None and first.final:
        return Proposal(paper, first)
    if first is not None and first.whole:
        return _held(paper, first, text)
    demand = texts.demand(head)
    one_of = texts.wants_one_of(text)
    named = texts.alternatives(demand, rules.paper, one_of=one_of)
    found = [rules.first(alternative, demand, procedure) for alternative in named]
    if named and not one_of and texts.listed(demand, rules.paper) and not _alike(found):
        return Proposal(paper, first if first is not None and not first.holds else SEVERAL)
    if texts.goes_on(head, rules.paper):
        return Proposal(paper, first if first is not None and not first.holds else SEVERAL)
    if not one_of and any(
        (rule := rules.first(part, demand, procedure)) is not None and rule.final for part in texts.further(demand)
    ):
        return Proposal(paper, SEVERAL)
    for index, rule in enumerate(found):
        # "A hoặc B và C": C may belong to A as well.
        if (
            rule is not None
            and rule.holds
            and not any(texts.several(alternative, rules.paper) for alternative in named[index:])
        ):
            return _held(paper, rule, text, len(named))
    if first is None or not first.holds:
        return Proposal(paper, first or NO_RULE)
    return Proposal(paper, SEVERAL) if texts.several(demand, rules.paper) else _held(paper, first, text)


def propose_all(rules: Rules, papers: Iterable[Paper]) -> tuple[Proposal, ...]:
    """The proposals for the rows, in their order."""
    return tuple(propose(rules, paper) for paper in papers)


def _alike(found: list[MappingRule | None]) -> bool:
    """Whether the papers in a list surely replace each other: the first is known, and all known ones prove the same
    fact
    (a passport proves identity)."""
    kinds = {"population" if rule.id == "passport" else rule.evidence or rule.id for rule in found if rule is not None}
    return found[0] is not None and len(kinds) == 1


def _held(paper: Paper, rule: MappingRule, text: str, alternatives: int = 0) -> Proposal:
    first = texts.demand(text)
    where = (first, texts.plain(paper.group))
    about = next((who for place in where for who, pattern in _ABOUT if pattern.search(place)), rule.about)
    if rule.about is About.DECEASED:
        about = rule.about
    return Proposal(paper, rule, alternatives, about, _validity(rule, text))


def _validity(rule: MappingRule, text: str) -> str:
    """How long such a paper may be used, by the row, or else by the rule."""
    if rule.answer is not Answer.RESULT:
        return rule.validity
    if found := _DAYS.search(text):
        return f"days:{int(found[1])}"
    if found := _MONTHS.search(text):
        return f"days:{int(found[1]) * 30}"
    return rule.validity
