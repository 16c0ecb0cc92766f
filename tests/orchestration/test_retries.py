"""What Airflow does with each error of the tree."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta

import pytest
from airflow.sdk import RetryAction

import connectors
import contracts
import hub
import orchestration
import quality
from contracts.errors import HubError, Permanent, Transient
from hub.load.bad_records import NONE_BAD
from orchestration.retries import DELAY, LONGEST, ErrorTreePolicy


def tree() -> list[type[HubError]]:
    """Every error class of the hub: all modules are imported, then the root's heirs are listed."""
    for package in (contracts, connectors, quality, hub, orchestration):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(("hub.migrations", "orchestration.plugins")):
                importlib.import_module(module.name)
    found, waiting = [], [HubError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.split(".")[0] in {"contracts", "connectors", "quality", "hub", "orchestration"}:
            found.append(kind)
    return sorted(set(found), key=lambda kind: kind.__qualname__)


SAID = {"MinistryRefusal": "100", "Denied": "100", "TooManyConflicts": NONE_BAD}
"""Errors that are made of something else than a sentence."""
LEAVES = [kind for kind in tree() if kind is not HubError]


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_each_error_of_the_tree_has_one_answer(kind: type[HubError]) -> None:
    """Permanent errors fail at once; transient ones are tried again after the delay; nothing hangs between the branches."""
    error = kind(SAID.get(kind.__name__, "something happened"))
    decision = ErrorTreePolicy().evaluate(error, 1, 3)

    assert issubclass(kind, Permanent) != issubclass(kind, Transient)
    if issubclass(kind, Permanent):
        assert decision.action is RetryAction.FAIL
    else:
        assert decision.action is RetryAction.RETRY
        assert decision.retry_delay == max(DELAY, timedelta(seconds=getattr(error, "retry_after_s", None) or 0))


def test_the_tree_is_not_empty() -> None:
    """The walk above reaches the errors of every floor."""
    names = {kind.__name__ for kind in LEAVES}

    assert {
        "ContractInvalid",
        "Unreachable",
        "Throttled",
        "Malformed",
        "BatchHeld",
        "Fenced",
        "StreamBusy",
        "NoPartition",
    } <= names


def test_an_unknown_error_is_airflows_business() -> None:
    """A bug, or a lost worker, follows Airflow's own rule: the task's retries."""
    assert ErrorTreePolicy().evaluate(ZeroDivisionError(), 1, 3).action is RetryAction.DEFAULT


@pytest.mark.parametrize(
    ("wish_s", "delay"),
    [(None, DELAY), (5.0, DELAY), (300.0, timedelta(minutes=5)), (86_400.0, LONGEST)],
    ids=["none", "short", "longer", "a day"],
)
def test_a_source_that_asks_for_patience_gets_it(wish_s: float | None, delay: timedelta) -> None:
    """The source's Retry-After is followed, between our own delay and an hour."""
    from connectors.errors import Throttled

    error = Throttled("busy")
    error.retry_after_s = wish_s

    assert ErrorTreePolicy().evaluate(error, 1, 3).retry_delay == delay
