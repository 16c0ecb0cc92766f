"""Hands over the deliveries of a feed in their order, and asks about those of which nobody knows whether they came.

A kill at any moment leaves a delivery *released* (nothing left), or *unknown* (from before the first byte until an
answer is kept): then the next sending asks first. The same bytes go out under the same id, whatever happens.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connectors.outgoing.sink import Parcel, ReceiverHolds, Sink, SinkReply
from contracts.errors import HubError, Permanent, Transient
from hub.access.grants.model import CITY, Grant
from hub.core.actions import HUB
from hub.core.crypto import Keys
from hub.core.errors import NotGranted
from hub.feeds import releases
from hub.feeds.building import under_grants_in_force
from hub.feeds.declared import Feed
from hub.feeds.manifest import MANIFEST, SIGNATURE, SUMS, Payload, delivery_id, sums
from hub.feeds.rebuilding import DeliveryExpired
from hub.feeds.tables import delivery
from hub.sending import settling
from hub.sending.answers import AnswerUnfit
from hub.sending.lock import FeedBusy, alone

TRIES = 3
"""Times that one run hands over a delivery, and asks about one; a later run goes on."""


class NotSettled(Transient):
    """A delivery waits, or it is unknown whether it came: what is there is kept, and the next sending goes on."""


class NotPushed(Permanent):
    """A feed goes to no system: its receiver fetches it."""


class ReceiverForgot(Permanent):
    """A receiver holds nothing of a delivery that it has acknowledged, and has not signed that it lost it."""


@dataclass
class Sent:
    """What one run did with a feed."""

    feed: str
    states: Counter[str] = field(default_factory=Counter)
    """State -> how many deliveries came to it."""
    errors: list[HubError] = field(default_factory=list)
    """Why the last delivery is not settled; empty: nothing waits."""


@dataclass(frozen=True)
class FeedSender:
    """Sends the feeds of one deployment."""

    engine: sa.Engine
    keys: Keys
    folder: Path
    """Deliveries: one folder a feed, one a delivery."""
    local_day: Callable[[datetime], date]
    now: Callable[[], datetime]

    def send(self, feed: Feed, sink: Sink) -> Sent:
        """Hand over what waits, oldest first, and stop at the first delivery that cannot be settled.

        Raises:
            FeedBusy: another process does it.
        """
        done, tried, taken = Sent(feed.id), Counter[tuple[int, bool]](), set[int]()
        with alone(self.engine, feed.id), closing(sink):
            while (sequence := self._next(feed.id, taken)) is not None:
                waits = self._state(feed.id, sequence) == "released"
                tried[sequence, waits] += 1
                if tried[sequence, waits] > TRIES:
                    break
                try:
                    parcel = self._begin(feed, sequence) if waits else None
                except HubError as error:
                    done.errors = [error]  # nothing left, and trying again changes nothing
                    break
                try:
                    state = self._handed(feed, sequence, sink, parcel) if parcel else self._asked(feed, sequence, sink)
                except HubError as error:
                    done.errors = [error]
                    continue
                if state == "sent":
                    taken.add(sequence)  # its receiver will judge it: the next ones may go
                if state in ("sent", "acknowledged", "refused"):
                    done.states[state] += 1
                    done.errors = []
        return done

    def _handed(self, feed: Feed, sequence: int, sink: Sink, parcel: Parcel) -> str:
        return self._noted(feed, sequence, lambda: sink.deliver(parcel))[0]

    def _asked(self, feed: Feed, sequence: int, sink: Sink) -> str:
        """Ask about a delivery that may have come. Returns its state."""
        with self.engine.begin() as connection:
            row = releases.row_of(connection, feed.id, sequence)
            settling.log(connection, row, "asked", feed.file.system, self.now())
        state, reply = self._noted(feed, sequence, lambda: sink.ask(delivery_id(feed.id, sequence)))
        if reply.needs:
            self._needed(feed, sequence, reply.needs, sink)
        return state

    def _needed(self, feed: Feed, sequence: int, needs: str, sink: Sink) -> None:
        """A receiver lacks an earlier delivery: what it signs about that one counts, and it is sent again before this."""
        name, _, number = needs.rpartition("-")
        if name != feed.id or not number.isdecimal() or not 1 <= int(number) < sequence:
            return
        before = self._state(feed.id, int(number))
        _, reply = self._noted(feed, int(number), lambda: sink.ask(needs))
        if before == "acknowledged" and reply.held is ReceiverHolds.NOTHING:
            raise ReceiverForgot(
                f"The receiver acknowledged {needs}, and now holds nothing of it",
                hint="it signs the loss (motlan-loss/1), then hub feed send sends the same bytes again",
            )

    def _noted(self, feed: Feed, sequence: int, call: Callable[[], SinkReply]) -> tuple[str, SinkReply]:
        """Make a call and keep what came of it: its reply, or that there was none that counts."""
        system = feed.file.system
        try:
            reply = call()
            with self.engine.begin() as connection:
                return settling.settle(connection, feed.id, sequence, reply, system, self.now()), reply
        except HubError as error:
            what = "unfit" if isinstance(error, AnswerUnfit) else "failed"
            detail = error.reason if isinstance(error, AnswerUnfit) else type(error).__name__
            with self.engine.begin() as connection:
                row = releases.row_of(connection, feed.id, sequence)
                settling.log(connection, row, what, system, self.now(), detail)
            raise

    def _begin(self, feed: Feed, sequence: int) -> Parcel:
        """Note that a delivery leaves, before its first byte does.

        Raises:
            NotGranted: the grants of today do not give what it carries.
            DeliveryExpired: its retention is over.
            ParcelMissing: its files are not there.
        """
        now = self.now()
        with self.engine.begin() as connection:
            row = releases.row_of(connection, feed.id, sequence, lock=True)
            if now >= row.expires_at or row.deleted_at is not None:
                raise DeliveryExpired(
                    f"Delivery {delivery_id(feed.id, sequence)} expired on {row.expires_at:%Y-%m-%d} before it was sent",
                    hint="hub feed build --snapshot begins the chain anew",
                )
            require_grants(under_grants_in_force(connection, feed), row, self.local_day(now))
            parcel = parcel_of(self.folder, row)
            parcel.tar()
            settling.begin(connection, row, feed.file.system, now)
            releases.note(connection, row, self.keys, now, who=HUB, what="sending")
        return parcel

    def _next(self, feed: str, taken: set[int]) -> int | None:
        d = delivery.c
        here = (d.feed == feed, d.state.in_(settling.OPEN), d.sequence.not_in(taken))
        query = sa.select(sa.func.min(d.sequence)).where(*here)
        with self.engine.connect() as connection:
            found = connection.scalar(query)
        return None if found is None else int(found)

    def _state(self, feed: str, sequence: int) -> str:
        with self.engine.connect() as connection:
            return str(releases.row_of(connection, feed, sequence).state)


def send_each(sender: FeedSender, feeds: Iterable[Feed], open_sink: Callable[[Feed], Sink]) -> list[Sent]:
    """Send several feeds, each whatever became of the others.

    Raises:
        NotPushed: one of them goes to no system.
        DeploymentInvalid: the system of one takes no deliveries.
    """
    chosen = list(feeds)
    for feed in chosen:
        if not feed.file.system:
            raise NotPushed(
                f"Feed {feed.id} is not pushed: its receiver fetches it",
                hint="channel: push and system: in its file name where it goes",
            )
    opened = [(feed, open_sink(feed)) for feed in chosen]
    done = []
    for feed, sink in opened:
        try:
            done.append(sender.send(feed, sink))
        except FeedBusy as busy:
            done.append(Sent(feed.id, errors=[busy]))
    return done


def require_settled(done: Iterable[Sent]) -> None:
    """Raise NotSettled unless everything that may leave is settled."""
    if left := [each for each in done if each.errors]:
        hint = left[0].errors[-1].hint or "hub feed send goes on; hub feed status shows how far each feed is"
        raise NotSettled(f"Not all of {', '.join(each.feed for each in left)} is settled", hint=hint)


def require_grants(feed: Feed, row: sa.Row[Any], day: date) -> None:
    """Raise NotGranted unless the bulk grants under which a delivery was built still give its columns on a day."""
    file = feed.file
    held = feed.granted.feeding(row.receiver, feed.dataset.name, file.purpose, day, file.legal_basis)
    fields = frozenset[str]().union(*(grant.fields for grant in held))
    fields &= feed.granted.purposes.needed(file.purpose, feed.dataset.name)
    ended = set(row.grants) - {grant.id for grant in held}
    if row.receiver != file.receiver or ended or set(row.columns) - fields or not _alike(feed, row, held, day):
        raise NotGranted(
            f"Delivery {row.sequence} of {feed.id} may not leave on {day}: what it was built under is granted no more",
            hint="it stays here; hub feed build --snapshot makes one under the grants of today",
        )


def _alike(feed: Feed, row: sa.Row[Any], held: Sequence[Grant], day: date) -> bool:
    """Whether today's grants reach as far as those under which a delivery was built: the terms are the same, or each of
    its grants gives every column for the whole city.
    """
    of_delivery = [grant for grant in held if grant.id in row.grants]
    if all(grant.territory == CITY and set(row.columns) <= grant.fields for grant in of_delivery):
        return True
    try:
        return bool(feed.terms(day).digest == row.terms)
    except NotGranted:
        return False


def parcel_of(folder: Path, row: sa.Row[Any]) -> Parcel:
    """A delivery as it travels: the bytes that were signed, from the database, and the payload of its folder."""
    manifest = json.loads(bytes(row.manifest))
    said, counts = manifest["payload"], manifest["counts"]
    payload = Payload(said["file"], said["bytes"], said["sha256"], counts["put"], counts["delete"])
    small = {
        MANIFEST: bytes(row.manifest),
        SIGNATURE: bytes(row.signature),
        SUMS: sums(bytes(row.manifest), bytes(row.signature), payload),
    }
    place = folder / row.feed / f"{row.sequence:08d}" / payload.file
    return Parcel(manifest["id"], tuple(small.items()), place, payload.bytes)
