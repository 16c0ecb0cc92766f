"""A desk that demands one paper of a register at a time."""

from __future__ import annotations

import pytest

from hub.answers.decisions.decision_service import DecisionService
from hub.evidence.people import Subject
from tests.hub.answers.builders import demanding, small_hub
from tests.hub.answers.decisions.lan import KNOWN

from .papers import PAPERS, question


@pytest.fixture
def service(engine, contracts) -> DecisionService:
    return demanding(small_hub(engine, contracts), PAPERS)


@pytest.fixture
def ask(service):
    """The one decision of a question about a paper of a register."""

    def ask(register: str = "register:birth", subject: Subject = KNOWN, dossier: str = "H1"):
        [decision] = service.ask(question(register, subject, dossier))
        return decision

    return ask
