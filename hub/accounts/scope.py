"""What of the city an account may see: all of it, or for a clerk the own unit with the units below it."""

from __future__ import annotations

from dataclasses import dataclass

from hub.accounts.store import Account
from hub.core.deployment import Deployment
from hub.core.units import Units


@dataclass(frozen=True)
class AccountScope:
    """Units and systems that an account may see; None: all."""

    units: tuple[str, ...] | None = None
    systems: tuple[str, ...] | None = None

    def has_record(self, unit: str | None, stream: str) -> bool:
        """Whether a record of a unit is in it; one without a unit goes by the system that it came from."""
        if self.units is None:
            return True
        return unit in self.units if unit else self.has_system(stream.split(".", 1)[0])

    def has_system(self, system: str) -> bool:
        return self.systems is None or system in self.systems


def scope_of(account: Account, deployment: Deployment, units: Units) -> AccountScope:
    """The scope of an account."""
    if not account.unit:
        return AccountScope()
    codes = {account.unit, *(each.code for each in units if each.parent_code == account.unit)}
    systems = {name for name, each in deployment.described.items() if each.unit in codes}
    return AccountScope(tuple(sorted(codes)), tuple(sorted(systems)))
