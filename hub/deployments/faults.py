"""FaultList of a deployment's files: each one line, with its place and the next step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from contracts.errors import HubError, Permanent

Read = TypeVar("Read")
_PLACE = re.compile(r"(?P<place>\S+?(?::[0-9]+)?): (?P<what>.*)", re.DOTALL)


@dataclass(frozen=True, order=True)
class DeploymentFault:
    """One thing that is wrong in a deployment."""

    place: str
    """`folder/file:line`, or the folder where a whole file is meant."""
    what: str
    hint: str
    """The next step."""


class FaultList:
    """Collects faults, so that one is no reason to stay silent about the others."""

    def __init__(self) -> None:
        self._found: dict[DeploymentFault, None] = {}

    def __iter__(self) -> Iterator[DeploymentFault]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: str, what: str, hint: str) -> None:
        self._found[DeploymentFault(place, what, hint)] = None

    def add_error(self, error: HubError) -> None:
        """What the hub says about a file when it starts; a model says several things of one file at once."""
        for line in error.message.splitlines():
            found = _PLACE.fullmatch(line)
            self.add(found["place"] if found else "", found["what"] if found else line, error.hint)

    def of(self, read: Callable[[], Read]) -> Read | None:
        """What a reader returns; None if it refuses, and its error is a fault then."""
        try:
            return read()
        except Permanent as error:
            self.add_error(error)
            return None
