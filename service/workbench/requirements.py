"""Pages of requirements: what procedures demand and what answers it; a jurist confirms or rejects, by name and day."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from starlette.responses import Response

from hub.accounts.roles import AccountRight
from hub.core.errors import NotFound, ReasonMissing
from hub.requirements import review
from hub.requirements.catalogue import Requirement, ReviewState
from hub.requirements.review import RequirementReview
from service.workbench import requirement_words
from service.workbench.visit import Visit

_WRITING = threading.Lock()
"""The reviews are one file: of two jurists who settle at once, the second reads what the first wrote."""


def group_list(visit: Visit) -> Response:
    """Rows by the words that decided, the largest group first."""
    groups = _groups(visit)
    states = {key: _states(rows) for key, rows in groups.items()}
    counted = {state: sum(row.review is state for rows in groups.values() for row in rows) for state in ReviewState}
    return visit.page("requirements.html", groups=groups, states=states, counted=counted, **_words(visit))


def group(visit: Visit) -> Response:
    """One group: each row, what answers it, and who settled it."""
    rows = _group(visit)
    known = review.read_reviews(visit.hub.deployment.folder)
    return visit.page(
        "requirement_group.html",
        group=visit.at["group"],
        rows=rows,
        known=known,
        states=_states(rows),
        may_review=visit.may(AccountRight.REVIEW),
        **_words(visit),
    )


def settle(visit: Visit) -> Response:
    """Confirm or reject a group, under the jurist's name, on the day of the deployment's clock."""
    given, hub = visit.form, visit.hub
    state = {"confirm": ReviewState.CONFIRMED, "reject": ReviewState.REJECTED}.get(given.get("act", ""))
    decision, law = given.get("decision", "").strip(), given.get("law", "").strip()
    if state is None or not decision or not law:
        raise ReasonMissing(
            "A review names the decision and the version of the law that was read", hint="224/2026/NĐ-CP@2026-07-01"
        )
    with _WRITING:
        review.settle(
            hub.deployment.folder,
            _group(visit),
            RequirementReview(
                requirement="",
                fingerprint="",
                group=visit.at["group"],
                state=state,
                reviewer=visit.account.name,
                decision_number=decision[:60],
                law_version=law[:60],
                reviewed_on=hub.deployment.today,
                synthetic=hub.scenario.as_of is not None,
            ),
        )
    return visit.to(f"/requirements/{visit.at['group']}?done=1")


def _words(visit: Visit) -> dict[str, Any]:
    """The words of the table in the reader's language, for the templates."""
    vietnamese = visit.tongue == "vi"
    return {
        "word": partial(requirement_words.word, vietnamese=vietnamese),
        "derivation": partial(requirement_words.derivation, vietnamese=vietnamese),
    }


def _groups(visit: Visit) -> dict[str, list[Requirement]]:
    scenario = visit.hub.scenario.as_of is not None
    found = review.read_reviewed(visit.hub.deployment.folder, scenario=scenario)
    return review.groups(each for rows in found.values() for each in rows)


def _group(visit: Visit) -> list[Requirement]:
    rows = _groups(visit).get(visit.at["group"])
    if rows is None:
        raise NotFound("No such group", hint="its text may have changed: hub requirements review lists the groups")
    return rows


def _states(rows: list[Requirement]) -> list[str]:
    return sorted({str(row.review) for row in rows})
