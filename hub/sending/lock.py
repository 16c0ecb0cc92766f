"""One process at a time hands over what a feed has; the server lets the lock go when that process ends, in whatever way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from contracts.errors import Transient

LOCK_S = 10.0


class FeedBusy(Transient):
    """Another process sends this feed."""


@contextmanager
def alone(engine: sa.Engine, feed: str) -> Iterator[None]:
    """Hold the feed's sending lock. Raises FeedBusy."""
    take = sa.text("select pg_try_advisory_lock(hashtext('hub.sending'), hashtext(:feed))")
    with engine.connect() as session:
        lock = session.execution_options(isolation_level="AUTOCOMMIT")
        until = time.monotonic() + LOCK_S
        while not lock.scalar(take, {"feed": feed}):
            if time.monotonic() > until:
                raise FeedBusy(f"Feed {feed} is being sent by another process", hint="wait for it, or end it")
            time.sleep(0.1)
        try:
            yield
        finally:
            lock.execute(sa.text("select pg_advisory_unlock(hashtext('hub.sending'), hashtext(:feed))"), {"feed": feed})
