"""The registers and their people."""

from tests.hub import registers

contracts = registers.contracts
units = registers.units
engine = registers.engine
put = registers.put
look = registers.look
