"""Short ways to what the answering tests speak of: a requirement, a small hub, a decision service with demands of a test's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from contracts.model import Contract
from hub.access import audit
from hub.access.grants.model import Grants
from hub.answers.decisions import rejudge, store
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.noted import note
from hub.answers.decisions.store import Recorded
from hub.requirements.catalogue import About, Answer, Requirement, Territory, Validity
from tests.hub.in_force import put_in_force
from tests.hub.registers import KEYS, NOW, ROOT

HCMC = ROOT / "deployments" / "hcmc"
QUAN_1 = "000.00.16.H29"
"""District 1, whose civil-status desk holds grants of all four registers."""


def requirement(evidence_type: str = "register:birth", **changed: Any) -> Requirement:
    """A paper that every desk may look up, about the applicant, of any age and place; by keyword what a test changes."""
    usual: dict[str, Any] = {
        "procedure": "p",
        "id": "r",
        "name": "Giấy tờ",
        "copies": 1,
        "answer": Answer.REGISTER,
        "evidence_type": evidence_type,
        "about": About.APPLICANT,
        "territory": Territory.ANY,
        "max_age": None,
        "validity": Validity(),
        "legal_basis": "once-held",
        "rule": "r",
        "reviewed": True,
        "line": 2,
    }
    return Requirement(**usual | changed)


def small_hub(
    engine: sa.Engine,
    contracts: Mapping[str, Contract],
    folder: Path = HCMC,
    *,
    reuse: Mapping[str, object] | None = None,
    **parts: object,
) -> Any:
    """What the services ask of a hub, over a deployment's folder; its clock stands where the registers were filled."""
    deployment = SimpleNamespace(
        name="hcmc", folder=folder, reuse=dict(reuse or {}), streams={}, today=date(2022, 6, 2), as_of=NOW
    )
    return SimpleNamespace(
        engine=engine,
        contracts=contracts,
        keys=KEYS,
        deployment=deployment,
        scenario=SimpleNamespace(now=lambda: NOW),
        **parts,
    )


@dataclass(frozen=True)
class Demanding(DecisionService):
    """The decision service under requirements of a test's own, in the place of the deployment's file."""

    requirements: dict[str, tuple[Requirement, ...]] = field(kw_only=True)


def demanding(
    hub: Any, requirements: Mapping[str, tuple[Requirement, ...]], grants: Grants | None = None
) -> DecisionService:
    """A decision service that knows these requirements by procedure; under the deployment's grants unless others are given."""
    if grants is not None:
        put_in_force(hub, grants)
    return Demanding(hub, requirements=dict(requirements))


def noted(service: DecisionService, **which: Any) -> list[dict[str, Any]]:
    """Rows of the audit log, newest first."""
    with service.hub.engine.connect() as connection:
        return audit.rows(connection, **which)


def on_record(service: DecisionService, question: Question, *, sealed: bool = False, **evidence: Any) -> Recorded:
    """The one decision of a question, put on record as an earlier release did it.

    `sealed`: with its question beside it. By keyword: what that release kept otherwise of the evidence, `role=None` say.
    """
    requirements = service.demanded(question.procedure)
    set_ = store.requirement_set(question, [each.id for each in requirements], service.hub.keys)
    with service.way_out.answering(question.inquiry, "decisions") as session:
        [decided] = service.decided(session, question, requirements)
        decided = replace(decided, evidence=tuple(replace(each, **evidence) for each in decided.evidence))
        answer = store.record(session.connection, question, set_, [decided], session.now, session.now)
        if sealed:
            answer = rejudge.seal_new(session.connection, service.hub.keys, question, set_, answer)
        note(session, answer)
    [decision] = answer
    return decision
