"""Every connector over HTTP keeps every promise of the conformance suite, on real sockets."""

from __future__ import annotations

import json

import pytest

from connectors.errors import Incomplete
from connectors.testing.conformance import DIALECT_FAULTS, PLAIN, RECORD_FAULTS, RECOVERIES, Target, Unmet, checks_for
from connectors.testing.fault_checks import costs_one
from connectors.testing.fault_scripts.http import HTTP_FAULTS
from connectors.testing.fault_scripts.one_record import of_one
from connectors.testing.fault_scripts.script import FaultScript

NAMES = {
    dialect: [
        *(c.name for c in PLAIN),
        *(f.name for f in (*HTTP_FAULTS, *faults, *RECORD_FAULTS.get(dialect, ()))),
        *(c.name for c in RECOVERIES),
    ]
    for dialect, faults in DIALECT_FAULTS.items()
}


@pytest.mark.parametrize(
    ("dialect", "place"),
    [pytest.param(d, i, id=f"{d}: {n}") for d, names in NAMES.items() for i, n in enumerate(names)],
)
def test_promise(targets: dict[str, Target], dialect: str, place: int) -> None:
    """Each fault becomes its documented error, and honest reading is whole, pure and inclusive."""
    list(checks_for(targets[dialect]))[place].run(targets[dialect])


def test_the_suite_can_fail(targets: dict[str, Target]) -> None:
    """An answer that is not spoiled at all is no Incomplete: the suite says that the promise is unmet."""
    target = targets["one_stop"]
    harmless = Target(
        target.system,
        target.contract,
        target.carries_records,
        (FaultScript("harmless", Incomplete, lambda: lambda request, answer: answer),),
    )
    check = next(each for each in checks_for(harmless) if each.name == "harmless")

    with pytest.raises(Unmet, match="Incomplete was due"):
        check.run(harmless)


def test_a_damage_that_loses_more_is_noticed(targets: dict[str, Target]) -> None:
    """A record that vanishes beside the damaged one is no cost of one record."""
    target = targets["one_stop"]

    def two(body: bytes, victim: bytes) -> bytes:
        content = json.loads(body)
        content["result"] = [None, *content["result"][2:]]
        content["count"] = len(content["result"])
        return json.dumps(content).encode()

    greedy = of_one("greedy", two, rb'"MaHoSo"\s*:\s*"([^"]+)"')

    with pytest.raises(Unmet, match="one record was damaged"):
        costs_one(target, greedy)
