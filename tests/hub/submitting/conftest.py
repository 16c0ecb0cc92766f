from tests.hub import registers
from tests.hub.submitting.portal import portal

contracts, engine, put = registers.contracts, registers.engine, registers.put

__all__ = ["contracts", "engine", "portal", "put"]
