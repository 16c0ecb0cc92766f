"""What differs between two versions of the grants, line by line, for whoever is to apply one or must explain another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from hub.access.grants.model import Grant, Grants


@dataclass(frozen=True)
class GrantsChange:
    """One grant, purpose or limit that is not the same on both sides."""

    what: str
    """`grant`, `purpose` or `limit`."""
    name: str
    change: str
    """`added`, `removed`, or what is different."""


def changes(before: Grants, after: Grants) -> Iterator[GrantsChange]:
    """What the second has otherwise than the first: grants first, then purposes, then limits."""
    for what, old, new in (
        ("grant", _by_name(before), _by_name(after)),
        ("purpose", dict(before.purposes.by_id), dict(after.purposes.by_id)),
        ("limit", _limits(before), _limits(after)),
    ):
        for name in sorted(old.keys() | new.keys()):
            if name not in new:
                yield GrantsChange(what, name, "removed")
            elif name not in old:
                yield GrantsChange(what, name, "added")
            elif old[name] != new[name]:
                yield GrantsChange(what, name, _said(old[name], new[name]))


def _by_name(grants: Grants) -> dict[str, Grant]:
    return {f"{g.id} {g.dataset}": g for g in (*grants.all, *grants.bulk)}


def _limits(grants: Grants) -> dict[str, Any]:
    return {"every agency": grants.limits, "without a grant": grants.without_grant, **grants.agency_limits}


def _said(old: Any, new: Any) -> str:
    """The parts of a value that differ: of sets what came and went, of others both sides."""
    if isinstance(old, int):
        return f"{old} -> {new}"
    parts = []
    for each in fields(old):
        was, now = getattr(old, each.name), getattr(new, each.name)
        if was != now:
            parts.append(f"{each.name}: {_difference(was, now)}")
    return "; ".join(parts)


def _difference(was: Any, now: Any) -> str:
    if isinstance(was, frozenset):
        return " ".join([*(f"+{each}" for each in sorted(now - was)), *(f"-{each}" for each in sorted(was - now))])
    if isinstance(was, dict):
        names = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
        empty = frozenset[str]()
        return ", ".join(f"{name} {_difference(was.get(name, empty), now.get(name, empty))}" for name in names)
    if isinstance(was, tuple):
        return "other versions of the law"
    return f"{_plain(was)} -> {_plain(now)}"


def _plain(value: Any) -> str:
    return "open" if value is None else value.isoformat() if isinstance(value, date) else str(value)
