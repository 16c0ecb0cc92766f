"""Two writers of one stream: the first is stopped, its sessions are ended, the second finishes, the first goes on.

The first must end as overtaken (exit 76), write nothing, and leave nothing that the next run does not sweep.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg

from hub.core.errors import DatabaseUnavailable, Fenced
from hub.local.embedded import EmbeddedServer
from proofs.kills.city import StruckCity, ended
from proofs.kills.strikes import state_of
from proofs.kills.trials import Result, Undisturbed, plainly, traceback_of

STREAMS = ("one-stop-760.dossier", "moj-registry.birth", "digitised-store.birth", "book-files.birth")
"""Of several dialects: REST, SOAP, SQL, files."""

REACHED_S = 120.0
"""How long a writer may take to its point on a busy machine."""

FURTHEST = 160
"""The last point after the claim at which a writer is stopped: about the end of its reading."""

SMALL = {"HUB_BATCH_RECORDS": "50"}
"""Several batches a reading."""


def overtaken(city: StruckCity, usual: Undisturbed, chance: random.Random, base: Path) -> Result:
    """Stop a writer at a point after its claim, overtake it, wake it."""
    city.restore(base)
    small, result = replace(city, more={**city.more, **SMALL}), Result()
    stream, at = chance.choice(STREAMS), chance.randint(1, FURTHEST)
    where = f"{stream} stopped {at} points after its claim"
    with _twins(small):
        first = small.start("sync", stream, strike={"at": at, "way": "SIGSTOP", "from_claim": True})
        if _stopped(first):
            result.strikes = 1
            claimed = _claimed(small, stream)
            _end_sessions(small)
            second = small.run("sync", stream)
            result.violations += traceback_of(f"{where}, the second", second)
            if second.code != 0:
                result.violations += (f"{where}, the second: exit {second.code}: {second.text[-1500:]}",)
            before = _written(small)
            first.send_signal(signal.SIGCONT)
            done = ended(first)
            result.violations += traceback_of(where, done)
            # Without a committed claim it was never overtaken: its database went away.
            if done.code not in (Fenced.exit_code, 0) and (claimed or done.code != DatabaseUnavailable.exit_code):
                result.violations += (f"{where}: exit {done.code}: {done.text[-1500:]}",)
            if done.code == Fenced.exit_code and _written(small) != before:
                result.violations += (f"{where}: it wrote something",)
        else:
            done = ended(first)  # its reading was shorter
            result.violations += traceback_of(where, done)
            if done.code != 0:
                result.violations += (f"{where}: exit {done.code}: {done.text[-1500:]}",)
    return plainly(city, usual, result)


@contextmanager
def _twins(city: StruckCity) -> Iterator[None]:
    """Database and twins, standing during the block."""
    twins = city.start("twin", "serve")
    try:
        deadline = time.monotonic() + REACHED_S
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{city.port + 2}/control/health", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                if twins.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the twins do not stand: {ended(twins, 1).text[-1500:]}") from None
                time.sleep(0.1)
        yield
    finally:
        twins.send_signal(signal.SIGTERM)
        ended(twins, 60)


def _stopped(process: subprocess.Popen[str]) -> bool:
    """Whether it came to its point; False: it ended before."""
    deadline = time.monotonic() + REACHED_S
    while time.monotonic() < deadline and process.poll() is None:
        if state_of(process.pid) == "T":
            return True
        time.sleep(0.02)
    return False


def _admin(city: StruckCity) -> psycopg.Connection[tuple[object, ...]]:
    server = EmbeddedServer(city.folder / "postgres", city.port + 1)
    return psycopg.connect(server.url("hub"), autocommit=True)


def _claimed(city: StruckCity, stream: str) -> bool:
    """Whether a claim of the stream is committed."""
    with _admin(city) as admin:
        return admin.execute("select epoch > 0 from hub.stream where id = %s", [stream]).fetchone() == (True,)


def _end_sessions(city: StruckCity) -> None:
    """End all sessions of the hub, as a link or a pooler that goes away does."""
    with _admin(city) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'hub' and pid <> pg_backend_pid()"
        )


def _written(city: StruckCity) -> list[tuple[object, ...]]:
    """Everything that an overtaken writer must leave alone, as digests."""
    tables = ("hub.ledger", 'hub."case"', "hub.finding", "hub.stream", "warehouse.birth", "warehouse.dossier")
    digest = "select '{0}', md5(coalesce(string_agg(md5(r::text), '' order by md5(r::text)), '')) from {0} r"
    with _admin(city) as admin:
        return admin.execute(" union all ".join(digest.format(table) for table in tables)).fetchall()
