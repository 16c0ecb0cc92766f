"""Proves that an officer who walks numbers sees next to nothing, is noticed within minutes, and slows nobody.

    python -m proofs.census [--ids 20000] [--population 200000] [--hours 48]

An embedded server below a temporary folder holds a register of births. An officer of an agency with a grant walks
numbers, **all of which are held** (misses alone would end the walk sooner), evenly over 48 virtual hours, over ten
connections to the API on a socket; the API is started anew each six hours. Another agency works meanwhile; its baseline
is measured in pauses of the walk. Writes proofs/census.json; exit code 1 if a bound does not hold.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import sqlalchemy as sa
import structlog
import uvicorn

from hub.access.tokens import Claims, machine_now, tokens_of
from hub.app import Hub, open_hub
from hub.core.settings import read_settings
from proofs.census import virtual_clock
from proofs.census.register import NEIGHBOUR, WALKER, fill, number_of
from proofs.timing.lanes import free_ports
from service.app import create_app

RESULTS = Path(__file__).parent.parent / "census.json"
STEP = timedelta(minutes=5)
CONNECTIONS = 10
RESTARTED_EACH = timedelta(hours=6)
MOST_SEEN, ALERT_WITHIN_MIN, SLOWER = 0.001, 5.0, 2.0
NEIGHBOURS_AT_ONCE = 2


class Walk:
    """The walk of one officer and the work of a neighbour, over an API that comes and goes."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.seen, self.statuses = hub, set[int](), Counter[int]()
        self.baseline, self.beside = list[float](), list[float]()
        self.alert_after_min: float | None = None
        self._next = 0

    def run(self, ids: int, hours: int) -> None:
        """All steps, with the API started anew between them."""
        steps = int(timedelta(hours=hours) / STEP)
        each_start = int(RESTARTED_EACH / STEP)
        for start in range(0, steps, each_start):
            with listening(self.hub) as address, httpx.Client(base_url=address, timeout=60) as client:
                for step in range(start, min(start + each_start, steps)):
                    self._step(client, range(ids * step // steps, ids * (step + 1) // steps), step)
            print(f"{(start + each_start) * STEP} walked: {len(self.seen)} seen, {dict(self.statuses)}", flush=True)

    def _step(self, client: httpx.Client, numbers: range, step: int) -> None:
        """Five minutes: some questions of the neighbour alone, then some beside the walk."""
        if step % 12 == 0:
            self.baseline += self._neighbour(client)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            walking = [pool.submit(self._ask, client, WALKER, each) for each in numbers]
            if step % 12 == 0:
                self.beside += self._neighbour(client)
            for each, future in zip(numbers, walking, strict=True):
                self._note(each, future.result())
        if self.alert_after_min is None and self._alerted():
            self.alert_after_min = (step + 1) * STEP / timedelta(minutes=1)
        virtual_clock.advance(self.hub.engine, STEP)

    def _note(self, number: int, reply: httpx.Response) -> None:
        self.statuses[reply.status_code] += 1
        if reply.status_code == 200:
            self.seen.add(number)

    def _neighbour(self, client: httpx.Client) -> list[float]:
        """Seconds of each of twenty questions about persons of a desk's own dossiers."""

        def timed(number: int) -> float:
            began = time.perf_counter()
            reply = self._ask(client, NEIGHBOUR, number)
            assert reply.status_code == 200, reply.text
            return time.perf_counter() - began

        with ThreadPoolExecutor(NEIGHBOURS_AT_ONCE) as pool:
            return list(pool.map(timed, range(20)))

    def _ask(self, client: httpx.Client, agency: str, number: int) -> httpx.Response:
        body = {
            "dossier": f"{agency}-220602-{number:06d}",
            "person": {"personal_id": number_of(number)},
            "type": "register:birth",
            "fields": ["nksHoTen"],
        }
        return client.post("/v1/evidence", json=body, headers={"authorization": f"Bearer {self._token(agency)}"})

    def _token(self, agency: str) -> str:
        claims = Claims(agency, "cán bộ", "civil-status", "once-held")
        return tokens_of(self.hub.scenario.folder, self.hub.deployment.name).sign(claims, machine_now())

    def _alerted(self) -> bool:
        query = sa.text("select exists (select from hub.alert where agency = :agency)")
        with self.hub.engine.connect() as connection:
            return bool(connection.scalar(query, {"agency": WALKER}))


@contextmanager
def listening(hub: Hub) -> Iterator[str]:
    """The API of a new start on a free port of loopback; its address."""
    server = uvicorn.Server(uvicorn.Config(create_app(hub), port=0, log_level="critical", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def main() -> None:
    """Fill, walk, judge. Exits with 1 if a bound does not hold."""
    parser = argparse.ArgumentParser(prog="python -m proofs.census", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--ids", type=int, default=20_000)
    parser.add_argument("--population", type=int, default=200_000)
    parser.add_argument("--hours", type=int, default=48)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="motlan-census-") as name:
        Path(name).chmod(0o755)  # the database's account passes through
        settings = read_settings(home=Path(name) / "home", port_base=free_ports(1)[0], scenario="census")
        with open_hub(settings) as hub:
            fill(hub, given.population)
            virtual_clock.install(hub.engine)
            walk, began = Walk(hub), time.monotonic()
            walk.run(given.ids, given.hours)
            found = figures(walk, given, time.monotonic() - began)
    print(json.dumps(found, indent=1, ensure_ascii=False))
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(0 if found["holds"] else 1)


def figures(walk: Walk, given: argparse.Namespace, seconds: float) -> dict[str, object]:
    """The content of proofs/census.json."""
    share, ratio = len(walk.seen) / given.population, p95(walk.beside) / p95(walk.baseline)
    within = walk.alert_after_min is not None and walk.alert_after_min <= ALERT_WITHIN_MIN
    return {
        "population": given.population,
        "ids_walked": given.ids,
        "virtual_hours": given.hours,
        "connections": CONNECTIONS,
        "starts_of_the_api": math.ceil(timedelta(hours=given.hours) / RESTARTED_EACH),
        "seen": len(walk.seen),
        "seen_share": share,
        "replies": {str(status): count for status, count in sorted(walk.statuses.items())},
        "alert_within_virtual_minutes": walk.alert_after_min,
        "neighbour_p95_ms": {
            "alone": round(p95(walk.baseline) * 1000, 1),
            "beside_the_walk": round(p95(walk.beside) * 1000, 1),
            "ratio": round(ratio, 2),
        },
        "seconds": round(seconds),
        "holds": bool(share <= MOST_SEEN and within and ratio < SLOWER),
    }


if __name__ == "__main__":
    main()
