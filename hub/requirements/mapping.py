"""Maps each demanded paper to evidence: the grammar reads the row, and a row read to its end is held.

    row ── reader ──> RowTree ── judge ──> Proposal: reuse, confirm or ask, with the words that decided

*reuse*: one paper of a register or a result, of a person whom the row or its group names, with nothing left over.
*confirm*: read to its end too, but something is taken for granted: whose paper it is, that its case applies, that
another named paper will not be wanted. *ask*: everything else; `unread` has the words that were not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from hub.requirements import words
from hub.requirements.catalogue import About, Answer, Reach
from hub.requirements.lexicon import Lexicon, PaperOwner, Phrases
from hub.requirements.papers import Paper
from hub.requirements.proposal import (
    BROKEN,
    BUILT_IN,
    DANGERS,
    NO_RULE,
    NOT_HERE,
    NOT_READ,
    PERSONS,
    SEVERAL,
    ZERO,
    Proposal,
)
from hub.requirements.reader import Reader
from hub.requirements.reading import NamedPaper, RowTree, WordKind, WordRun
from hub.requirements.rules import MappingRule, Rules

OTHERS_WANTED = "the row demands other papers besides"
ABOUT_ABROAD = "the procedure is about another state too"


@dataclass(frozen=True)
class _Context:
    """What the row's surroundings say: its group's title and its procedure's name, canonical."""

    group: str
    procedure: str


class Mapper:
    """Reads rows with the rules of a deployment."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._papers = {
            lexicon.folded: tuple((r, lexicon.phrases(r.names)) for r in rules.rules if r.names and not r.row)
            for lexicon in (rules.words.marked, rules.words.unmarked)
        }
        self._rows = {
            lexicon.folded: tuple((r, lexicon.phrases(r.names)) for r in rules.rules if r.names and r.row)
            for lexicon in (rules.words.marked, rules.words.unmarked)
        }

    def propose(self, paper: Paper) -> Proposal:
        """The proposal for one demanded paper."""
        if paper.copies == 0:
            return Proposal(paper, ZERO)
        text = words.canonical(paper.text)
        if why := words.broken(text):
            return Proposal(paper, BROKEN, reading=RowTree(unread=why))
        folded = words.unmarked(text)
        lexicon = self.rules.words.unmarked if folded else self.rules.words.marked
        context = _Context(words.canonical(paper.group), words.canonical(paper.procedure_name))
        for rule, phrases in self._rows[folded]:
            if (
                phrases.at(text, 0)
                and not text[phrases.at(text, 0) :].strip(" .;,")
                and not rule.silent_in(context.procedure)
            ):
                return self._whole(paper, rule, text, context)
        one_of = bool(self.rules.words.marked.one_of.inside(context.group))
        reading = Reader(lexicon, self._papers[folded], text, group_one_of=one_of).read()
        return self._judge(paper, text, reading, context, lexicon)

    def _whole(self, paper: Paper, rule: MappingRule, text: str, context: _Context) -> Proposal:
        reading = RowTree([NamedPaper(rule, text.strip())], pieces=[WordRun(WordKind.PAPER, text.strip())])
        doubts = () if rule.reach is Reach.REUSE else ("a standard sentence, read whole",)
        if self._abroad(context):
            doubts = (*doubts, ABOUT_ABROAD)
        reach = Reach.CONFIRM if doubts else Reach.REUSE
        return Proposal(paper, rule, 0, rule.about, rule.validity, reach, reading, doubts=doubts)

    def _abroad(self, context: _Context) -> bool:
        return self.rules.words.marked.danger(context.procedure)[0] == "foreign"

    def _judge(self, paper: Paper, text: str, reading: RowTree, context: _Context, lexicon: Lexicon) -> Proposal:
        held = next((each for each in reading.items if each.rule is not None and each.rule.holds), None)
        begun = self.rules.begun(text) or self.rules.begun(text[reading.lead :])
        if held is None or held.rule is None:
            first = reading.items[0].rule if reading.items else None
            return Proposal(paper, begun or first or NO_RULE, reading=reading)
        rule = held.rule
        if rule.silent_in(context.procedure):
            return Proposal(paper, NOT_HERE, reading=reading)
        danger = reading.danger[0]
        if rule.abroad and danger == "foreign" and not reading.unread:
            danger = ""
        others = [
            p
            for each in reading.items
            for p in each.persons
            if each is not held and not (p.organisation and each.rule is not None and each.rule.proves != rule.proves)
        ]
        named = [*held.persons, *others]
        natural = bool(named) or "cá nhân" in held.words  # an organisation's case is another row's, or another paper's
        persons = [*named, *(p for p in reading.persons if not (natural and p.organisation))]
        in_group = self._persons_of_group(context.group)
        several = _several(rule, [*persons, *in_group])
        if rule.person and not (persons or in_group):
            return Proposal(paper, NOT_READ, reading=replace(reading, unread=text.strip()))
        form = None if reading.items[0].rule else self.rules.begun(f"{reading.items[0].words} ")
        if form is not None and form.final:
            return Proposal(paper, form, reading=reading)
        if reading.companions:
            if danger or several or self._group_danger(context.group, rule) or self._proved_again(reading, rule):
                return Proposal(paper, SEVERAL, reading=reading)
            marriage = rule.evidence == "register:marriage"  # "giấy chứng nhận kết hôn, giấy khai sinh của con"
            named_later = [] if marriage else self._named_in(f"{reading.still} ")
            alone = replace(reading, companions=[], unread="", pieces=reading.pieces[: reading.first])
            whose = persons or in_group or named_later
            part = self._held(paper, rule, held, alone, context, whose, folded=lexicon.folded)
            return self._parts(paper, reading, part)
        if reading.unread:
            return Proposal(
                paper, DANGERS.get(danger, begun if begun is not None and begun.final else NOT_READ), reading=reading
            )
        if danger:
            return Proposal(paper, DANGERS[danger], reading=reading)
        group_danger = self._group_danger(context.group, rule)
        if several or group_danger:
            about = _of_several(persons or in_group) if several else About.OTHER
            return Proposal(paper, PERSONS if several else DANGERS[group_danger], about=about, reading=reading)
        return self._held(paper, rule, held, reading, context, persons or in_group, folded=lexicon.folded)

    def _parts(self, paper: Paper, reading: RowTree, first: Proposal) -> Proposal:
        """The held paper by itself, and whatever else is held of what is demanded besides; an officer looks at each."""
        rest = self.propose(replace(paper, text=reading.still))
        further = (rest,) if rest.held else rest.parts
        still = "" if rest.held else rest.still or reading.still
        parts = tuple(
            replace(each, reach=Reach.CONFIRM, doubts=(*each.doubts, OTHERS_WANTED), paper=paper)
            for each in (first, *further)
        )
        return Proposal(paper, SEVERAL, reading=reading, parts=parts, still=still)

    def _named_in(self, rest: str) -> list[PaperOwner]:
        """Persons of whom the rest of a row speaks: "giấy khai sinh và sổ tiêm chủng của con"."""
        places = (found.end() for found in re.finditer(r"(?<![^ ])(?:của|đối với) ", rest))
        return [named[0] for place in places if (named := self.rules.words.marked.person(rest, place))]

    def _proved_again(self, reading: RowTree, rule: MappingRule) -> bool:
        """Whether the rest names a paper of the same fact: then it may be a list of alternatives."""
        rest = f"{reading.still} "
        places = (found.start() for found in re.finditer(r"(?<![^ ])[^ ]", rest))
        papers = self._papers[False]
        return any(p.at(rest, n) > n for n in places for r, p in papers if r.proves == rule.proves)

    def _persons_of_group(self, group: str) -> list[PaperOwner]:
        lexicon, found, place = self.rules.words.marked, list[PaperOwner](), 0
        while place < len(group):
            named = lexicon.person(group, place)
            if named:
                found.append(named[0])
            place = named[1] if named else group.index(" ", place) + 1
        return found

    def _group_danger(self, group: str, rule: MappingRule) -> str:
        kind = self.rules.words.marked.danger(group)[0]
        return "" if kind == "companion" or (rule.abroad and kind == "foreign") else kind

    def _held(
        self,
        paper: Paper,
        rule: MappingRule,
        held: NamedPaper,
        reading: RowTree,
        context: _Context,
        persons: list[PaperOwner],
        *,
        folded: bool,
    ) -> Proposal:
        named = next((p.about for p in persons), None)
        child = any(p.search(context.procedure) for p in rule.child_in)
        about = rule.about if named is None or rule.about is About.DECEASED else named
        if named is None and child:
            about = About.CHILD
        validity = rule.validity
        if rule.answer is Answer.RESULT and reading.term_days is not None:
            validity = f"days:{reading.term_days}"
        others = [each for each in reading.items if each is not held]
        group = self.rules.words.marked.groups
        known_group = not context.group.strip(" -–.*") or group.at(context.group, 0) == len(context.group)
        doubts = [
            (
                rule.reach is not Reach.REUSE,
                "this evidence is looked up, not held" if rule.answer is Answer.POPULATION else "its kind is confirmed",
            ),
            (named is None and rule.about is not About.DECEASED, "the row does not say whose paper it is"),
            (bool({p.about for p in persons} - {about}) and rule.about is not About.DECEASED, "two persons are named"),
            (any(p.assumed for p in persons), "whoever has this role in the dossier"),
            (bool(reading.conditions), "the case for which it is demanded"),
            (
                any(each.rule is None and not each.catch_all for each in others),
                "another paper is named that is not known",
            ),
            (
                any(each.rule is not None and each.rule.proves != rule.proves for each in others),
                "papers of other facts are named",
            ),
            (rule.answer is not Answer.RESULT and reading.term_days is not None, "a term for the copy"),
            (folded, "typed without marks"),
            (self._abroad(context), ABOUT_ABROAD),
            (not known_group, "the title of its group is not understood"),
        ]
        reasons = tuple(what for doubt, what in doubts if doubt)
        alternatives = len(reading.items) if others else 0
        reach = Reach.CONFIRM if reasons else Reach.REUSE
        return Proposal(paper, rule, alternatives, about, validity, reach, reading, doubts=reasons)


def _several(rule: MappingRule, persons: Iterable[PaperOwner]) -> bool:
    """Whether one look-up cannot answer for these persons. Both spouses stand in one entry of a marriage."""
    for person in persons:
        if person.foreign:
            return True
        if person.several and not (rule.evidence == "register:marriage" and person.id in ("parents", "couple")):
            return True
        if person.organisation and rule.evidence in ("population", "register:birth", "register:marriage"):
            return True
    return False


def _of_several(persons: Iterable[PaperOwner]) -> About:
    """Whose papers they are where one look-up cannot answer: an organisation's, or those of each member."""
    return About.ORGANISATION if any(each.organisation for each in persons) else About.MEMBER


@lru_cache(maxsize=8)
def _mapper(rules: Rules) -> Mapper:
    return Mapper(rules)


def propose(rules: Rules, paper: Paper) -> Proposal:
    """The proposal for one demanded paper."""
    return _mapper(rules).propose(paper)


def propose_all(rules: Rules, papers: Iterable[Paper]) -> tuple[Proposal, ...]:
    """The proposals for the rows, in their order."""
    mapper = Mapper(rules)
    return tuple(mapper.propose(paper) for paper in papers)


__all__ = ["BUILT_IN", "Mapper", "Phrases", "Proposal", "propose", "propose_all"]
