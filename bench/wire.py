"""The registry's SOAP wire: births from the twin into PostgreSQL by `hub sync`, beside dlt with zeep.

    python -m bench.wire [--births N] [--pairs N]

`hub sync` walks what Airflow's task walks, with all rules, landing, quarantine and history. Each load has a process and
a database of its own; ours and the peer's take turns. PostgreSQL and the twin are not counted, on either side.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import rich

from bench import loaders
from bench.measures import Row, Spent, machine, spent
from hub.core.deployment import Deployment, load_deployment
from hub.core.settings import ROOT, Settings
from hub.demonstration.twin_process import Twins
from hub.local.embedded import EmbeddedServer
from hub.local.scenario import Scenario, open_scenario
from hub.local.secrets import read_secrets

STREAM = "moj-registry.birth"
BIRTHS, FEW = 62_000, 10_000
SHARE = 0.62
"""Births among the registrations of the twins' city."""
MUST, AIM = 4.0, 8.0


def rows(records: int = BIRTHS, pairs: int = 3, state: Path = ROOT / "var" / "bench") -> list[Row]:
    """Ours beside the peer's on so many births, and our memory on these and on 10,000."""
    state.mkdir(parents=True, exist_ok=True)
    with _server(state) as server, _city(state, server, records) as city:
        measured = [(city.ours(), city.peer()) for _ in range(pairs)]
        version = measured[0][1].version
    with _server(state) as server, _city(state, server, FEW) as small:
        few = small.ours()
    loads = {"ours": [ours for ours, _ in measured], "peer": [peer for _, peer in measured]}
    [loaded] = {each.records for those in loads.values() for each in those}  # else somebody did not do the same work
    cpu = {side: statistics.median(each.spent.cpu for each in those) for side, those in loads.items()}
    wall = {side: round(statistics.median(each.spent.wall for each in those), 1) for side, those in loads.items()}
    peak = {side: round(statistics.median(each.spent.peak_mb for each in those)) for side, those in loads.items()}
    with_ = {
        "records": loaded,
        **machine(),
    }
    speed = {side: round(loaded / seconds, 1) for side, seconds in cpu.items()}
    micro = {f"µs a record, {side}": round(seconds / loaded * 1e6, 1) for side, seconds in cpu.items()}
    return [
        Row(
            "first load over SOAP, records a CPU second",
            speed["ours"],
            speed["peer"],
            version,
            round(speed["ours"] / speed["peer"], 2),
            pairs,
            {**with_, **micro, "seconds, ours": wall["ours"], "seconds, peer": wall["peer"]},
            MUST,
            AIM,
        ),
        Row(
            "first load over SOAP, peak memory of the process in MB",
            peak["ours"],
            peak["peer"],
            version,
            round(peak["peer"] / peak["ours"], 2),
            pairs,
            {**with_, f"ours, at {few.records} records": round(few.spent.peak_mb)},
        ),
    ]


@dataclass(frozen=True)
class Load:
    """One load in a process of its own."""

    records: int
    spent: Spent
    version: str = ""


@dataclass(frozen=True)
class ServedCity:
    """Twins that serve so many births, and a server of empty databases."""

    server: EmbeddedServer
    settings: Settings
    scenario: Scenario
    deployment: Deployment
    state: Path

    def ours(self) -> Load:
        """`hub sync` of the births into an empty hub."""
        with loaders.database(self.server) as url, self._folder() as home:
            folder = home / "load"
            folder.mkdir()
            for name in ("clock.json", "secrets.json"):
                shutil.copy(self.scenario.folder / name, folder)
            shutil.copytree(self.scenario.folder / "certificates", folder / "certificates")
            env = {
                "HUB_HOME": str(home),
                "HUB_SCENARIO": folder.name,
                "HUB_DATABASE_URL": url,
                "HUB_TWINS_URL": self.settings.twins_address,
            }
            hub = Path(sys.executable).with_name("hub")
            done = spent([hub, "sync", STREAM, "--json"], env)
        return Load(int(json.loads(done.output)["total"]["received"]), done)

    def peer(self) -> Load:
        """The same by dlt and zeep."""
        registry = self.deployment.systems["moj-registry"]
        known = read_secrets(self.scenario.folder / "secrets.json", self.deployment)["moj-registry"]
        with loaders.database(self.server) as url, self._folder() as home:
            login = home / "login.json"
            login.write_text(json.dumps({**known, "now": self.scenario.now().isoformat()}))
            command: Sequence[str | Path] = [
                loaders.peers(self.state),
                loaders.PEERS / "dlt_soap.py",
                url,
                f"{self.settings.twins_address}/moj/registry",
                registry.path.parent / str(registry.options["wsdl"]),
                login,
                str(registry.options["first_day"]),
                f"{self.scenario.as_of or self.scenario.started:%Y-%m-%d}",
                home,
            ]
            done = spent(command)
        printed = json.loads(next(line for line in done.output.splitlines() if line.startswith("{")))
        return Load(int(printed["rows"]), done, str(printed["version"]))

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self.state) as folder:
            yield Path(folder)


@contextmanager
def _server(state: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(state / "postgres", loaders.free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def _city(state: Path, server: EmbeddedServer, births: int) -> Iterator[ServedCity]:
    """The twins of a city with about so many births, serving during the block."""
    loaders.peers(state)  # making the peers' environment is no part of a load
    with tempfile.TemporaryDirectory(dir=state) as home:
        settings = Settings(
            home=Path(home),
            records=max(1000, round(births / SHARE)),
            dossiers=10,
            port_base=_free_row(3),
            database_url=server.url(),
        )
        deployment = load_deployment(settings.deployment)
        scenario = open_scenario(settings, deployment)
        twins = Twins(settings, scenario, deployment)
        twins.start()
        try:
            twins.wait()
            yield ServedCity(server, settings, scenario, deployment, state)
        finally:
            twins.stop()


def _free_row(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        first = loaders.free_port()
        if first + count < 60_000 and all(_free(first + number) for number in range(count)):
            return first


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.wire", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--births", type=int, default=BIRTHS)
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    for row in rows(given.births, given.pairs):
        rich.print(f"{row.work}: {row.ours:,}; {row.peer_version} {row.peer:,}; {row.ratio} times")
        for name, value in row.with_.items():
            rich.print(f"    {name}: {value}")


if __name__ == "__main__":
    main()
