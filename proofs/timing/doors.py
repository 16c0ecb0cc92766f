"""All ways to an answer over one city, as the pairs ask them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from hub.access.inquiry import Inquiry
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.disclosure.disclosure import Disclosure
from hub.answers.ministry.ministry_service import MinistryService
from hub.app import Hub
from proofs.timing.city import PURPOSE
from proofs.timing.on_record import OnRecord, put_on_record


@dataclass(frozen=True)
class Doors:
    """The services of a hub, and what the pairs need to ask them."""

    hub: Hub
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), init=False)

    @cached_property
    def service(self) -> DecisionService:
        return DecisionService(self.hub)

    @cached_property
    def disclosure(self) -> Disclosure:
        return self.service.disclosure

    @cached_property
    def ministry(self) -> MinistryService:
        return MinistryService(self.service)

    @cached_property
    def on_record(self) -> OnRecord:
        """Decisions and reports of others; made once."""
        return put_on_record(self.service)

    def dossier(self, agency: str) -> str:
        """A number that nobody asked with yet, of the agency's own form."""
        return f"{agency}-220601-{next(self._numbers):06d}"

    def asking(self, agency: str) -> Inquiry:
        """A question's head, for a dossier of its own."""
        return Inquiry(agency, "officer-1", PURPOSE, self.dossier(agency))
