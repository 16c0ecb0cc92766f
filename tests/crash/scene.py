"""One office, one database, and workers to be killed."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import LiteralString

import psycopg

from connectors.interface import Position
from hub.core.database import connect
from hub.load import stream_state
from hub.load.warehouse import ensure_tables
from tests.crash.checker import Checker
from tests.crash.office import START, Office
from tests.crash.papers import CONTRACT, STREAM
from tests.crash.worker import KEYS, build
from tests.crash.worker_process import Stuck, Worker

ACTS = 45
"""Acts of the office before each run: with the overlap about three batches."""


class Scene:
    """A fresh office and a fresh database, and what is done with them. Everything by chance comes from the seed."""

    def __init__(
        self, url: str, folder: Path, seed: int, mutant: str | None = None, *, lone: bool = False, staging: bool = False
    ) -> None:
        """`url`: a database with the hub's own tables. `lone`: files without papers, most of them new. `staging`: all
        batches are staged."""
        self.url, self.seed, self.chance = url, seed, random.Random(seed)
        folder.mkdir(parents=True, exist_ok=True)
        self.office = (
            Office(folder / "office.db", seed, parts="", again=0.25) if lone else Office(folder / "office.db", seed)
        )
        self.given: dict[str, object] = {
            "url": url,
            "office": str(folder / "office.db"),
            "landing": str(folder / "landing"),
            "mutant": mutant,
            "lone": lone,
            "staging": staging,
        }
        self.checker = Checker(
            url, self.office, folder / "landing", KEYS, ("paper",) if lone else ("paper", "paper_part")
        )
        self._spare: Worker | None = None
        self.run_seconds = 0.5
        """How long an undisturbed run takes, by the last one seen."""
        engine = connect(url)
        with engine.begin() as connection:
            ensure_tables(connection, CONTRACT)
            stream_state.register(connection, STREAM, "test", "paper")
        engine.dispose()

    def direct(self) -> int:
        """How many records go past the stage in a run of this process."""
        counts = list[int]()
        exchange = build(self.given, lambda event, facts: counts.append(int(str(facts.get("direct", 0)))))
        exchange.sync()
        exchange.engine.dispose()
        return sum(counts)

    def worker(self) -> Worker:
        """A fresh process. One more is always started ahead, as importing takes longer than a run; it has no session yet."""
        ready, self._spare = self._spare or Worker(self.given), Worker(self.given)
        return ready

    def close(self) -> None:
        """End what is left."""
        if self._spare is not None:
            self._spare.end()
        self.office.close()

    def strike(self, order: str) -> bool:
        """Let a worker run, the office working on, and kill it at a random time of the run. False: it was done before."""
        victim = self.worker()
        try:
            assert victim.hear() == "ready"
            after = self.chance.uniform(0, self.run_seconds * 1.1)
            started = time.monotonic()
            victim.order(order)
            for _ in range(5):  # updates go on; their seconds stay within the overlap
                time.sleep(max(0, after / 6 - 0.001))
                self.office.work(1, pace=8)
            time.sleep(max(0, started + after - time.monotonic()))
            victim.signal(signal.SIGKILL)
            return victim.hear() is None
        finally:
            victim.end()

    def strike_at(self, send: int, order: str) -> bool:
        """Kill a worker at its n-th send. False: it came to its end before."""
        victim = Worker(self.given, kill_at=send)
        try:
            victim.order(order)
            if victim.hear() is None:  # killed as it started
                return True
            self.office.work(5, pace=8)
            return victim.hear() is None
        finally:
            victim.end()

    def strike_after(self, event: str, count: int, order: str) -> None:
        """Kill a worker right behind the n-th event of a name."""
        victim = self.worker()
        try:
            assert victim.hear() == "ready"
            victim.order(f"pause {event} {count}")
            victim.order(order)
            self._await_stopped(victim)
        finally:
            victim.end()
        self.settle()

    def recover(self, order: str = "sync") -> list[str]:
        """Check, restart once, unattended, to the end, and check again. Returns all violations."""
        self.settle()
        found = self.checker.standing()
        found += self._drain(order)
        self.settle()
        return found + self.checker.standing() + self.checker.drained()

    def overtake(self, order: str, event: str, count: int, *, meanwhile: int = 0) -> list[str]:
        """Stop a worker at an event, let another bring the stream to its end, wake the first. Returns all violations.

        `meanwhile` acts of the office come between the other's end and the waking: a worker that has
        read nothing yet then reads other bytes than the other did, and only the epoch under the row
        lock can stop it (else it is told already that its batches were applied).

        The courtesy lock dies with its session first, as it does when a link or a pooler drops it:
        what is left is the fence.
        """
        slow = self.worker()
        try:
            assert slow.hear() == "ready"
            slow.order(f"pause {event} {count}")
            slow.order(order)
            self._await_stopped(slow)
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
            self.office.work(3, pace=8)
            found = self._drain("sync")
            before = self._state()
            self.office.work(meanwhile, pace=1)
            slow.signal(signal.SIGCONT)
            answer = slow.hear()
            # Stopped inside a transaction it may hear of its lost session first; running again it would be fenced.
            if not (answer or "").startswith("Fenced") and "IdleInTransactionSessionTimeout" not in (answer or ""):
                found.append(f"fence: the overtaken worker ended with {answer}")
            if self._state() != before:
                found.append("fence: the overtaken worker wrote something")
        finally:
            slow.end()
        self.office.work(10)
        return found + self.recover()

    def position(self) -> int:
        """Where the stream stands, by the office's clock."""
        [(position,)] = self._ask("select position from hub.stream")
        return round((Position.from_json(position).changed_at - START).total_seconds())  # type: ignore[arg-type]

    def received(self) -> int:
        """Papers received so far, by the ledger."""
        [(received,)] = self._ask("select sum(received)::int from hub.ledger where dataset = 'paper'")
        return int(str(received))

    def runs(self) -> list[tuple[object, ...]]:
        """Epoch of each run, and whether it came to its end."""
        return self._ask("select epoch, ended_at is not null from hub.run order by epoch")

    def _ask(self, query: LiteralString) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()

    def _await_stopped(self, worker: Worker) -> None:
        deadline = time.monotonic() + 20
        while Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T":
            if time.monotonic() > deadline:
                raise Stuck("the worker never came to the point where it should stop")
            time.sleep(0.01)

    def _state(self) -> list[tuple[object, ...]]:
        """Everything that must not change under an overtaken run, as digests."""
        tables = [
            "warehouse.paper",
            "warehouse.paper_part",
            "history.paper",
            "history.paper_part",
            "hub.ledger",
            'hub."case"',
            "hub.stream",
        ]
        queries = [
            f"select '{t}' as t, md5(coalesce(string_agg(r::text, '|' order by r::text), '')) from {t} r"
            for t in tables
        ]
        queries.append(
            "select 'applied', md5(coalesce(string_agg(id || epoch, '|' order by id), '')) from hub.batch where state = 'applied'"
        )
        with psycopg.connect(self.url) as connection:
            return connection.execute(" union all ".join(queries)).fetchall()  # type: ignore[arg-type]

    def _drain(self, order: str) -> list[str]:
        """One fresh worker, to the end."""
        worker = self.worker()
        try:
            assert worker.hear() == "ready"
            started = time.monotonic()
            worker.order(order)
            answer = worker.hear()
            self.run_seconds = time.monotonic() - started
        finally:
            worker.end()
        return [] if answer == "done" else [f"restart: needs a hand; it ended with {answer}"]

    def settle(self) -> None:
        """Wait until the server has noticed that the dead are dead: what they had sent may still commit."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            deadline = time.monotonic() + 20
            while self.sessions(connection):
                if time.monotonic() > deadline:
                    raise Stuck("the server keeps the session of a dead worker")
                time.sleep(0.005)

    @staticmethod
    def sessions(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
        query = "select exists (select from pg_stat_activity where datname = current_database() and application_name = 'crash-worker')"
        return bool(connection.execute(query).fetchone() == (True,))
