"""The registers of the evidence tests, here too."""

from tests.hub.evidence.conftest import contracts, engine, look, put, units  # noqa: F401 - fixtures
