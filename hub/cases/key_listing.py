"""A listing of all keys of a source: what left it, what is not here yet, and what is back.

    source.listing ──keys──> a temporary table ──anti joins──> gone: record.left-source, confirm at once
                                                              new, changed, back: asked for by key, where the dialect can

Nothing of a listing counts unless all of it came, and unless what it lacks is within the share that the system's file
allows (`listing: {most_gone: 5%}`); a named person may allow more. No reading waits: the stream is locked for as long as
the findings are written, and while a thousand records at a time are asked for.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from connectors.key_pages import KeyPage
from contracts.deployment.files import ListingTerms
from contracts.errors import HubError, Permanent
from hub.cases import departures
from hub.cases.listed_keys import ListedKeys
from hub.core import tables
from hub.core.actions import Actor
from hub.core.errors import NotFound, StreamBusy
from hub.load import key_listings
from hub.load.exchange import Exchange
from hub.load.prefetch import ended

MOST_SOUGHT = 10_000
"""Most records that one listing asks for by key; the others follow with the next one, or with a full reading."""
AT_ONCE = 1_000
"""Records asked for in one run: a reading that begins meanwhile waits for no more."""


class NoListing(NotFound):
    """The dialect cannot list its keys, or the deployment does not say what is everything."""


class ListingImplausible(Permanent):
    """A listing lacks more than the system's file allows, or everything: most likely it is broken. Nothing counted."""


@dataclass(frozen=True)
class ListingResult:
    """What a listing found: counts, never a key."""

    stream: str
    counts: Mapping[str, int]
    """By `key_listings.COUNTS`."""
    seconds: float

    def row(self) -> dict[str, Any]:
        """One line of a table."""
        return {"stream": self.stream, **self.counts, "seconds": round(self.seconds, 1)}


@dataclass(frozen=True)
class KeyListing:
    """Lists the keys of one stream."""

    exchange: Exchange
    terms: ListingTerms = field(default_factory=ListingTerms)

    def take(self, person: Actor | None = None, most_gone: float | None = None) -> ListingResult:
        """List all keys, note what left, and ask for what is missing here.

        `person` answers for `most_gone`, a larger share than the system's file allows.

        Raises:
            NoListing: the source has none.
            ListingImplausible: it lacks too much; nothing of it counted.
            Transient, Permanent: the source did not list to the end; nothing of it counted.
        """
        stream, started = self.exchange.stream, time.monotonic()
        pages = self.exchange.source.listing()
        if pages is None:
            raise NoListing(
                f"The keys of {stream} cannot be listed: its dialect has no such question, or its system's file does not "
                "say what is everything",
                hint="docs/cases.md says which dialects list keys; what left is noted by hub findings left",
            )
        engine = self.exchange.engine
        with engine.begin() as connection:
            number, through = key_listings.begin(connection, stream, self.exchange.now())
            system = connection.scalar(sa.select(tables.stream.c.system).where(tables.stream.c.id == stream))
        # A connection of its own, which ends with its temporary tables.
        with engine.connect() as session:
            try:
                keys = ListedKeys.of(session, stream, str(system), self.exchange.contract, through)
                counts = self._taken(keys, pages, person, most_gone)
            except HubError as error:
                state = "refused" if isinstance(error, ListingImplausible) else "failed"
                with engine.begin() as connection:
                    key_listings.end(connection, number, state, self.exchange.now(), why=error.message)
                raise
            finally:
                session.invalidate()
        with engine.begin() as connection:
            signed = {"who": person.who, "why": person.why} if person is not None else {}
            key_listings.end(connection, number, "taken", self.exchange.now(), **counts, **signed)
        found = ListingResult(stream, counts, time.monotonic() - started)
        self.exchange.on_event("keys.listed", {"stream": stream, **counts, "seconds": round(found.seconds, 1)})
        return found

    def _taken(
        self, keys: ListedKeys, pages: Iterator[KeyPage], person: Actor | None, most_gone: float | None
    ) -> dict[str, int]:
        came = 0
        with ended(pages) as reading:
            for page in reading:
                came += keys.add(page)
                self.exchange.on_event("keys.page", {"stream": keys.stream, "place": page.place, "keys": came})
        counts = keys.compare()
        self._require_plausible(keys.stream, counts, most_gone if person is not None else None)
        counts["gone"] = self._noted(keys)
        asked = self._ask(keys)
        with keys.connection.begin():
            departures.resolve_listed(keys, self.exchange.now())
            counts["rekeyed"] = departures.link_rekeyed(keys)
        counts["waiting"] = keys.waiting(asked=asked)
        return counts

    def _require_plausible(self, stream: str, counts: Mapping[str, int], allowed: float | None) -> None:
        """Raises ListingImplausible."""
        share = self.terms.most_gone if allowed is None else allowed
        held, gone = counts["held"], counts["gone"]
        least = math.ceil(share * max(held, gone))
        empty = held > 0 and counts["listed"] == 0 and share < 1
        if gone <= least and not empty:
            return
        what = "it is empty" if empty else f"{gone} of {held} records are not in it"
        raise ListingImplausible(
            f"The listing of {stream} does not count: {what}, and at most {100 * share:g} % may be gone at once; "
            "nothing was noted",
            hint="hub systems check SYSTEM; if they are gone, somebody answers for it: hub systems listing STREAM "
            "--most-gone 20% --because ... --by NAME",
        )

    def _noted(self, keys: ListedKeys) -> int:
        """Note what is gone, under the stream's row lock: no batch is merged meanwhile."""
        with keys.connection.begin():
            lock = sa.select(tables.stream.c.last_batch).where(tables.stream.c.id == keys.stream).with_for_update()
            if keys.connection.scalar(lock) is None:
                return 0
            gone = keys.forget_came()
            departures.note_listed(keys, self.exchange.now())
        return gone

    def _ask(self, keys: ListedKeys) -> bool:
        """Ask by key for what came back, is not here or differs; whether all of it was asked for."""
        for wanted in keys.sought(AT_ONCE, MOST_SOUGHT):
            try:
                if self.exchange.ask(wanted) is None:
                    return False
            except StreamBusy:  # that reading brings what is new; the rest is asked for by the next listing
                return False
        return True
