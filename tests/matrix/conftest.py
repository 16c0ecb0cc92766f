"""The registers, a copy of the deployment whose grants each world writes anew, and the matrix over both."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from tests.hub import registers
from tests.matrix.city import City
from tests.matrix.matrix import Matrix

contracts = registers.contracts
engine = registers.engine
folder = registers.folder
put = registers.put


@pytest.fixture(autouse=True)
def unlogged() -> None:
    """A line for each of 20,000 requests tells nobody anything."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


@pytest.fixture
def matrix(engine, databases, contracts, folder, put) -> Iterator[Callable[..., Matrix]]:
    """A matrix over a city of its own, by seed."""
    cities = list[City]()

    def built(seed: int) -> Matrix:
        cities.append(City(engine, databases, contracts, folder, put, seed))
        return Matrix(cities[-1])

    yield built
    for city in cities:
        city.as_made.drop()
