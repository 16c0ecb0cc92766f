"""The districts that the showcases show, by the deployment: its `twins.yaml`, or its first one-stop systems."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.deployment.twins import FILE, TwinsFile
from contracts.yaml.models import load
from hub.access.grants.agencies import Agency, read_agencies
from hub.app import Hub

DIALECT = "one_stop"


@dataclass(frozen=True)
class ShownDistricts:
    """Three systems, two of them with the agency behind them."""

    asked: str
    """Where people filed, and papers were issued."""
    asking: str
    """Whose office asks about them."""
    held: str
    """Where a fault is planted."""
    first: Agency
    """The agency of `asked`."""
    second: Agency
    """The agency of `asking`."""
    province: str
    """Code of the province's unit."""


def shown_districts(hub: Hub) -> ShownDistricts | None:
    """What to show on this day; None: its systems are not there, or nobody serves their units.

    Raises:
        DeploymentInvalid: `shown` names no system of the deployment, with file and line.
    """
    path = hub.deployment.folder / FILE
    document = load(path, TwinsFile) if path.exists() else None
    there = sorted(each.id for each in hub.deployment.systems.values() if each.dialect == DIALECT and each.unit)
    shown = document.value.shown if document else None
    if document is not None and shown is not None:
        names = (shown.asked, shown.asking, shown.held)
        known = set(hub.deployment.described)
        if strange := [each for each in names if each not in known]:
            raise document.wrong(("shown",), f"no system {strange[0]}", hint=f"known are {', '.join(sorted(known))}")
        if not set(names) <= set(there):
            return None
    elif len(there) < 2:
        return None
    else:
        names = (there[0], there[1], there[-1])
    agencies = read_agencies(hub.deployment.folder)
    serving = {
        each.unit: each for each in reversed([*agencies.values()]) if each.registers and each.on(hub.deployment.today)
    }
    first, second = (serving.get(hub.deployment.systems[name].unit or "") for name in names[:2])
    if first is None or second is None:
        return None
    return ShownDistricts(*names, first, second, document.value.province if document else "")
