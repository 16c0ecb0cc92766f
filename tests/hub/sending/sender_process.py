"""A nursery of senders, each of which is killed at one step of its way: `python -m tests.hub.sending.sender_process GIVEN`.

Says `ready`, then obeys lines of two words: the number of the step at which the next sender dies by SIGKILL (0: at
none), and the address of the receiver. Answers each with `killed STEP` or `ended`. A sender is a fork that has opened
nothing before; a step is a statement, a commit, or one end of a call.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connectors import System, open_sink
from hub.core.crypto import Keys
from hub.core.database import connect
from hub.feeds.declared import Feed
from hub.sending.sender import FeedSender


class Steps:
    """Counts the steps of a sender, and kills it at one of them."""

    def __init__(self, deadly: int, said: int) -> None:
        self._deadly, self._said, self._count = deadly, said, 0

    def __call__(self, name: str) -> None:
        self._count += 1
        if self._count == self._deadly:
            os.write(self._said, name.encode())
            os.kill(os.getpid(), signal.SIGKILL)


def send(given: dict[str, Any], address: str, step: Steps) -> None:
    """One run of a sender."""
    engine = connect(given["url"], application="feed-proof")
    sa.event.listen(engine, "after_cursor_execute", lambda _, __, text, *___: step(" ".join(text.split()[:3])))
    sa.event.listen(engine, "commit", lambda _: step("commit"))
    sink = open_sink(
        System("ministry-inbox", "Bộ", "delivery_push", address, options={"deadline_s": given["deadline_s"]})
    )
    for name in ("deliver", "ask"):
        setattr(sink, name, _with_steps(getattr(sink, name), name, step))
    feed: Feed = given["feed"]
    now: datetime = given["now"]
    FeedSender(engine, Keys(b"k" * 32), given["folder"], lambda moment: moment.date(), lambda: now).send(feed, sink)
    engine.dispose()


def _with_steps(call: Any, name: str, step: Steps) -> Any:
    def stepped(*given: Any) -> Any:
        step(f"before {name}")
        try:
            return call(*given)
        finally:
            step(f"after {name}")

    return stepped


def main() -> None:
    path = Path(sys.argv[1])
    print("ready", flush=True)
    for line in sys.stdin:
        deadly, address = line.split()
        heard, said = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(heard)
            code = 1
            try:
                send(pickle.loads(path.read_bytes()), address, Steps(int(deadly), said))
                code = 0
            finally:
                os._exit(code)
        os.close(said)
        with os.fdopen(heard, "rb") as file:
            name = file.read().decode()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print(f"killed {name}", flush=True)
        else:
            print("ended" if os.WEXITSTATUS(status) == 0 else "failed", flush=True)


if __name__ == "__main__":
    main()
