"""The trigger that watches a system: Airflow's triggerer runs it, and an event of it starts the system's run.

    triggerer ──every few seconds──> system        a cheap question, on a thread of a bounded pool
        └──news──> asset of the system ──> DAG `<system>-on-change` (dags/on_change.py)

The triggerer runs one coroutine for each trigger in one process. The coroutine never ends and never raises, because
Airflow does not start a trigger again that did. It looks up no Airflow connection, which the triggerer's loop refuses:
address and credentials come from the deployment, as they do for tasks.
"""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

if TYPE_CHECKING:
    from hub.operations.watching import Desk, Round, Watcher

THREADS = 8
"""Questions at once. A source that is silent keeps a thread for its deadline, and is then asked more and more rarely."""

PAUSE_S = 60.0
"""After an error of the watcher itself."""


class SystemWatch(BaseEventTrigger):
    """Watches one system, for as long as a DAG that is not paused waits for its asset."""

    def __init__(self, system: str, every_s: float) -> None:
        super().__init__()
        self.system, self.every_s = system, every_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class and arguments: a trigger's identity, so a changed interval is another trigger."""
        return f"{__name__}.{type(self).__name__}", {"system": self.system, "every_s": self.every_s}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """An event for each announcement: {system, streams}."""
        await asyncio.sleep(self.every_s * random.random())
        loop, every = asyncio.get_running_loop(), timedelta(seconds=self.every_s)
        watcher: Watcher | None = None
        try:
            while True:
                try:
                    if watcher is None:
                        watcher = await loop.run_in_executor(_threads(), _watcher, self.system)
                    found: Round = await loop.run_in_executor(_threads(), watcher.round, every)
                except Exception as error:  # none is expected, and Airflow would not start this trigger again
                    self.log.error("The watcher of %s failed: %s", self.system, type(error).__name__)
                    await asyncio.sleep(PAUSE_S)
                    continue
                if found.news:
                    yield TriggerEvent({"system": self.system, "streams": list(found.news)})
                await asyncio.sleep(found.pause_s)
        finally:
            if watcher is not None:
                _threads().submit(watcher.close)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="watch")


@functools.cache
def _desk() -> Desk:
    """What all triggers of this process share. Importing it is slow, so it is called on a thread."""
    from hub.operations.watching import Desk

    return Desk()


def _watcher(system: str) -> Watcher:
    from hub.operations.watching import Watcher

    return Watcher(system, _desk())
