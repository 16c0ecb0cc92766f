"""What surrounds the work on a run: the seconds that were worked, and the true reason why it failed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa

from contracts.errors import HubError
from hub.core import tables
from hub.core.errors import DatabaseUnavailable, Fenced
from hub.load import stream_state
from hub.load.stream_state import Run


@contextmanager
def worked(engine: sa.Engine, run: Run) -> Iterator[None]:
    """Add the seconds of the block to the run; a block that fails adds none."""
    started = time.monotonic()
    yield
    with engine.begin() as connection:
        stream_state.spent(connection, run, time.monotonic() - started)


@contextmanager
def overtaken_first(engine: sa.Engine, run: Run) -> Iterator[None]:
    """What an overtaken run stumbles over is that it was overtaken: its session was ended, its stage dropped or emptied
    under the declared suite, its rows changed by the newer one.

    Raises:
        Fenced: the block failed with any named error, and a newer run has claimed the stream.
    """
    try:
        yield
    except Fenced:
        raise
    except HubError as error:
        epoch: int | None = run.epoch
        with suppress(DatabaseUnavailable), engine.connect() as connection:
            epoch = connection.scalar(sa.select(tables.stream.c.epoch).where(tables.stream.c.id == run.stream))
        if epoch == run.epoch:
            raise
        raise stream_state.fenced(run, epoch) from error
