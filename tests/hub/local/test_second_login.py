"""Two live credentials: what is refused with the first is asked with the second, and goes on where it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import AuthenticationFailed, Unreachable
from connectors.interface import Page, Position, Probe, Source, Window
from hub.local.second_login import SecondLogin


class Days(Source):
    """A source with a page a day; its login is refused after some pages."""

    def __init__(self, refused_after: int | None = None, error: type[Exception] = AuthenticationFailed) -> None:
        self.refused_after, self.error = refused_after, error
        self.closed = False

    def pages(self, window: Window) -> Iterator[Page]:
        first = window.since.changed_at.day if window.since else 1
        for number, day in enumerate(range(first, 5)):
            if number == self.refused_after:
                raise self.error("no")
            yield Page(b"", "text/plain", 1, str(day), Position(datetime(2022, 6, day, tzinfo=UTC)))
        if self.refused_after == 4:
            raise self.error("no")

    def records(self, body: bytes, media_type: str) -> Mapping[str, Any]:
        return {}

    def check(self) -> Iterable[Probe]:
        yield Probe("login", self.refused_after is None, "401" if self.refused_after is not None else "let in")

    def close(self) -> None:
        self.closed = True


def read(source: Source) -> list[str]:
    return [page.request for page in source.pages(Window())]


@pytest.mark.parametrize(("after", "days"), [(0, "1234"), (1, "11234"), (3, "12334"), (4, "12344"), (None, "1234")])
def test_a_refused_reading_goes_on_with_the_second(after: int | None, days: str) -> None:
    """From the last page that came, once more; nothing is left out."""
    said: list[str] = []
    both = SecondLogin(Days(after), Days(), lambda: said.append("second"))
    assert read(both) == list(days)
    assert said == ([] if after is None else ["second"])
    assert read(both) == list("1234")
    assert len(said) <= 1


def test_both_refused_is_refused() -> None:
    with pytest.raises(AuthenticationFailed):
        read(SecondLogin(Days(0), Days(0), lambda: None))


def test_another_error_is_no_reason_for_the_second() -> None:
    """A source that is away is away for both: a wrong password tried often locks an account."""
    said: list[str] = []
    with pytest.raises(Unreachable):
        read(SecondLogin(Days(1, Unreachable), Days(), lambda: said.append("second")))
    assert said == []


def test_the_check_walks_both_and_a_second_that_waits_is_no_fault() -> None:
    steps = [(each.step, each.ok) for each in SecondLogin(Days(), Days(0), lambda: None).check()]
    assert steps == [("login", True), ("second: login", None)]
    steps = [(each.step, each.ok) for each in SecondLogin(Days(0), Days(), lambda: None).check()]
    assert steps == [("login", False), ("second: login", True)]


def test_both_are_closed() -> None:
    one, other = Days(), Days()
    SecondLogin(one, other, lambda: None).close()
    assert (one.closed, other.closed) == (True, True)
