"""Twins of a small city on a real socket, for tests that read it over the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.core.deployment import load_deployment
from hub.core.settings import ROOT
from hub.local.secrets import read_secrets
from tests.sockets import listening
from twins.clock import Clock
from twins.population import AS_OF, REFERENCE, build_city
from twins.serve import twin_app

HCMC = ROOT / "deployments" / "hcmc"


@contextmanager
def small_city(secrets: Path, *, dossiers: int, seed: int = 4) -> Iterator[str]:
    """Address of the twins of 1,000 registrations and 22 times `dossiers`; their credentials are written to `secrets`."""
    known = read_secrets(secrets, load_deployment(HCMC))
    city = build_city(1_000, dossiers, seed, AS_OF, reference=REFERENCE)
    wsdl = HCMC / "systems/moj-registry/registry.wsdl"
    app = twin_app(city, credentials=known, reference=HCMC / "reference", wsdl=wsdl, clock=Clock(AS_OF))
    with listening(app, date_header=False, lifespan="off") as address:
        yield address
