"""What is brought up to date once a day, stream or no stream: rules across registers, recalls, trends, indicators.

Each goes on from what it knew, so that a day's change costs a day's work, and a repetition changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.cross_rules import load_cross_rules
from hub.app import Hub
from hub.cross_register import checking
from hub.indicators import keeping as indicators_kept
from hub.indicators.city import read_city
from hub.indicators.selection import CityLists
from hub.recall import recalls
from hub.sending import refusals
from hub.sending.expiry import Expiry
from hub.trends import keeping as trends_kept

if TYPE_CHECKING:
    from hub.cross_register.checking import Checked


def across(hub: Hub, *, whole: bool = False) -> list[Checked]:
    """Judge what changed across registers, a look a rule and system. `whole`: every record again."""
    looks = [
        checking.check(hub.engine, rule, system, hub.scenario.now(), whole=whole)
        for rule in load_cross_rules(hub.contracts)
        for system in checking.systems_of(hub.deployment, rule)
    ]
    return [each for each in looks if each]


def recall(hub: Hub) -> recalls.RecallRound:
    """Look for corrections since the last look: open recalls, and settle what is known by now."""
    return recalls.look(hub.engine, hub.contracts, hub.keys, hub.scenario.now())


def refused_rows(hub: Hub) -> refusals.RefusalRound:
    """Open and close the cases of rows that receivers refused since the last look."""
    return refusals.look(hub.engine, hub.feeds.values(), hub.scenario.now())


def retention(hub: Hub) -> int:
    """Delete the deliveries whose retention is over, each with its proof; returns how many."""
    return len(expire(hub))


def expire(hub: Hub) -> list[str]:
    """Delete the deliveries whose retention is over; their ids."""
    folder, now = hub.scenario.folder, hub.scenario.now()
    return Expiry(hub.engine, folder / "deliveries", folder / "feed-keys", hub.deployment.name, now).run()


def trends(hub: Hub, *, whole: bool = False) -> int:
    """Count the days that are not kept yet; returns how many. `whole`: every day again."""
    return trends_kept.keep(hub.engine, hub.deployment, hub.contracts, hub.scenario.now(), whole=whole)


@dataclass(frozen=True)
class KeptIndicators:
    """What bringing indicators up to date gave."""

    dossiers: int
    """How many were looked at."""
    city: CityLists
    """The lists that figures are asked with."""


def indicators(hub: Hub, *, whole: bool = False) -> KeptIndicators:
    """Bring the facts of dossiers up to date. `whole`: count all anew."""
    basis, city = read_city(hub.deployment.folder, hub.deployment.described, hub.deployment.today)
    with hub.engine.begin() as connection:
        keep = indicators_kept.recompute if whole else indicators_kept.keep
        return KeptIndicators(keep(connection, basis, hub.scenario.now()), city)
