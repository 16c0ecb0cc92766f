"""A grant: one agency, one dataset, some fields, one purpose, under a law, for a time. What no grant allows is denied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hub.reuse.conditions import Permission


@dataclass(frozen=True)
class Grant:
    """One line of a sharing agreement (Decree 47/2020 Art. 38-39)."""

    id: str
    agency: str
    """Identity code (mã định danh) of who may ask."""
    dataset: str
    fields: frozenset[str]
    """Wire names; what is answered lies within these."""
    purpose: str
    legal_basis: str
    territory: str
    valid_from: date
    valid_to: date | None
    hourly_limit: int
    approver: str

    def on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Grants:
    """All grants of a deployment."""

    all: tuple[Grant, ...]

    def permission(self, agency: str, dataset: str, purpose: str, day: date) -> Permission:
        """Whether an agency may use a dataset for a purpose on a day; says which grant allows it."""
        held = list(self._of(agency, dataset, day))
        fits = [g for g in held if g.purpose == purpose]
        return Permission(bool(held), bool(fits), fits[0].id if fits else "")

    def fields(self, agency: str, dataset: str, purpose: str, day: date, requested: Iterable[str], needed: Iterable[str]) -> frozenset[str]:
        """Requested AND granted AND needed for the purpose."""
        granted = frozenset().union(*(g.fields for g in self._of(agency, dataset, day) if g.purpose == purpose))
        return frozenset(requested) & granted & frozenset(needed)

    def _of(self, agency: str, dataset: str, day: date) -> Iterable[Grant]:
        return (g for g in self.all if g.agency == agency and g.dataset == dataset and g.on(day))
