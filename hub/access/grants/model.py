"""A grant: one agency, one dataset, some fields or answers, one purpose, a law, a time and a territory.

The rest is denied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.access.grants.allowance import Allowance, QuestionLimits
from hub.access.grants.permission import Permission
from hub.access.grants.purposes import ANSWERS, Purposes
from hub.access.legal_bases import LegalBasis

WITHOUT_GRANT = 60
"""Default: one question a minute leaves room for a mistaken token, and none for probing."""
CITY = "city"
"""Territory of a grant over everything that the city holds."""

Covers = Callable[["Grant"], bool]
"""Whether a grant serves a question: its law, and its territory once a record's place of registration is known."""


def everywhere(grant: Grant) -> bool:
    """Asks for no place and no law."""
    return True


@dataclass(frozen=True)
class Grant:
    """One line of a sharing agreement (Decree 47/2020 Art. 38-39)."""

    id: str
    agency: str
    """Identity code (mã định danh) of the agency."""
    dataset: str
    fields: frozenset[str]
    """Wire names of the fields that it allows. None: answers only."""
    purpose: str
    legal_basis: str
    territory: str
    """`city`, or the code of the unit (on `valid_from`) in which an entry must have been registered."""
    valid_from: date
    valid_to: date | None
    hourly_limit: int
    approver: str
    answers: frozenset[str] = frozenset()
    """Names of `ANSWERS` over this dataset that it allows; fields do not include them."""
    law: tuple[LegalBasis, ...] = ()
    """The versions of its legal basis."""
    bulk: bool = False
    """It serves feeds, and no question."""

    def on(self, day: date) -> bool:
        """Whether it is valid on a day: within its own days, with its law in force."""
        return (
            self.valid_from <= day and (self.valid_to is None or day <= self.valid_to) and self.basis(day) is not None
        )

    def basis(self, day: date) -> LegalBasis | None:
        """The version of its law that is in force on a day; an unverified one does not count."""
        return next((v for v in self.law if v.in_force and (v.valid_from or day) <= day <= (v.valid_to or day)), None)

    def under(self, legal_basis: str, day: date) -> bool:
        """Whether the legal basis of a question is that of this grant: its duty, or the version in force.

        Empty: the question has none.
        """
        law = self.basis(day)
        return not legal_basis or (law is not None and legal_basis in law.names)


@dataclass(frozen=True)
class Grants:
    """All grants of a deployment, with the needs of each purpose."""

    all: tuple[Grant, ...]
    """Those that serve questions."""
    purposes: Purposes = field(default_factory=Purposes)
    without_grant: int = WITHOUT_GRANT
    """Questions an hour of an agency without a grant: denied, and still counted."""
    limits: QuestionLimits = field(default_factory=QuestionLimits)
    """Limits of every agency."""
    agency_limits: Mapping[str, QuestionLimits] = field(default_factory=dict)
    """Limits of single agencies."""
    bulk: tuple[Grant, ...] = ()
    """Those that serve feeds (`hub/feeds/`)."""

    def permission(self, agency: str, dataset: str, purpose: str, day: date, legal_basis: str = "") -> Permission:
        """Whether an agency may use a dataset as evidence for a purpose and law on a day, and by which grant.

        A grant of answers alone does not allow it, nor one of fields that the purpose does not need."""
        held = [
            g
            for g in self.all
            if g.agency == agency
            and g.dataset == dataset
            and g.on(day)
            and g.fields & self.purposes.needed(g.purpose, dataset)
        ]
        fits = [g for g in held if g.purpose == purpose]
        lawful = [g for g in fits if g.under(legal_basis, day)]
        return Permission(bool(held), bool(fits), lawful[0].id if lawful else "", bool(lawful) or not fits)

    def holds(self, agency: str, purpose: str, day: date, legal_basis: str = "") -> bool:
        """Whether an agency holds any grant for a purpose under a law."""
        return any(
            g.agency == agency and g.purpose == purpose and g.on(day) and g.under(legal_basis, day) for g in self.all
        )

    def of(self, agency: str, dataset: str, purpose: str, day: date, covers: Covers = everywhere) -> tuple[Grant, ...]:
        """The valid grants for a purpose on a day."""
        return tuple(
            g
            for g in self.all
            if g.agency == agency and g.dataset == dataset and g.purpose == purpose and g.on(day) and covers(g)
        )

    def feeding(self, agency: str, dataset: str, purpose: str, day: date, legal_basis: str) -> tuple[Grant, ...]:
        """The bulk grants under which a feed may carry a dataset to an agency on a day."""
        return tuple(
            g
            for g in self.bulk
            if (g.agency, g.dataset, g.purpose) == (agency, dataset, purpose)
            and g.on(day)
            and g.under(legal_basis, day)
        )

    def fields(
        self, agency: str, dataset: str, purpose: str, day: date, requested: Iterable[str], covers: Covers = everywhere
    ) -> frozenset[str]:
        """Requested AND granted AND needed for the purpose."""
        granted = frozenset[str]().union(*(g.fields for g in self.of(agency, dataset, purpose, day, covers)))
        return frozenset(requested) & granted & self.purposes.needed(purpose, dataset)

    def answering(
        self, agency: str, answer: str, purpose: str, day: date, covers: Covers = everywhere
    ) -> tuple[Grant, ...]:
        """The grants that allow an answer for a purpose that needs it."""
        if answer not in self.purposes.answers(purpose):
            return ()
        return tuple(g for g in self.of(agency, ANSWERS[answer], purpose, day, covers) if answer in g.answers)

    def hourly_limit(self, agency: str, purpose: str, day: date) -> int:
        """The widest limit among the agency's valid grants for a purpose, else among all its grants, else that of
        agencies without.
        """
        own = [g for g in self.all if g.agency == agency and g.on(day)]
        return max(
            (g.hourly_limit for g in [g for g in own if g.purpose == purpose] or own), default=self.without_grant
        )

    def allowance(self, agency: str, purpose: str, day: date) -> Allowance:
        """The limits for one question of an agency for a purpose."""
        limits = self.agency_limits.get(agency, self.limits)
        return Allowance(
            self.hourly_limit(agency, purpose, day), limits, any(g.agency == agency and g.on(day) for g in self.all)
        )
