"""The registers and their people, and the decision service of the shipped deployment over them."""

from __future__ import annotations

import pytest

from hub.answers.decisions.decision_service import DecisionService
from tests.hub import registers
from tests.hub.answers.builders import small_hub

pytest.register_assert_rewrite("tests.hub.answers.decisions.moments")  # it asserts as a test file does

contracts = registers.contracts
units = registers.units
engine = registers.engine
put = registers.put
look = registers.look


@pytest.fixture
def service(engine, contracts) -> DecisionService:
    return DecisionService(small_hub(engine, contracts))
