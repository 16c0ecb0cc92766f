"""What the grammar makes of one demanded paper: a tree of papers, alternatives and companions, and what it left over.

RowTree
  items          papers of which one is enough            "A hoặc B"
  companions     what is demanded besides                 "và C", "kèm theo C", "; C"
  persons, term, conditions, lookups, dangers             of the row as a whole
  unread         the words that were not understood; empty for a row read to its end
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from hub.requirements.lexicon import PaperOwner
from hub.requirements.rules import MappingRule


class WordKind(StrEnum):
    """What a piece of a row is."""

    COPY = "copy"
    VERB = "verb"
    PAPER = "paper"
    OTHER = "other paper"
    PERSON = "person"
    ISSUER = "issuer"
    QUALIFIER = "qualifier"
    TERM = "term"
    CONDITION = "condition"
    LOOKUP = "look-up"
    NOTE = "note"
    ONE_OF = "one of"
    JOIN = "join"
    LAW = "law"


@dataclass(frozen=True)
class WordRun:
    """Some words of a row, and what they are."""

    part: WordKind
    words: str

    def __str__(self) -> str:
        return f"{self.part}: {self.words}"


@dataclass
class NamedPaper:
    """One paper of a row."""

    rule: MappingRule | None
    """The paper known by its name; None: another paper, known only to be one."""
    words: str
    catch_all: bool = False
    """"or another paper that proves the same": it adds nothing that is demanded."""
    persons: list[PaperOwner] = field(default_factory=list)
    comma: bool = False
    """A comma stands before it: only the sense says whether it is an alternative."""
    piece: int = 0
    place: int = 0
    """Number of the pieces before that comma, and the place after it."""


@dataclass
class RowTree:
    """The tree of one row."""

    items: list[NamedPaper] = field(default_factory=list)
    companions: list[NamedPaper] = field(default_factory=list)
    still: str = ""
    """The words of what is demanded besides the items."""
    persons: list[PaperOwner] = field(default_factory=list)
    """Persons of the case for which the row is ("đối với ...:"), not of one paper."""
    term_days: int | None = None
    until_stated: bool = False
    conditions: list[str] = field(default_factory=list)
    lookups: int = 0
    """Sentences that say: only where the office cannot look it up."""
    danger: tuple[str, str] = ("", "")
    """Kind and words of what forbids an answer: exception, state, other state, several persons."""
    one_of: bool = False
    """The row itself says that one of the following is enough."""
    first: int | None = None
    """Number of pieces that speak of the items, where companions follow."""
    lead: int = 0
    """Where the words about the copy and the case end."""
    pieces: list[WordRun] = field(default_factory=list)
    unread: str = ""

    @property
    def complete(self) -> bool:
        """Read to the end, and nothing forbids an answer."""
        return bool(self.items) and not self.unread and not self.danger[0]
