"""The Ministry's questions over a real database with a few synthetic people."""

from __future__ import annotations

import pytest

from hub.access.inquiry import Inquiry
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.ministry.ministry_service import MinistryService, the_ministry
from tests.hub import registers
from tests.hub.answers.builders import small_hub

contracts = registers.contracts
engine = registers.engine
put = registers.put
units = registers.units

THE_MINISTRY = the_ministry("hotich.moj")


def office(agency: str = "000.00.16.H29", law: str = "extract-anywhere") -> Inquiry:
    """An office that asks with a token of its own."""
    return Inquiry(agency, "officer", "civil-status", legal_basis=law)


DOSSIERS = tuple(f"H-{number}" for number in range(10))
"""Known to the hub, whichever office asks for them."""


@pytest.fixture
def service(engine, contracts, put):
    for number in DOSSIERS:
        put("dossier", number, system="one-stop-760", MaHoSo=number)
    return MinistryService(DecisionService(small_hub(engine, contracts)))
