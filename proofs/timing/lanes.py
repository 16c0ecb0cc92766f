"""Lanes: processes that measure side by side, each in a city and on a database server of its own."""

from __future__ import annotations

import multiprocessing
import socket
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hub.app import open_hub
from hub.core.settings import read_settings
from hub.local.scenario import embedded_server
from proofs.timing import city
from proofs.timing.doors import Doors
from proofs.timing.measure import Measured, measure, prepare
from proofs.timing.pairs import pairs

OTHERS = 5_000
"""People and dossiers in the registers beside those who are asked about."""


def in_lanes(titles: Sequence[str], trials: int, lanes: int) -> list[Measured]:
    """The pairs with these titles, in their order; each lane measures every so many of them."""
    with ProcessPoolExecutor(lanes, mp_context=multiprocessing.get_context("spawn")) as pool:
        ports = free_ports(lanes)
        shares = [pool.submit(lane, number, ports[number], titles[number::lanes], trials) for number in range(lanes)]
        found = {each.title: each for share in shares for each in share.result()}
    return [found[title] for title in titles]


def lane(number: int, ports: int, titles: Sequence[str], trials: int) -> list[Measured]:
    """Measure pairs, one after the other, in a city of this lane's own. `ports`: the first of ten free ones."""
    found, began = list[Measured](), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="motlan-timing-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's account passes through
        settings = read_settings(
            home=folder / "home", deployment=city.deployment(folder), port_base=ports, scenario="timing"
        )
        with open_hub(settings) as hub:
            city.build(hub, OTHERS)
            doors, admin = Doors(hub), embedded_server(settings, hub.scenario).url("hub")
            prepare(doors, admin)
            for pair in (each for each in pairs() if each.title in titles):
                found.append(measure(doors, pair, trials, admin))
                done = f"{len(found)}/{len(titles)} {time.monotonic() - began:5.0f} s"
                print(f"lane {number + 1} {done}  {found[-1].line}", flush=True)
    return found


def free_ports(lanes: int) -> list[int]:
    """First of ten ports that are free now, for each lane; chosen here, because lanes that begin at once choose alike."""
    found = list[int]()
    while len(found) < lanes:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        if first < 65000 and all(abs(first - each) >= 10 for each in found):
            found.append(first)
    return found
