"""The hub's own time a question, and pgbench's on the same statements."""

from __future__ import annotations

import random
import statistics
import time
from typing import Any

import sqlalchemy as sa

from bench.reuse.capture import listening, script_of
from bench.reuse.evidence import numbers_asked
from bench.reuse.pgbench import rate_of
from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.app import Hub
from hub.evidence.people import Subject

PROCEDURE, AGENCY = "1.003160", "000.00.16.H29"


def measure(hub: Hub, questions: int) -> dict[str, Any]:
    """The hub's own time a question, and pgbench's on the same statements, one client each."""
    _forget(hub)
    service, numbers = DecisionService(hub), numbers_asked(hub)
    service.ask(
        _question(numbers[0], "first"), refresh=False
    )  # the first question of a process writes the grants to the table that row-level security reads
    with listening(hub.engine) as heard:
        answer = service.ask(_question(numbers[0], "warm"), refresh=False)
    held = sum(each.outcome == "reuse" for each in answer)
    assert held, "the sample is held: at least one paper is reused"
    script = script_of(heard, hub, numbers[0])
    for i in range(50):
        service.ask(_question(random.choice(numbers), f"w{i}"), refresh=False)
    taken = []
    for i in range(questions):
        started = time.perf_counter()
        service.ask(_question(random.choice(numbers), f"q{i}"), refresh=False)
        taken.append(time.perf_counter() - started)
    _forget(hub)
    rate, peer = len(taken) / sum(taken), rate_of(hub, script)
    points = statistics.quantiles(taken, n=100)
    return {
        "questions_per_s": round(rate, 1),
        "decisions_per_s": round(rate * len(answer), 1),
        "p50_ms": round(points[49] * 1000, 2),
        "p99_ms": round(points[98] * 1000, 2),
        "pgbench_per_s": round(peer, 1),
        "share_of_pgbench": round(rate / peer, 3),
        "statements": len(heard),
        "papers": len(answer),
        "reused": held,
    }


def _forget(hub: Hub) -> None:
    """Each measurement begins with an empty record: decisions, and the questions that count towards an hourly limit.

    What pgbench sends takes places among the questions in work and never gives them back.
    """
    with hub.engine.begin() as connection:
        connection.execute(sa.text("delete from hub.in_flight"))
        for table in ("decision_act", "decision_question", "decision", "audit"):
            connection.execute(sa.text(f"alter table hub.{table} disable trigger user"))
            connection.execute(sa.text(f"delete from hub.{table}"))
            connection.execute(sa.text(f"alter table hub.{table} enable trigger user"))


def _question(number: str, dossier: str) -> Question:
    return Question(
        Inquiry(AGENCY, "officer-1", "civil-status", f"bench-{dossier}-{time.time_ns()}"),
        PROCEDURE,
        {"child": Subject(personal_id=number)},
    )
