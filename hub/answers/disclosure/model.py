"""The answers about a record. Denied and missing have one shape: nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self

from hub.evidence.doubts import NotedFinding


class Noted(Protocol):
    """The answer to a question."""

    def nothing(self) -> Self:
        """The same question, with no answer."""
        ...


@dataclass(frozen=True)
class Disclosed:
    """Fields of one entry. Personal data: only for the asker."""

    type: str
    """Evidence type, `register:birth`."""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Wire name -> value (text; partial dates as `yyyy-MM-dd`, `yyyy-MM` or `yyyy`). Empty and withheld fields are left
    out."""
    record: str | None = None
    """The entry, for `hub trace` and error reports (Decree 47/2020 Art. 52)."""
    as_of: datetime | None = None
    """When the stream of the entry had last been read to its end: how old the copy is (Decree 47/2020 Art. 41.2b)."""
    legal_basis: str | None = None
    """Law, article and clause of the disclosure."""
    findings: tuple[NotedFinding, ...] = ()
    """What the hub doubts about the entry; names of rules, never a value."""

    @property
    def found(self) -> bool:
        """Whether anything is disclosed.

        False: not held, not certain, locked by a death, or not allowed, without saying which.
        """
        return bool(self.values)

    def nothing(self) -> Disclosed:
        """See `Noted`."""
        return Disclosed(self.type)


@dataclass(frozen=True)
class Answered:
    """Yes, no, or nothing (`None`: not held, not certain, locked, or not allowed, without saying which)."""

    question: str
    answer: bool | None = None
    reasons: tuple[str, ...] = ()
    """Conditions met, or names of facts that differ; never a value."""
    as_of: datetime | None = None
    legal_basis: str | None = None
    findings: tuple[NotedFinding, ...] = ()
    """As `Disclosed`, of the entry that gives the answer."""

    def nothing(self) -> Answered:
        """See `Noted`."""
        return Answered(self.question)


@dataclass(frozen=True)
class Filled:
    """One common fact of a form, with its source."""

    value: Any = field(repr=False)
    field: str
    """Wire name in the entry."""
    record: str
    as_of: datetime | None
    legal_basis: str | None
    findings: tuple[NotedFinding, ...] = ()
    """As `Disclosed`, of the entry that it is taken from."""


@dataclass(frozen=True)
class Prefilled:
    """The common facts that may be filled in. Facts that are withheld or not held are left out."""

    facts: Mapping[str, Filled] = field(default_factory=dict, repr=False)
    """`hoTen`, `ngaySinh`, `gioiTinh`, `soDinhDanh`, `queQuan`, `danToc`, `quocTich` -> what is held."""

    def nothing(self) -> Prefilled:
        """See `Noted`."""
        return Prefilled()
