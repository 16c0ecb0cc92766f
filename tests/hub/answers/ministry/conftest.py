"""The Ministry's questions over a real database with a few synthetic people."""

from __future__ import annotations

import pytest

from hub.answers.decisions.decision_service import DecisionService
from hub.answers.ministry.ministry_service import MinistryService
from tests.hub import registers
from tests.hub.answers.builders import small_hub

from .asking import DOSSIERS

contracts = registers.contracts
engine = registers.engine
put = registers.put
units = registers.units


@pytest.fixture
def service(engine, contracts, put) -> MinistryService:
    for number in DOSSIERS:
        put("dossier", number, system="one-stop-760", MaHoSo=number)
    return MinistryService(DecisionService(small_hub(engine, contracts)))
