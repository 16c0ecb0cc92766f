"""The notary's operation as a deployment describes it, and what is read by it.

A test file that wants the service names it: `notary = notary_operation.notary`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors import Source, Window
from tests.connectors.conftest import Place, served
from tests.connectors.notary_double import NotaryDouble, notary_contract, notary_system


@pytest.fixture
def notary() -> Iterator[Place[NotaryDouble]]:
    """A notary service."""
    double = NotaryDouble()
    with served(double, "/soap") as address:
        yield Place(double, address, notary_system, notary_contract())


def settings(**changes: object) -> dict[str, Any]:
    """The example's operation, changed; None takes a setting away."""
    given = {**notary_system("http://127.0.0.1:9").options["operations"]["notary_office"], **changes}
    return {"operations": {"notary_office": {name: value for name, value in given.items() if value is not None}}}


def ids(source: Source, window: Window = Window()) -> list[list[str]]:
    """The organisations of each page that came."""
    return [
        source.records(page.body, page.media_type)["notary_office"]["maToChuc"].to_list()
        for page in source.pages(window)
    ]
