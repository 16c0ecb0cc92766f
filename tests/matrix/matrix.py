"""Random questions over all ways out, each put to the hub and to the reference policy: what one tells otherwise than the other is a difference."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.matrix.city import City
from tests.matrix.doors import DOORS
from tests.matrix.expected import NOT_FOR_YOU, NOT_NOW
from tests.matrix.ministry import MODULE_BS, NOTHING
from tests.matrix.policy import over_the_limit
from tests.matrix.questions import Question, drawn
from tests.matrix.routes import ROUTES
from tests.matrix.ways import LIMIT, Reply, Way

WAYS = (*DOORS, *ROUTES, *MODULE_BS)
SEARCHES = frozenset(
    {
        *(f"door: {each}" for each in ("record", "answer", "prefill")),
        *(f"POST /v1/{each}" for each in ("evidence", "answers", "prefill")),
    }
)
"""Ways on which nothing told of what is granted is a miss, and nothing else is."""


@dataclass
class Matrix:
    """A city that is asked, and what came of it."""

    here: City
    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    shapes: defaultdict[object, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Way and what it said -> every form in which it did."""

    def differences(self, questions: int) -> Iterator[str]:
        """What the hub did otherwise than the reference, of so many random questions."""
        for _ in range(questions):
            self.here.asked += 1
            [way] = self.here.chance.choices(WAYS, [each.share for each in WAYS])
            q = way.asks(drawn(self.here, self.here.asked))
            self.asked[way.name] += 1
            for wrong in self._ask(way, q):
                yield f"{way.name}: {wrong}\n  {q}"

    def _ask(self, way: Way, q: Question) -> Iterator[str]:
        here, noted = self.here, way.noted(self.here, q)
        over = noted is not None and over_the_limit(here.world, noted, here.noted[noted.agency])
        must = LIMIT if over else way.expected(here, q)
        answered = way.ask(here, q)
        rows = here.newly_noted()
        if noted is not None:
            here.noted[noted.agency] += [(outcome, missed) for *_, outcome, missed in rows]
        if answered.said != must:
            yield f"{answered.said} instead of {must}"
        if [row[1:4] for row in rows] != ([(noted.agency, noted.purpose, noted.law)] if noted else []):
            yield f"noted as {rows}"
        elif rows and not _fits(rows[0][4], must):
            yield f"noted as {rows[0][4]}, and it was {must}"
        elif rows and way.name in SEARCHES and rows[0][5] != (rows[0][4] == "nothing"):
            yield f"noted as {rows[0][4]}, and {'a' if rows[0][5] else 'no'} miss"
        self.answered[way.name] += must not in (LIMIT, NOT_NOW, NOT_FOR_YOU, *NOTHING) and not _asked_only(must)
        yield from self._alike(way, answered)

    def _alike(self, way: Way, answered: Reply) -> Iterator[str]:
        """Denied and missing: what says nothing has one form on each way, and so has the reason for which a paper is asked for."""
        for said, shape in (answered.shape or {}).items():
            forms = self.shapes[way.name, said]
            forms.add(str(shape))
            if len(forms) > 1:
                yield f"{said} has two forms: {sorted(forms)}"


def _fits(outcome: str, must: Any) -> bool:
    """Whether a question was noted as what came of it. What is told only in part, or is a state, may stand as either."""
    if must == LIMIT:
        return outcome == "limit"
    if must is None or must == NOT_NOW:
        return outcome in ("nothing", "denied")
    return (
        outcome in ("answered", "nothing", "denied")
        if isinstance(must, str) or _asked_only(must)
        else outcome == "answered"
    )


def _asked_only(must: Any) -> bool:
    return isinstance(must, dict) and all(isinstance(each, tuple) and each[0] == "ask" for each in must.values())
