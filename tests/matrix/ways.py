"""A way out: how it is asked, what it must tell, and how many of the 20,000 questions it gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.matrix.city import City
from tests.matrix.policy import Asking
from tests.matrix.questions import Question

LIMIT = "the hour is used up"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    said: Any
    """None: nothing."""
    shape: Mapping[str, object] | None = None
    """What says nothing -> all of how it says so, without the number of the request: denied and missing are the same."""


@dataclass(frozen=True)
class Way:
    """One way out."""

    name: str
    share: int
    """Of 20,000."""
    ask: Callable[[City, Question], Reply]
    expected: Callable[[City, Question], Any]
    asks: Callable[[Question], Question] = lambda q: q
    """The question as this way puts it."""
    noted: Callable[[City, Question], Asking | None] = lambda here, q: q.asking
    """Who stands in the audit row. None: it is no question, and there is no row."""
    routes: tuple[tuple[str, str], ...] = ()
    """Method and path in the service; none: a Python door of the hub."""
