"""A signature and its effect: with the second one the records come in, from the bytes that landed. For pages and commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from contracts.model import Dataset
from hub.app import Hub
from hub.cases import clock, waivers
from hub.cases.selection import Case, Selection
from hub.cases.waivers import Signed
from hub.core.actions import Actor


def sign(hub: Hub, selection: Selection, until: date, person: Actor, on_event: Callable[..., Any]) -> list[Signed]:
    """Sign waivers, commit, then judge the pages with these records again where a waiver is in force.

    Also where it was in force before: whoever repeats an act that was killed gets its effect.

    Raises:
        as `waivers.sign_all`; and what a replay raises: the signatures stay.
    """
    with hub.engine.begin() as connection:
        clock.expire(connection, hub.scenario.now())
        signed = waivers.sign_all(connection, selection, partial(dataset_of, hub), until, person, hub.scenario.now())
        pages = waivers.pages_in_force(connection, [each.case for each in signed if each.in_force])
    for name, first, last in pages:
        hub.exchange(name, on_event=on_event).replay(first, last)
    return signed


def dataset_of(hub: Hub, case: Case) -> Dataset:
    """The dataset of a case, by the contract of today."""
    return hub.contracts[hub.deployment.stream(case["stream"]).contract].dataset(case["dataset"])
