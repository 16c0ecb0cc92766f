"""What the mapping says of one row: a proposal, and the kinds of row that nothing answers and that no rule of a file names."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.requirements.catalogue import About, Answer, Reach
from hub.requirements.papers import Paper
from hub.requirements.reading import RowTree
from hub.requirements.rules import MappingRule


def _built_in(id_: str, kind: str, name: str, why: str) -> MappingRule:
    return MappingRule(id_, kind, Answer.NONE, "", name, why)


ZERO = _built_in(
    "zero-copies", "note", "Không yêu cầu nộp", "no copy is demanded: a note or an alternative of another row"
)
BROKEN = _built_in("broken-row", "broken", "Dòng lỗi ở nguồn", "the source's row is no whole sentence")
SEVERAL = _built_in(
    "several-papers",
    "several papers",
    "Nhiều giấy tờ trong một dòng",
    "wants several papers at once: a person divides them",
)
EXCEPTION = _built_in("exception", "exception", "Có ngoại lệ", "says when or what not to hand in")
STATE = _built_in(
    "state", "lost or surrendered", "Giấy tờ hỏng, mất, phải nộp lại", "wants the sheet itself, in a certain state"
)
ABROAD = _built_in("foreign-case", "foreign paper", "Có yếu tố nước ngoài", "speaks of another state")
PERSONS = _built_in(
    "several-persons",
    "several persons",
    "Giấy tờ của nhiều người",
    "wants the papers of several persons, or of an organisation",
)
NOT_HERE = _built_in(
    "not-here", "not held here", "Giấy tờ không dùng ở thủ tục này", "known, but not held in this procedure"
)
NOT_READ = _built_in("not-understood", "not understood", "Giấy tờ khác", "some of its words were not understood")
NO_RULE = _built_in("no-rule", "unknown", "Giấy tờ khác", "no rule knows it")
BUILT_IN = (ZERO, BROKEN, SEVERAL, EXCEPTION, STATE, ABROAD, PERSONS, NOT_HERE, NOT_READ, NO_RULE)
DANGERS = {"exception": EXCEPTION, "state": STATE, "foreign": ABROAD, "several": PERSONS, "companion": SEVERAL}


@dataclass(frozen=True)
class Proposal:
    """What the grammar makes of one row. A jurist reviews it."""

    paper: Paper
    rule: MappingRule
    alternatives: int = 0
    """Number of alternative papers that the row names, if one of them is held; 0: the row names one paper."""
    about: About = About.OTHER
    validity: str = "none"
    reach: Reach = Reach.ASK
    reading: RowTree = field(default_factory=RowTree)
    parts: tuple[Proposal, ...] = ()
    """What is proposed for each held paper of a row that demands several at once; the row as a whole is asked for."""
    still: str = ""
    """The words of what is to be handed in all the same, where only part of the row is held."""
    doubts: tuple[str, ...] = ()
    """Why an officer must look, where the reach is `confirm`."""

    @property
    def evidence(self) -> str:
        return self.rule.evidence

    @property
    def held(self) -> bool:
        return self.rule.holds

    @property
    def partly(self) -> MappingRule | None:
        """The paper that is held, where the row demands others besides."""
        return self.parts[0].rule if self.parts else None

    @property
    def unread(self) -> str:
        """The words that were not understood."""
        return "" if self.held else self.reading.unread

    @property
    def derivation(self) -> str:
        """The words that decided, each with what it was taken for."""
        return " | ".join(map(str, self.reading.pieces)) if self.held else ""

    @property
    def why(self) -> str:
        alternatives = f"; one of {self.alternatives} papers named is enough" if self.alternatives else ""
        part = f"; {self.partly.name} is held, the rest is not" if self.partly else ""
        doubts = f"; an officer looks: {', '.join(self.doubts)}" if self.doubts else ""
        return f"{self.rule.why}{alternatives}{part}{doubts}"
