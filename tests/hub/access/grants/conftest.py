"""The shipped city's grants and territories."""

from __future__ import annotations

import pytest

from contracts.load import load_contracts
from hub.access.grants.load import read_grants
from hub.access.grants.model import Grants
from hub.access.grants.territory import Territories
from hub.core.units import read_units
from tests.hub.registers import ROOT

HCMC = ROOT / "deployments" / "hcmc"


@pytest.fixture(scope="module")
def shipped() -> Grants:
    return read_grants(HCMC, load_contracts())


@pytest.fixture(scope="module")
def territories() -> Territories:
    return Territories(read_units(HCMC / "reference"))
