"""In whatever order things happen: no act shows or issues what the same question, asked for the first time at that moment, would not.

One woman's birth and marriage, and another birth that bears her name; an agency and the Ministry ask, act and fetch, while a death, a divorce, a correction
and the like come in between. The reference is a new dossier's question: nothing is remembered of it. All people are synthetic.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from hub.access.grants.allowance import QuestionLimits
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.ministry.ministry_service import MinistryService
from tests.hub.answers.builders import demanding, requirement, small_hub

from .city_events import PAPERS
from .moments import Moments


@pytest.fixture
def machine(engine: sa.Engine, contracts: Any, put: Any) -> type[Moments]:
    """The machine over a real database whose registers each example finds empty."""
    requirements = {paper: (requirement(f"register:{paper}", procedure=paper, id=paper),) for paper in PAPERS}
    hub = small_hub(engine, contracts)
    first = DecisionService(hub)
    every = tuple(replace(g, hourly_limit=10**9) for g in first.grants.all)
    # What is asked stays on record, and fifty steps may miss a hundred times: limits have tests of their own.
    grants = replace(first.grants, all=every, limits=QuestionLimits(*[10**9] * 6), agency_limits={})
    examples = itertools.count()

    def build() -> tuple[int, MinistryService, Callable[..., None]]:
        with engine.begin() as connection:
            for table in ("birth", "marriage", "death"):
                connection.execute(sa.text(f"delete from warehouse.{table}"))
        service = demanding(hub, requirements, grants)
        assert service.rule.grants == grants
        return next(examples), MinistryService(service), put

    return type("Moments", (Moments,), {"build": staticmethod(build)})


QUICK = {
    "deadline": None,
    "report_multiple_bugs": False,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}


@pytest.mark.timeout(300)
def test_no_act_shows_what_a_fresh_question_would_not(machine: type[Moments]) -> None:
    """A decision made before a death, divorce, correction or refusal went on being shown, used and copied."""
    # What is found is told as it is: making it smaller would outlast the time a test has; the long one does.
    once = (Phase.explicit, Phase.generate)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=30, stateful_step_count=30, derandomize=True, phases=once, **QUICK)
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_act_shows_what_a_fresh_question_would_not_at_length(machine: type[Moments]) -> None:
    """The same, in three hundred stories of up to fifty steps."""
    run_state_machine_as_test(machine, settings=settings(max_examples=300, stateful_step_count=50, **QUICK))
