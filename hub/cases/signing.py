"""Acts whose effect is a reading of the bytes that landed: a signature, with whose second the records come in, and
judging cases again. For pages and commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from typing import Any

from contracts.model import Dataset
from hub.app import Hub
from hub.cases import clock, waivers
from hub.cases.selection import Case, Selection, locked
from hub.cases.waivers import Signed
from hub.core import actions
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
        pages = waivers.pages_of(connection, [each.case for each in signed if each.in_force])
    _replay(hub, pages, person, on_event)
    return signed


def replay(hub: Hub, selection: Selection, person: Actor, on_event: Callable[..., Any]) -> list[int]:
    """Judge the pages again with which cases landed, by the contract of today; numbers of the cases.

    The act is noted before. Whoever repeats one that was killed gets its effect.

    Raises:
        NotFound: no such case.
        and what a replay raises: the note stays.
    """
    with hub.engine.begin() as connection:
        cases = [case["id"] for case in locked(connection, selection)]
        for number in cases:
            actions.append(connection, actions.CASES, (number, None), "replayed", person, hub.scenario.now())
        pages = waivers.pages_of(connection, cases)
    _replay(hub, pages, person, on_event)
    return cases


def _replay(
    hub: Hub, pages: Iterable[tuple[str, datetime, datetime]], person: Actor, on_event: Callable[..., Any]
) -> None:
    for name, first, last in pages:
        hub.exchange(name, on_event=on_event, operator=person.who).replay(first, last)


def dataset_of(hub: Hub, case: Case) -> Dataset:
    """The dataset of a case, by the contract of today."""
    return hub.contracts[hub.deployment.stream(case["stream"]).contract].dataset(case["dataset"])
