"""What the hub has on record for others than the asker of the proof: decisions and error reports."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from hub.access.inquiry import Inquiry
from hub.answers.agency_view import AgencyView
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.error_reports import Finding
from hub.core.actions import Actor
from proofs.timing.city import GRANTED, KNOWN_DOSSIER, LAW, NEIGHBOUR, OTHER_LAW, OWN_DOSSIER, PEOPLE, PURPOSE, REGISTRY

PROCEDURE = "1.003160"
"""Demands the birth certificate of a child, among other papers."""
OTHER_DOSSIER = f"{GRANTED}-220601-0003"
"""Another one of the asker's own agency, which a token for `OWN_DOSSIER` does not open."""
WHY = "đối chiếu"
TABLES = ("decision", "decision_question", "decision_act", "error_report")
"""Where it stands."""


@dataclass(frozen=True)
class OnRecord:
    """Numbers by whose they are; `none` is a number that was never given."""

    decisions: dict[str, int]
    reports: dict[str, int]


def asker(agency: str = GRANTED, *, purpose: str = PURPOSE, law: str = LAW, dossier: str = "") -> Inquiry:
    """A token's inquiry; `dossier`: the only one that it allows."""
    return Inquiry(agency, "officer-1", purpose, legal_basis=law, dossier=dossier, door="service")


def put_on_record(service: DecisionService) -> OnRecord:
    """A decision and a report of each kind that is not the asker's, made by the services themselves."""
    decisions = {
        "another agency's": _decided(service, asker(NEIGHBOUR), KNOWN_DOSSIER),
        "another purpose's": _decided(service, asker(purpose="school-enrolment"), OWN_DOSSIER),
        "none": _skipped(service, "decision"),
        "another law's": _decided(service, asker(law=OTHER_LAW), OWN_DOSSIER),
        "another dossier's": _decided(service, asker(), OTHER_DOSSIER),
    }
    reports = {
        "another agency's": _reported(service, asker(NEIGHBOUR), KNOWN_DOSSIER),
        "none": _skipped(service, "error_report"),
        "another dossier's": _reported(service, asker(), OTHER_DOSSIER),
    }
    return OnRecord(decisions, reports)


def _decided(service: DecisionService, inquiry: Inquiry, dossier: str) -> int:
    """A decision about a birth entry that is held; an officer looked at its evidence if there is any."""
    people = {"child": PEOPLE["alive"].by_name, "applicant": PEOPLE["alive"].by_number}
    answer = service.ask(Question(inquiry.about(dossier), PROCEDURE, people), refresh=False)
    held = next((each for each in answer if each.outcome == "reuse"), None)
    if held is None:
        return answer[0].id
    service.preview(held.id, Actor("officer-1", WHY))
    return held.id


def _reported(service: DecisionService, inquiry: Inquiry, dossier: str) -> int:
    """A report about a birth entry."""
    finding = Finding(("birth", REGISTRY, "alive"), "nksHoTen", "wrong", WHY)
    return AgencyView(service, inquiry).report(dossier, finding).id


def _skipped(service: DecisionService, table: str) -> int:
    """A number that no row of a table gets, between those that do: its look-up ends at the same page of the index."""
    with service.hub.engine.begin() as connection:
        query = sa.text("select nextval(pg_get_serial_sequence(:table, 'id'))")
        return int(connection.scalar(query, {"table": f"hub.{table}"}) or 0)
