"""A source with two live credentials: where the first are refused, the second are tried, and that is said.

A system's owner changes a password at an hour of his own. Until the city has it in its file, or after, one of the two is
refused; a reading goes on with the other, from the last page that came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from connectors.errors import AuthenticationFailed
from connectors.interface import Fingerprint, Page, Probe, SoughtRecord, Source, Window

if TYPE_CHECKING:
    import polars as pl

    from connectors.key_pages import KeyPage

Answer = TypeVar("Answer")


class SecondLogin(Source):
    """The source under the first credentials; once those are refused, under the second, as long as it is open."""

    def __init__(self, first: Source, second: Source, said: Callable[[], None]) -> None:
        """`said` is called when the second take over."""
        self._first, self._second, self._said = first, second, said
        self._now = first

    def pages(self, window: Window) -> Iterator[Page]:
        """The source's pages; after a refusal in between, from the last page on: records may come twice."""
        rest = window
        try:
            for page in self._now.pages(window):
                yield page
                rest = rest if page.end is None else replace(rest, since=page.end)
        except AuthenticationFailed as refused:
            self._turn(refused)
            yield from self._now.pages(rest)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        """The source's own: bytes have no login."""
        return self._first.records(body, media_type)

    def fingerprint(self, window: Window) -> Fingerprint | None:
        """The source's own."""
        return self._asked(lambda source: source.fingerprint(window))

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page] | None:
        """The source's own."""
        return self._walked(lambda source: source.again(wanted))

    def listing(self) -> Iterator[KeyPage] | None:
        """The source's own. A listing in which the first are refused begins anew: what came before is no listing."""
        return self._walked(lambda source: source.listing())

    def check(self) -> Iterable[Probe]:
        """The steps under the first, then under the second. These may be let in later: that is no fault."""
        yield from self._first.check()
        for each in self._second.check():
            if each.ok is False and not each.heals:
                yield replace(each, step=f"second: {each.step}", ok=None, detail=f"not let in yet: {each.detail}")
            else:
                yield replace(each, step=f"second: {each.step}")

    def close(self) -> None:
        """Close both."""
        self._first.close()
        self._second.close()

    def _turn(self, refused: AuthenticationFailed) -> None:
        """Go on with the second. Raises the refusal again: these were refused, too."""
        if self._now is self._second:
            raise refused
        self._now = self._second
        self._said()

    def _asked(self, ask: Callable[[Source], Answer]) -> Answer:
        try:
            return ask(self._now)
        except AuthenticationFailed as refused:
            self._turn(refused)
            return ask(self._now)

    def _walked(self, ask: Callable[[Source], Iterator[Answer] | None]) -> Iterator[Answer] | None:
        found = self._asked(ask)
        return None if found is None else self._walk(found, ask)

    def _walk(self, found: Iterator[Answer], ask: Callable[[Source], Iterator[Answer] | None]) -> Iterator[Answer]:
        try:
            yield from found
        except AuthenticationFailed as refused:
            self._turn(refused)
            yield from ask(self._now) or ()
