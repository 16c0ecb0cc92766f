"""What is asked of a record, and what is answered. Denied and missing have one shape: nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self


class Noted(Protocol):
    """What a question is answered with."""

    def nothing(self) -> Self:
        """The same question, told nothing."""
        ...


@dataclass(frozen=True)
class Disclosed:
    """Fields of one entry. Personal data: they go to who asked, and nowhere else."""

    type: str
    """Evidence type, `register:birth`."""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Wire name -> value (text; partial dates as `yyyy-MM-dd`, `yyyy-MM` or `yyyy`). What the book does not say is left out, as is what is not allowed."""
    record: str | None = None
    """The entry, for `hub trace` and error reports (Decree 47/2020 Art. 52)."""
    as_of: datetime | None = None
    """When the stream of the entry had last been read to its end: how old the copy is (Decree 47/2020 Art. 41.2b)."""
    legal_basis: str | None = None
    """Law, article and clause under which it is told."""

    @property
    def found(self) -> bool:
        """Whether anything is told. False: not held, not certain, locked by a death, or not allowed; which of these is not said."""
        return bool(self.values)

    def nothing(self) -> Disclosed:
        """See `Noted`."""
        return Disclosed(self.type)


@dataclass(frozen=True)
class Answered:
    """Yes, no, or nothing (`None`: not held, not certain, locked, or not allowed; which of these is not said)."""

    question: str
    answer: bool | None = None
    reasons: tuple[str, ...] = ()
    """Conditions met, or names of facts that differ; never a value."""
    as_of: datetime | None = None
    legal_basis: str | None = None

    def nothing(self) -> Answered:
        """See `Noted`."""
        return Answered(self.question)


@dataclass(frozen=True)
class Filled:
    """One common fact of a form, with where it comes from."""

    value: Any = field(repr=False)
    field: str
    """Wire name in the entry."""
    record: str
    as_of: datetime | None
    legal_basis: str | None


@dataclass(frozen=True)
class Prefilled:
    """The common facts that may be filled in; those that may not, or that are not held, are left out."""

    facts: Mapping[str, Filled] = field(default_factory=dict, repr=False)
    """`hoTen`, `ngaySinh`, `gioiTinh`, `soDinhDanh`, `queQuan`, `danToc`, `quocTich` -> what is held."""

    def nothing(self) -> Prefilled:
        """See `Noted`."""
        return Prefilled()
