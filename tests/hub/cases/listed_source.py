"""A source that lists its keys, and an office that has read it. A test file that wants the office names it:
`listed = listed_source.listed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl
import pytest
import sqlalchemy as sa

from connectors.errors import Incomplete
from connectors.interface import Page, SoughtRecord, Window
from connectors.key_pages import KeyPage
from contracts.deployment.files import ListingTerms
from hub.cases.key_listing import KeyListing
from hub.load import key_listings
from tests.hub.conftest import ListSource

from .conftest import Office, office_of, paper

ANY = ListingTerms.model_validate({"most_gone": "100%"})


@dataclass
class ListedSource(ListSource):
    """A source that lists the keys of what it holds, and answers questions by key."""

    held: dict[str, dict[str, object]] = field(default_factory=dict)
    pages_of_keys: int = 2
    fails: bool = False
    versions: bool = True
    by_key: bool = True
    meanwhile: Callable[[], object] = lambda: None
    """What happens between the pages of keys."""
    extra: list[str | None] = field(default_factory=list)
    """Keys listed beside those held."""

    def hold(self, *records: dict[str, object]) -> None:
        self.held = {str(each["MaHoSo"]): each for each in records}

    def listing(self) -> Iterator[KeyPage]:
        keys: list[str | None] = [*sorted(self.held), *self.extra]
        for start in range(0, len(keys), self.pages_of_keys):
            part = keys[start : start + self.pages_of_keys]
            frame = pl.DataFrame({"MaHoSo": part}, schema={"MaHoSo": pl.String})
            if self.versions:
                times = [str(self.held[k]["NgayCapNhat"]) if k in self.held else None for k in part]
                frame = frame.with_columns(pl.Series("NgayCapNhat", times, dtype=pl.String))
            yield KeyPage(frame, f"page from {start}")
            self.meanwhile()
        if self.fails:
            raise Incomplete("the list was cut")

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page] | None:
        found = [self.held[each.key] for each in wanted if each.key in self.held]
        if not self.by_key:
            return None
        return ListSource([found]).pages(Window()) if found else iter(())


@pytest.fixture
def listed(engine: sa.Engine, tmp_path) -> Office:
    """An office that has read A, B, C and D."""
    office = office_of(engine, tmp_path)
    source = ListedSource()
    exchange = replace(office.exchange, source=source, validator=replace(office.exchange.validator, source=source))
    office.exchange, office.source = exchange, source
    hold(office, *map(paper, "ABCD"))
    office.sync(*source.held.values())
    return office


def hold(office: Office, *records: dict[str, object]) -> None:
    office.source.hold(*records)  # type: ignore[attr-defined]


def take(office: Office, terms: ListingTerms = ANY, **more: object) -> dict[str, int]:
    """What a listing found, where it is not nothing."""
    counts = KeyListing(office.exchange, terms).take(**more).counts  # type: ignore[arg-type]
    assert set(counts) == set(key_listings.COUNTS)
    return {word: number for word, number in counts.items() if number}
