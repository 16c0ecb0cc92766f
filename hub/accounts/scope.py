"""What of the city an account may see: all of it, or for a clerk the own unit of today, the units below it, and the former
units whose books these keep now.

A code alone names no unit: 26737 was Phường Đa Kao until 2025-06-30 and is Phường Tân Định since. So a scope has units
with their first days, as cases and findings have them.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.accounts.store import Account
from hub.core.book_keepers import BookKeepers
from hub.core.deployment import Deployment
from hub.core.units import Unit, Units


@dataclass(frozen=True)
class AccountScope:
    """Units and systems that an account may see; None: all."""

    units: tuple[str, ...] | None = None
    """Units as `dated` writes them."""
    systems: tuple[str, ...] | None = None

    def has_record(self, unit: str | None, since: str | None, stream: str) -> bool:
        """Whether a record of a unit is in it; one without a unit goes by the system that it came from.

        `since`: the first day on which the code named the unit; where nobody noted it, the unit is not known.
        """
        if self.units is None:
            return True
        return dated(unit, since) in self.units if unit else self.has_system(stream.split(".", 1)[0])

    def has_system(self, system: str) -> bool:
        return self.systems is None or system in self.systems


def dated(code: str, since: str | None) -> str:
    """A unit in one text: its code with the first day on which the code named it."""
    return f"{code}@{since or ''}"


def scope_of(
    account: Account, deployment: Deployment, units: Units, keepers: BookKeepers | None = None
) -> AccountScope:
    """The scope of an account on the deployment's day.

    The unit of an account is the one that its code names on that day; where it names none any more, nothing is left to
    see: whoever keeps the books now sees them.
    """
    if not account.unit:
        return AccountScope()
    day = deployment.today
    own = units.at(account.unit, day)
    if not isinstance(own, Unit):
        return AccountScope((), ())
    mine = {own, *(each for each in units if each.on(day) and each.parent_code == own.code)}
    codes = {each.code for each in mine}
    kept = {each for each in units if keepers and each.last and each.last < day and keepers.of(each, day) in codes}
    systems = {name for name, each in deployment.described.items() if each.unit in codes}
    named = {dated(each.code, each.first.isoformat()) for each in mine | kept}
    return AccountScope(tuple(sorted(named)), tuple(sorted(systems)))
