"""Credentials of systems: looked up when a system is opened, and not before; two sets of one login may be live.

    "one-stop-760": {"client_id": "...", "client_secret": "env:QUAN_1"}                       one set
    "one-stop-760": {"client_id": "...", "client_secret": "...", "second": {"client_secret": "..."}}   two live ones
    "one-stop-760": "airflow:one-stop-760"                                                    a connection of Airflow

`second` names only what differs. A reading that is refused with the first tries the second, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hub.local.secret_sources import of_airflow, resolved

SECOND = "second"
"""What a second set is called."""

Kept = Mapping[str, Any]
"""A login as the file has it: name -> text, `second` -> the same; or the text that names a connection."""


class Credentials(Mapping[str, Mapping[str, str]]):
    """The sets in use by login; `second` gives the other one."""

    def __init__(self, kept: Mapping[str, Any], folder: Path) -> None:
        """`folder`: where relative names begin."""
        self._kept, self._folder = dict(kept), folder

    def __getitem__(self, login: str) -> Mapping[str, str]:
        """Raises DeploymentInvalid: what it names is not there."""
        return self._set(login, self._kept[login])

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def second(self, login: str) -> Mapping[str, str] | None:
        """The other live set; None: there is one only."""
        kept = self._kept[login]
        other = kept.get(SECOND) if isinstance(kept, Mapping) else None
        if other is None:
            return None
        return self._set(login, {**first(kept), **other} if isinstance(other, Mapping) else other)

    def replaced(self, login: str, kept: Kept) -> Credentials:
        """The same with another login."""
        return Credentials({**self._kept, login: kept}, self._folder)

    def _set(self, login: str, kept: Any) -> Mapping[str, str]:
        if isinstance(kept, str):
            return of_airflow(login, kept)
        return resolved(login, first(kept), self._folder)


def first(kept: Kept) -> dict[str, str]:
    """The set in use."""
    return {name: value for name, value in kept.items() if name != SECOND}
