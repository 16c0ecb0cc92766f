"""The rule itself: requested AND granted AND needed, within territory and days, under the limits. Pure but for the count of questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from contracts.model import Contract
from hub.access import limits
from hub.access.audit import AuditEntry, LimitReached
from hub.access.grants.model import Covers, Grant, Grants
from hub.access.grants.territory import Registered, Territories
from hub.answers.disclosure.model import Asking
from hub.core.crypto import Keys
from hub.evidence.evidence import Evidence
from hub.evidence.registers import REGISTERS


@dataclass(frozen=True)
class DisclosurePolicy:
    """What an agency may be told. What leaves by other ways (the desk's preview, extracts) is cut by it too."""

    grants: Grants
    territories: Territories
    contracts: Mapping[str, Contract]

    def fields(self, asking: Asking, dataset: str, day: date, requested: Iterable[str], of: Registered | None = None) -> frozenset[str]:
        """The fields that may be told; of a certain entry, those whose grants cover its place."""
        return self.grants.fields(asking.agency, dataset, asking.purpose, day, requested, self._serves(asking, day, of))

    def discloses(self, asking: Asking, day: date, of: Evidence) -> bool:
        """Whether anything of an item of evidence may be told."""
        return bool(self.fields(asking, of.dataset, day, self.grants.purposes.needed(asking.purpose, of.dataset), of))

    def grants_of(self, asking: Asking, dataset: str, day: date, disclosed: Iterable[str], of: Evidence) -> tuple[Grant, ...]:
        """The grants on which fields of an entry are told."""
        held = self.grants.of(asking.agency, dataset, asking.purpose, day, self._serves(asking, day, of))
        return tuple(g for g in held if g.fields & set(disclosed))

    def answering(self, asking: Asking, answer: str, day: date, of: Evidence | None = None) -> tuple[Grant, ...]:
        """The grants that allow an answer; about a certain entry, those that cover its place."""
        return self.grants.answering(asking.agency, answer, asking.purpose, day, self._serves(asking, day, of))

    def shown(self, asking: Asking, evidence: Evidence, day: date) -> tuple[Evidence, frozenset[str]]:
        """Evidence without what may not be told, and the fields that are left. All of it is withheld alike: as if the entry did not say it.

        Of an entry that was ended, where that may not be told, nothing is: it would look as if it were in force.
        """
        register = REGISTERS.get(evidence.type)
        if register is None or evidence.dataset != register.dataset:
            return self._shown_paper(asking, evidence, day)
        sources = {"registered": "ngayDangKy", "place": "noiDangKy", "book": "quyenSo", "entry": "so"}
        for role in (each for each in register.roles if each.name == evidence.role):  # none: nobody knows whom the entry was asked about
            sources |= {"number": role.number, "name": role.full_name, "born": role.born}
        allowed = self.fields(asking, evidence.dataset, day, (*sources.values(), *register.parents, *register.ended), evidence)
        if evidence.ended and evidence.ended not in allowed:
            allowed = frozenset()
        hidden: dict[str, Any] = {name: None for name, source in sources.items() if source not in allowed}
        parents = evidence.parents if set(register.parents) <= allowed else ()
        return replace(evidence, **hidden, parents=parents), allowed

    def _shown_paper(self, asking: Asking, evidence: Evidence, day: date) -> tuple[Evidence, frozenset[str]]:
        """A result or a paper handed in: its owner is whom the asker named, and is not told back."""
        sources = {"issued": "NgayCap", "valid_until": "ThoiHanHieuLuc", "scope": "PhamViHieuLuc", "paper": "SoKyHieu"}
        requested = sources.values() if evidence.given is None else self.grants.purposes.needed(asking.purpose, evidence.dataset)
        allowed = self.fields(asking, evidence.dataset, day, requested, evidence)
        hidden: dict[str, Any] = {name: None for name, source in sources.items() if source not in allowed}
        return replace(evidence, **hidden, number=None, name=None), allowed

    def within_limit(self, connection: sa.Connection, asked: AuditEntry, day: date, keys: Keys, now: datetime) -> LimitReached | None:
        """Take a place for a question; or the refusal, noted, when the agency has none left. In a transaction of its own, which ends before the
        answer's begins; raise the refusal after it is committed."""
        return limits.enter(connection, asked, self.grants.allowance(asked.agency, asked.purpose, day), keys, now)

    def _serves(self, asking: Asking, day: date, of: Registered | None) -> Covers:
        covers = self._covers(of)
        return lambda grant: grant.under(asking.legal_basis, day) and covers(grant)

    def _covers(self, of: Registered | None) -> Covers:
        if of is None:
            return lambda grant: True
        return lambda grant: self.territories.covers(grant, of.place, of.registered)
