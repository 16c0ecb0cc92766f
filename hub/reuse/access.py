"""The desk as one caller sees it: the decisions of his own agency and purpose, no others; each question is noted, answered or not.

What is missing and what belongs to somebody else are the same `NothingSuch`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from hub import audit, walls
from hub.acts import Person
from hub.audit import Asked
from hub.errors import NothingSuch
from hub.reuse import decisions
from hub.reuse.decide import Question
from hub.reuse.decisions import NotLookedAt, Recorded
from hub.reuse.desk import Desk, NotHeld
from hub.reuse.evidence import Evidence, Moment
from hub.reuse.extracts import Copy
from hub.reuse.people import Subject
from hub.tokens import Claims


@dataclass(frozen=True)
class Access:
    """What one caller may do, by the claims of his token."""

    desk: Desk
    claims: Claims

    def ask(self, dossier: str, procedure: str, people: Mapping[str, Subject]) -> tuple[Recorded, ...]:
        """As `Desk.ask`, for the caller's agency and purpose."""
        with self._noted("decisions", dossier):
            return self.desk.ask(Question(self.claims.agency, dossier, procedure, self.claims.purpose, people), who=self.claims.officer)

    def shown(self, dossier: str) -> tuple[Recorded, ...]:
        """The caller's own decisions about a dossier, with their reasons. Raises NothingSuch, LimitReached."""
        asked = self._asked("decisions", dossier)
        now = self.desk.hub.scenario.now()
        with self._noted("decisions", dossier), self.desk.hub.engine.begin() as connection:
            self._read_as(connection)
            found = tuple(each for each in decisions.of_dossier(connection, dossier) if self._own(each))
            if not found:
                raise NothingSuch("No decision about that dossier")
            self.desk.note(connection, asked, now, found)
        return found

    def preview(self, decision: int, why: str) -> tuple[Recorded, Evidence]:
        """As `Desk.preview`: that somebody looked stays on record. Raises NothingSuch, NotLookedAt, LimitReached."""
        with self._noted("preview", _name(decision)):
            known = self._known(decision)
            return known, self.desk.preview(decision, self._person(why))

    def act(self, decision: int, what: str, why: str) -> Recorded:
        """Note that the evidence was `used` or `refused`. Raises NothingSuch, NotLookedAt, LimitReached."""
        noun = {"used": "use", "refused": "refuse"}[what]
        with self._noted(noun, _name(decision)):
            known = self._known(decision)
            now = self.desk.hub.scenario.now()
            with self.desk.hub.engine.begin() as connection:
                self._read_as(connection)
                done = decisions.act(connection, decision, what, self._person(why), now)
                self.desk.note(connection, self._asked(noun, known.dossier), now, (done,))
        return done

    def extract(self, decision: int, why: str) -> Copy:
        """As `Desk.extract`. Raises NothingSuch, LimitReached."""
        with self._noted("extract", _name(decision)):
            self._known(decision)
            return self.desk.extract(decision, self.desk.agency_name(self.claims.agency), self._person(why))

    @contextmanager
    def _noted(self, what: str, reference: str) -> Iterator[None]:
        """Within the hour's limit; and a question that gets no answer has its row before it gets none."""
        asked = self._asked(what, reference)
        now = self.desk.hub.scenario.now()
        self.desk.within_limit(asked, now)
        try:
            yield
        except NotHeld:
            raise
        except (NothingSuch, NotLookedAt):
            with self.desk.hub.engine.begin() as connection:
                audit.write(connection, asked, self.desk.hub.keys, now, outcome="nothing")
            raise

    def _known(self, decision: int) -> Recorded:
        """A decision of the caller's own, as his token allows it. Raises NothingSuch."""
        with self.desk.hub.engine.begin() as connection:
            self._read_as(connection)
            known = decisions.one(connection, decision)
        if not self._own(known):
            raise NothingSuch(f"No decision {decision}")
        return known

    def _read_as(self, connection: sa.Connection) -> None:
        """Behind the second wall: another agency's decisions are not there."""
        walls.read_as(connection, agency=self.claims.agency, purpose=self.claims.purpose, day=Moment(self.desk.hub.scenario.now()).today)

    def _own(self, each: Recorded) -> bool:
        return each.agency == self.claims.agency and each.purpose == self.claims.purpose and self.claims.dossier in ("", each.dossier)

    def _asked(self, what: str, reference: str) -> Asked:
        return Asked(self.claims.agency, self.claims.officer, what, self.claims.purpose, reference)

    def _person(self, why: str) -> Person:
        return Person(self.claims.officer, why)


def _name(decision: int) -> str:
    return f"decision {decision}"
