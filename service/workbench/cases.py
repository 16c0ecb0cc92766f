"""Pages of cases: triage by reason, one case with its next step, the acts of people, a look at the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from contracts.local_time import local_day
from hub.access import looks
from hub.accounts.roles import AccountRight
from hub.cases import clock, handling, listing, names, refusals, requests, signing
from hub.cases.listing import CaseFilter
from hub.cases.selection import Selection
from hub.core import events
from hub.core.errors import NotFound, ReasonMissing
from hub.evidence import receiver_reasons
from hub.evidence.rule_sentences import OWN_SENTENCES
from hub.operations import reports
from service.workbench import scans
from service.workbench.visit import Visit

SHOWN = 200
MOST_AT_ONCE = 2000
"""Cases of one bulk act."""


def case_list(visit: Visit) -> Response:
    """Cases by reason, and those of the chosen reason."""
    with visit.hub.engine.connect() as connection:
        wanted = _filter(visit, visit.query)
        now = visit.hub.scenario.now()
        reasons = listing.counts(connection, now, replace(wanted, rule=None))
        rows = listing.cases(connection, now, wanted, limit=SHOWN)
    return visit.page("cases.html", rows=rows, reasons=reasons, wanted=wanted, shown=SHOWN, states=listing.STATES)


def case(visit: Visit) -> Response:
    """One case: what is wrong in a sentence, what to do in which system, what was done."""
    return _case_page(visit, None)


def look(visit: Visit) -> Response:
    """The record as it was received, beside its broken rules. The look is noted before anything is shown."""
    person, number, hub = visit.actor(), visit.number(), visit.hub
    found = _one(visit, number)
    received = reports.landed_record(hub, found["stream"], found["dataset"], found["sha256"], found["record"])
    described = listing.described(hub.contracts, _contract(visit, found), found["dataset"])
    numbers = looks.numbers_in(described, received) if described else ()
    with hub.engine.begin() as connection:
        now = hub.scenario.now()
        listing.note_look(connection, number, person, now)
        looks.note(connection, hub.keys, now, person, f"case {number}", dataset=found["dataset"], numbers=numbers)
    return _case_page(visit, received)


def handle(visit: Visit) -> Response:
    """Assign, classify, close or ask for a correction: one case, those that were ticked, or all of a reason."""
    person, given, now = visit.actor(), visit.form, visit.hub.scenario.now()
    fault = given.get("fault") or None
    with visit.hub.engine.begin() as connection:
        clock.expire(connection, now)
        selection = Selection(_numbers(visit, connection))
        match given.get("act"):
            case "request":
                requests.request(connection, selection, visit.hub.keys, person, now)
            case "assign":
                handling.assign(connection, selection, given.get("to"), person, now, fault=fault)
            case "close":
                handling.close(connection, selection, person, now, fault=fault, decision=given.get("decision"))
            case _:
                raise NotFound("No such act", hint="use the buttons of the page")
    return _back(visit, selection)


def sign(visit: Visit) -> Response:
    """Sign a waiver, as the first of two people or as the second."""
    person = visit.actor()
    try:
        until = date.fromisoformat(visit.form.get("until", ""))
    except ValueError:
        raise ReasonMissing("A waiver has a last day", hint="choose a day") from None
    with visit.hub.engine.connect() as connection:
        selection = Selection(_numbers(visit, connection))
    signing.sign(visit.hub, selection, until, person, events.ignore)
    return _back(visit, selection)


def refuse(visit: Visit) -> Response:
    """Refuse a waiver that one person proposed."""
    person, now = visit.actor(), visit.hub.scenario.now()
    with visit.hub.engine.begin() as connection:
        clock.expire(connection, now)
        selection = Selection(_numbers(visit, connection))
        refusals.refuse(connection, selection, person, now)
    return _back(visit, selection)


def replay(visit: Visit) -> Response:
    """Judge the landed pages of cases again, by the contract of today."""
    person = visit.actor()
    with visit.hub.engine.connect() as connection:
        selection = Selection(_numbers(visit, connection))
    signing.replay(visit.hub, selection, person, events.ignore)
    return _back(visit, selection)


def _case_page(visit: Visit, received: dict[str, Any] | None) -> Response:
    hub, found = visit.hub, _one(visit, visit.number())
    with hub.engine.connect() as connection:
        acts = listing.history(connection, found["id"])
    dataset = listing.described(hub.contracts, _contract(visit, found), found["dataset"])
    rules = {rule.id: rule for rule in dataset.rules} if dataset else {}
    broken = {name for reason in found["reasons"] for name in _fields(reason["rule"], rules)}
    fields = {field.name: field for field in dataset.fields} if dataset else {}
    system = hub.deployment.described.get(found["stream"].split(".", 1)[0])
    waiting = [each for each in found["requests"] if each["state"] not in requests.ANSWERED]
    return visit.page(
        "case.html",
        case=found,
        acts=acts,
        broken=sorted(broken),
        fields=fields,
        system=system,
        waiting=waiting,
        received=received,
        scan=scans.scan_of(visit, found, received) if received is not None else None,
        last_day=local_day(found["waived_until"] - timedelta(microseconds=1)) if found["waived_until"] else None,
        faults=handling.FAULTS,
        may_look=visit.may(AccountRight.LOOK),
        may_handle=visit.may(AccountRight.HANDLE),
        may_sign=visit.may(AccountRight.SIGN),
    )


def _one(visit: Visit, number: int) -> dict[str, Any]:
    """The case, if it is in the account's scope: one of another unit is not there. Raises NotFound."""
    with visit.hub.engine.connect() as connection:
        found = listing.one(connection, number, visit.hub.contracts, visit.hub.scenario.now())
    if not visit.scope.has_record(found["unit"], found["unit_since"], found["stream"]):
        raise NotFound(f"No case {number}", hint="hub cases list shows them")
    return found


def _contract(visit: Visit, found: dict[str, Any]) -> str:
    stream: str = found["stream"]
    return stream.split(".", 1)[1]


def _fields(rule: str, rules: Any) -> tuple[str, ...]:
    if rule in OWN_SENTENCES or rule.startswith(receiver_reasons.PREFIX):
        return ()
    fields: tuple[str, ...] = rules[rule].fields if rule in rules else (rule.split(".", 1)[0],)
    return fields


def _filter(visit: Visit, given: Any) -> CaseFilter:
    """The filter of a query or a form, within the account's scope. Raises NotFound."""

    def of(name: str) -> str | None:
        return (given.get(name) or "").strip()[:200] or None

    scope = visit.scope
    wanted = CaseFilter(
        of("stream"),
        of("rule"),
        of("unit"),
        of("owner"),
        given.get("overdue") == "yes",
        of("state") or "open",
        units=None if scope.units is None else list(scope.units),
        systems=None if scope.systems is None else list(scope.systems),
    )
    with visit.hub.engine.connect() as connection:
        names.require(connection, visit.hub.contracts, rule=wanted.rule, unit=wanted.unit)
        return replace(wanted, stream=names.stream(connection, visit.hub.deployment, wanted.stream))


def _numbers(visit: Visit, connection: Any) -> tuple[int, ...]:
    """The cases that a form is about, each within the account's scope. Raises NotFound, ReasonMissing."""
    if visit.form.get("all") == "yes":
        rows = listing.cases(connection, visit.hub.scenario.now(), _filter(visit, visit.form), limit=MOST_AT_ONCE)
        numbers = tuple(row["id"] for row in rows)
    else:
        texts = [*visit.chosen, *([visit.form["number"]] if visit.form.get("number") else [])]
        numbers = tuple(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19)
        for number in numbers:
            _one(visit, number)
    if not numbers:
        raise ReasonMissing("No case is chosen", hint="tick cases, or choose all of the list")
    return numbers


def _back(visit: Visit, selection: Selection) -> Response:
    if visit.form.get("number"):
        return visit.to(f"/cases/{selection.numbers[0]}?done={len(selection.numbers)}")
    return visit.to(f"/cases?done={len(selection.numbers)}")
