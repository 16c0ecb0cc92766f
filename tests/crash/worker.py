"""A worker of the crash suite: the real main path in a process of its own, to be killed.

    python -m tests.crash.worker '{"url": ..., "office": ..., "landing": ..., "mutant": null, "lone": false, "staging": false}'

Says `ready`, then obeys the lines of its standard input: `sync` (batches are prepared on threads while one merges), `single` (the
same on one thread, so that the n-th send is one point of the whole path) or `full` (everything, asked for by a name, as a task of
Airflow does). Answers each with one line: `done`, or the name of the error. `pause EVENT N` makes it stop itself (SIGSTOP) when the
N-th event of that name is told.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.core import database
from hub.core.crypto import Keys
from hub.core.database import connect
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import Validator
from tests.crash import mutants
from tests.crash.office import OVERLAP, OfficeSource
from tests.crash.papers import CONTRACT, LONE, STREAM

BATCH = 20
"""Records a batch: about three batches a run."""

FROZEN_S = 2
"""How long a session of a worker may stand idle in a transaction; in service it is longer."""

KEYS = Keys(b"k" * 32)


class UngatedJudge(Validator):
    """Judges rows only: the declared suite costs 5 s to import and has tests of its own."""

    def suite_is_due(self, run: object, batch: object) -> None:
        return None


class StagingJudge(UngatedJudge):
    """Stages every batch, as where the role that copies is missing."""

    copies = False  # type: ignore[assignment]


class Pause:
    """Hears the story, and stops the process at one point of it."""

    def __init__(self) -> None:
        self.at: tuple[str, int] | None = None
        self._heard: Counter[str] = Counter()

    def __call__(self, event: str, facts: Mapping[str, object]) -> None:
        self._heard[event] += 1
        if self.at == (event, self._heard[event]):
            os.kill(os.getpid(), signal.SIGSTOP)


def build(given: Mapping[str, Any], on_event: Callable[[str, Mapping[str, object]], None]) -> Exchange:
    """The main path over the office."""
    engine = connect(given["url"], application="crash-worker")

    # One more point of the story, known to nobody else: the stage is noted, and not committed.
    @sa.event.listens_for(engine, "after_cursor_execute")
    def noted(_: Any, __: Any, statement: str, given: Any, *___: Any) -> None:
        if statement.startswith("UPDATE hub.batch SET state=") and "staged" in given.values():
            on_event("stage.noted", {})

    source, landing = OfficeSource(Path(given["office"])), Landing(Path(given["landing"]), KEYS)
    contract = LONE if given["lone"] else CONTRACT
    judge = (StagingJudge if given["staging"] else UngatedJudge)(
        source, contract, engine, landing, KEYS, {}, 0.0, on_event=on_event
    )
    return Exchange(
        STREAM,
        source,
        contract,
        engine,
        landing,
        judge,
        now=lambda: datetime.now(UTC),
        overlap=OVERLAP,
        batch_records=BATCH,
        on_event=on_event,
    )


def obey(exchange: Exchange, order: str) -> None:
    """Move the stream to its end, one way or the other."""
    if order == "full":
        exchange.sync(mode="full", request="everything")
    else:
        replace(exchange, ahead=0 if order == "single" else exchange.ahead).sync()


def main() -> None:
    given = json.loads(sys.argv[1])
    if given["mutant"]:
        mutants.plant(given["mutant"], given["url"])
    pause = Pause()
    database.FROZEN_S = FROZEN_S  # here, and not in `build`, which the tests call in their own process too
    exchange = build(given, pause)
    print("ready", flush=True)
    for line in sys.stdin:
        order, *rest = line.split()
        if order == "pause":
            pause.at = (rest[0], int(rest[1]))
            continue
        try:
            obey(exchange, order)
            answer = "done"
        except Exception as error:  # the suite reads what the worker died of
            answer = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        print(answer, flush=True)


if __name__ == "__main__":
    main()
