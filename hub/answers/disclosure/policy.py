"""The disclosure policy: requested AND granted AND needed, within territory and days, by the grants in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from contracts.model import Contract
from hub.access.grants.live import LiveGrants
from hub.access.grants.model import Covers, Grant, Grants
from hub.access.grants.territory import Registered, Territories
from hub.access.inquiry import Inquiry
from hub.evidence.evidence import Evidence
from hub.evidence.registers import registers_of


@dataclass(frozen=True)
class DisclosurePolicy:
    """Decides what an agency may see. Previews of evidence and copies of extract are cut by it too."""

    live: LiveGrants
    territories: Territories
    contracts: Mapping[str, Contract]

    @property
    def grants(self) -> Grants:
        """The grants in force; within an answer, those of its transaction."""
        return self.live.grants

    def fields(
        self, inquiry: Inquiry, dataset: str, day: date, requested: Iterable[str], of: Registered | None = None
    ) -> frozenset[str]:
        """The fields that may be disclosed; of a given entry, those whose grants cover its place."""
        return self.grants.fields(
            inquiry.agency, dataset, inquiry.purpose, day, requested, self._serves(inquiry, day, of)
        )

    def discloses(self, inquiry: Inquiry, day: date, of: Evidence) -> bool:
        """Whether anything of an item of evidence may be disclosed."""
        return bool(self.fields(inquiry, of.dataset, day, self.grants.purposes.needed(inquiry.purpose, of.dataset), of))

    def grants_of(
        self, inquiry: Inquiry, dataset: str, day: date, disclosed: Iterable[str], of: Evidence
    ) -> tuple[Grant, ...]:
        """The grants that allow the disclosed fields of an entry."""
        held = self.grants.of(inquiry.agency, dataset, inquiry.purpose, day, self._serves(inquiry, day, of))
        return tuple(g for g in held if g.fields & set(disclosed))

    def answering(self, inquiry: Inquiry, answer: str, day: date, of: Evidence | None = None) -> tuple[Grant, ...]:
        """The grants that allow an answer; about a given entry, those that cover its place."""
        return self.grants.answering(inquiry.agency, answer, inquiry.purpose, day, self._serves(inquiry, day, of))

    def shown(self, inquiry: Inquiry, evidence: Evidence, day: date) -> tuple[Evidence, frozenset[str]]:
        """Evidence without its withheld fields, and the fields that are left. A withheld field looks like an empty one.

        If the agency may not see that an entry has ended, the whole entry is hidden: it would look valid.
        """
        register = registers_of(self.contracts).get(evidence.type)
        if register is None or evidence.dataset != register.dataset:
            return self._shown_paper(inquiry, evidence, day)
        sources = dict(register.sources)
        for role in (
            each for each in register.roles if each.name == evidence.role
        ):  # none: the side of the entry is not known
            sources |= {"number": role.number, "name": role.full_name, "born": role.born}
        allowed = self.fields(
            inquiry, evidence.dataset, day, (*sources.values(), *register.parents, *register.ended), evidence
        )
        if evidence.ended and evidence.ended not in allowed:
            allowed = frozenset()
        hidden: dict[str, Any] = {name: None for name, source in sources.items() if source not in allowed}
        parents = evidence.parents if set(register.parents) <= allowed else ()
        return replace(evidence, **hidden, parents=parents), allowed

    def _shown_paper(self, inquiry: Inquiry, evidence: Evidence, day: date) -> tuple[Evidence, frozenset[str]]:
        """A result or a paper handed in. Its owner is left out, because the asker named them."""
        sources = {"issued": "NgayCap", "valid_until": "ThoiHanHieuLuc", "scope": "PhamViHieuLuc", "paper": "SoKyHieu"}
        requested = (
            sources.values()
            if evidence.given is None
            else self.grants.purposes.needed(inquiry.purpose, evidence.dataset)
        )
        allowed = self.fields(inquiry, evidence.dataset, day, requested, evidence)
        hidden: dict[str, Any] = {name: None for name, source in sources.items() if source not in allowed}
        return replace(evidence, **hidden, number=None, name=None), allowed

    def _serves(self, inquiry: Inquiry, day: date, of: Registered | None) -> Covers:
        covers = self._covers(of)
        return lambda grant: grant.under(inquiry.legal_basis, day) and covers(grant)

    def _covers(self, of: Registered | None) -> Covers:
        if of is None:
            return lambda grant: True
        return lambda grant: self.territories.covers(grant, of.place, of.registered)
