"""A listing that is cut, empty or lacks too much counts for nothing; when the next one is due, and what the last one found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.errors import Incomplete
from contracts.deployment.files import ListingTerms
from hub.cases.key_listing import ListingImplausible, NoListing
from hub.load import key_listings

from . import listed_source
from .conftest import MINH, Office, paper
from .listed_source import ListedSource, hold, take

listed = listed_source.listed
LEFT = "select record_key from hub.finding where rule = 'record.left-source' order by record_key"


def test_a_listing_that_is_cut_short_is_none(listed: Office) -> None:
    """Its first page came, and the end did not."""
    hold(listed, paper("A"), paper("B"))
    listed.source.fails = True  # type: ignore[attr-defined]

    with pytest.raises(Incomplete):
        take(listed)
    assert listed.rows(LEFT) == []
    assert listed.rows("select state, why from hub.key_listing") == [("failed", "the list was cut")]


@pytest.mark.parametrize("held", ["", "ABC"])
def test_a_listing_that_lacks_too_much_counts_for_nothing(listed: Office, held: str) -> None:
    """A source behind a broken filter listed a tenth of its records, and the city would have ended the others."""
    hold(listed, *map(paper, held))
    terms = ListingTerms.model_validate({"most_gone": "25%" if not held else "5%"})
    if held:
        assert take(listed, terms)["gone"] == 1, "one of a few is never too many"
        hold(listed, paper("A"))

    with pytest.raises(ListingImplausible) as refused:
        take(listed, terms)
    assert "--most-gone" in refused.value.hint
    assert listed.rows("select state from hub.key_listing order by id")[-1] == ("refused",)
    assert len(listed.rows(LEFT)) == (1 if held else 0)


def test_an_empty_listing_never_counts_by_itself(listed: Office) -> None:
    """Also where the file allows nearly all: an empty list is what a broken source gives. A person may say it is so."""
    hold(listed)
    with pytest.raises(ListingImplausible, match="it is empty"):
        take(listed, ListingTerms.model_validate({"most_gone": "99%"}))

    assert take(listed, ListingTerms(), person=MINH, most_gone=1.0) == {"held": 4, "gone": 4}
    assert listed.rows("select who, why from hub.key_listing where state = 'taken'") == [(MINH.who, MINH.why)]


def test_a_person_may_allow_more(listed: Office) -> None:
    hold(listed, paper("A"))
    with pytest.raises(ListingImplausible):
        take(listed, ListingTerms(), person=MINH, most_gone=0.5)
    assert take(listed, ListingTerms(), person=MINH, most_gone=0.75)["gone"] == 3


def test_a_source_without_a_listing_says_so(office: Office) -> None:
    with pytest.raises(NoListing, match="cannot be listed"):
        take(office)
    assert office.rows("select count(*) from hub.key_listing") == [(0,)]


def test_a_stream_that_was_never_read_lists_what_is_new(office: Office) -> None:
    source = ListedSource()
    office.exchange = replace(
        office.exchange, source=source, validator=replace(office.exchange.validator, source=source)
    )
    source.hold(*map(paper, "AB"))

    assert take(office) == {"listed": 2, "new": 2}
    assert office.rows("select count(*) from warehouse.paper") == [(2,)]


def test_the_next_listing_is_due_after_its_days(listed: Office) -> None:
    """Every seventh day, whatever hour it was; one that did not count is due again at once."""

    def due(days: int) -> bool:
        with listed.engine.connect() as connection:
            return key_listings.is_due(connection, "test.paper", timedelta(days=days), listed.now)

    assert due(7)
    listed.source.fails = True  # type: ignore[attr-defined]
    with pytest.raises(Incomplete):
        take(listed)
    assert due(7)
    listed.source.fails = False  # type: ignore[attr-defined]
    take(listed)
    assert not due(1)
    listed.later(0.9)
    assert (due(1), due(7)) == (True, False)
    listed.later(6)
    assert due(7)


def test_the_last_listing_of_each_stream_can_be_seen(listed: Office) -> None:
    hold(listed, paper("A"))
    take(listed)

    with listed.engine.connect() as connection:
        [row] = key_listings.listed(connection)
    assert (row["stream"], row["state"], row["gone"], row["who"]) == ("test.paper", "taken", 3, None)
