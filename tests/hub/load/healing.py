"""A source that answers questions by key, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.interface import Page, SoughtRecord, Window
from tests.hub.conftest import NOW, ListSource


@dataclass
class KeyedSource(ListSource):
    """Answers questions by key out of `held`: key -> its record as it is now."""

    held: dict[str, dict[str, object]] = field(default_factory=dict)
    questions: list[list[str]] = field(default_factory=list)

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page]:
        self.questions.append([each.key for each in wanted])
        found = [self.held[each.key] for each in wanted if each.key in self.held]
        return ListSource([found]).pages(Window()) if found else iter(())


@dataclass
class Clock:
    """A clock that a test moves."""

    moment = NOW

    def __call__(self):  # type: ignore[no-untyped-def]
        self.moment += timedelta(seconds=1)
        return self.moment


def serve(source: KeyedSource, *records: dict[str, object], listed: bool = True) -> None:
    """What the source has now; `listed`: its list of changes names it too."""
    source.held |= {str(each["MaHoSo"]): each for each in records}
    source.served = [list(records)] if listed else []
