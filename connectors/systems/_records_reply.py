"""A parsed reply of the civil registry with records, whatever the wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from contracts.errors import HubError

from ..http.client import HttpReply

Marks: TypeAlias = list[tuple[datetime | None, str]]
"""Change time and id of records; of a refused one as far as they are sure."""


@dataclass(frozen=True)
class RecordsReply:
    """A parsed reply with records."""

    reply: HttpReply
    marks: Marks
    """Change time and id of each record, in the order of the reply; of a refused one as far as they are sure."""
    refused: tuple[tuple[str, str], ...] = ()
    """Id and code of each record that the registry refuses."""
    broken: HubError | None = None
    """Why its records cannot be told apart, where some of them may be readable without the others."""
    media_type: str = ""
    """Of its page, where that says more than the reply's own."""
    unnamed: int = 0
    """Refused records that do not say which they are; their ids are empty."""


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Errors inside say where they happened."""
    try:
        yield
    except HubError as error:
        raise error.at(place) from None
