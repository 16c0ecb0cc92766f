"""Random questions over every way out of the hub, each compared with a policy of thirty lines that imports nothing of it (`policy.py`).

A share of the 20,000 runs with the fast tests; all of them: `make grant-matrix`. That the comparison can fail: `test_planted_faults.py`.
"""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from tests.matrix.matrix import WAYS

SAYS_NOTHING_OF_ANYBODY = {
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/openapi.json"),
    ("GET", "/ministry/soap"),
    ("POST", "/oauth/token"),
    ("GET", "/v1/feeds/{feed}/deliveries"),
    ("GET", "/v1/deliveries/{delivery}"),
    ("GET", "/v1/deliveries/{delivery}/content"),
    ("POST", "/v1/deliveries/{delivery}/answer"),
}
"""Routes about the service itself, and those of feeds: no question names a person there, payloads are sealed for one
receiver, and test_feeds.py has a matrix of its own."""
ENOUGH = 300
"""Questions that each way gets of the 20,000."""


def test_the_hub_says_what_the_reference_says(matrix) -> None:
    """A share of the 20,000, in four worlds of grants; every way is asked, and in some of them something is told."""
    asked = matrix(1)
    for _ in range(4):
        assert list(asked.differences(100)) == []
        asked.here.renew()
    assert set(asked.asked) == {way.name for way in WAYS}


def test_grants_change_between_two_questions(matrix) -> None:
    """A new version each few questions, while the service runs: each answer is by the one in force, in both walls."""
    asked = matrix(6)
    for _ in range(12):
        assert list(asked.differences(15)) == []
        asked.here.change()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_twenty_thousand_questions(matrix) -> None:
    """No difference; each way is asked often, and on each of them something is told: a policy that denies all would not be found out."""
    asked = matrix(2)
    for _ in range(40):
        assert list(asked.differences(500)) == []
        asked.here.renew()
    print("\n".join(f"{way.name:46} {asked.asked[way.name]:6} asked {asked.answered[way.name]:6} told" for way in WAYS))
    assert all(asked.asked[way.name] >= ENOUGH for way in WAYS)
    assert all(asked.answered[way.name] >= ENOUGH / 20 for way in WAYS)


def not_asked(app: FastAPI) -> set[tuple[str, str]]:
    """Routes that the matrix neither asks nor names as telling nothing of anybody."""
    there = {(method, route.path) for route in app.routes for method in route.methods - {"HEAD"}}
    return there - {route for way in WAYS for route in way.routes} - SAYS_NOTHING_OF_ANYBODY


def test_every_route_is_asked(matrix) -> None:
    """A router that is added without a question of its own makes this fail."""
    app = matrix(3).here.app
    assert not_asked(app) == set()
    assert {route for way in WAYS for route in way.routes} <= {(m, r.path) for r in app.routes for m in r.methods}
    app.get("/v1/added")(lambda: None)
    assert not_asked(app) == {("GET", "/v1/added")}
