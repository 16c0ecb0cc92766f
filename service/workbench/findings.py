"""Pages of findings: accepted records that contradict something. A person looks; the next delivery resolves them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from hub.accounts.roles import AccountRight
from hub.cases import findings, names
from hub.cases.findings import FindingFilter
from hub.core.errors import NotFound, ReasonMissing
from service.workbench.visit import Visit

SHOWN = 200


def finding_list(visit: Visit) -> Response:
    """Numbers by rule, unit and month, and the findings that the filter chooses."""
    state = visit.asked("state") or "open"
    with visit.hub.engine.connect() as connection:
        wanted = _filter(visit, connection)
        reasons = findings.counts(connection, replace(wanted, rule=None))
        rows = findings.listed(connection, wanted, state=state, limit=SHOWN)
    return visit.page(
        "findings.html", rows=rows, reasons=reasons, wanted=wanted, state=state, shown=SHOWN, states=findings.STATES
    )


def finding(visit: Visit) -> Response:
    """One finding: its sentence, its record, who looked."""
    found = _one(visit, visit.number())
    return visit.page("finding.html", finding=found, may_handle=visit.may(AccountRight.HANDLE))


def acknowledge(visit: Visit) -> Response:
    """Note that a person has looked: one finding, or those that were ticked."""
    person = visit.actor()
    texts = [*visit.chosen, *([visit.form["number"]] if visit.form.get("number") else [])]
    numbers = tuple(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19)
    if not numbers:
        raise ReasonMissing("No finding is chosen", hint="tick findings of the list")
    for number in numbers:
        _one(visit, number)
    with visit.hub.engine.begin() as connection:
        findings.acknowledge(connection, FindingFilter(numbers=numbers), person, visit.hub.scenario.now())
    return visit.to(f"/findings/{numbers[0]}" if visit.form.get("number") else f"/findings?done={len(numbers)}")


def _one(visit: Visit, number: int) -> dict[str, Any]:
    with visit.hub.engine.connect() as connection:
        found = findings.one(connection, number, visit.hub.contracts)
    if not visit.scope.has_record(found["unit"], found["unit_since"], found["stream"]):
        raise NotFound(f"No finding {number}", hint="hub findings list shows them")
    return found


def _filter(visit: Visit, connection: Any) -> FindingFilter:
    scope = visit.scope
    rule, unit = visit.asked("rule"), visit.asked("unit")
    names.require(connection, visit.hub.contracts, rule=rule, unit=unit)
    return FindingFilter(
        stream=names.stream(connection, visit.hub.deployment, visit.asked("stream")),
        rule=rule,
        unit=unit,
        month=visit.asked("month"),
        units=scope.units,
        systems=scope.systems,
    )
