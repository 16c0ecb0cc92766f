"""A city is loaded, backed up, loaded on, destroyed, and restored: to a moment and to the end, with the same digests.

    python -m proofs.restore [--records 50000] [--dossiers 500]

The commands are those that a person types: `hub sync`, `hub backup run`, `follow`, `rehearse`, `hub restore`, `hub
digest`. While the backup is taken a sync runs. Destroyed means: the server is killed (SIGKILL), its folder, the landing
and its passwords are removed. After both restores the digests are those of then, `hub doctor` finds nothing, and a sync
goes on from the restored position. Writes proofs/restore.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.backup.catalogue import scenario_of
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT, read_settings
from hub.demonstration.twin_process import Twins
from hub.local.scenario import embedded_server, embedded_up, open_scenario
from hub.terminal import show

RESULTS = Path(__file__).parent / "restore.json"
STREAMS = ("moj-registry.birth", "one-stop-760.dossier", "one-stop-761.dossier")
HUB = (sys.executable, "-c", "from hub.cli import main; main()")


class NotRestored(AssertionError):
    """A digest differs, or the hub does not go on."""


class ProvenCity:
    """A state folder, and the commands that are typed in it."""

    def __init__(self, home: Path, records: int, dossiers: int, port: int) -> None:
        self.given = {
            "HUB_HOME": str(home / "home"),
            "HUB_BACKUPS": str(home / "backups"),
            "HUB_SCENARIO": "proof",
            "HUB_RECORDS": str(records),
            "HUB_DOSSIERS": str(dossiers),
            "HUB_PORT_BASE": str(port),
            "HUB_WAL_LEVEL": "replica",
        }
        os.environ.update(self.given)
        self.settings = read_settings()
        self.took: dict[str, float] = {}

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen([*HUB, *words], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def typed(self, *words: str, named: str = "") -> str:
        """What a command prints. Raises NotRestored: it failed."""
        began = time.monotonic()
        return self.ended(self.start(*words), began, named)

    def ended(self, process: subprocess.Popen[str], began: float, named: str = "") -> str:
        printed, said = process.communicate(timeout=3600)
        if process.returncode:
            raise NotRestored(f"hub {process.args[3:]} ended with {process.returncode}: {said[-1500:]}")  # type: ignore[index]
        if named:
            self.took[named] = round(time.monotonic() - began, 1)
        return printed

    def digest(self) -> dict[str, Any]:
        rows = json.loads(self.typed("digest", "--json"))
        return {row["table"]: [row["rows"], row["digest"]] for row in rows}

    def destroy(self) -> None:
        """Kill the server, and remove all that it and the landing had."""
        scenario = scenario_of(self.settings)
        server = embedded_server(self.settings, scenario)
        server.start()
        pid = int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)
        while server.running():
            time.sleep(0.1)
        time.sleep(1)  # its children notice
        for folder in (server.place, server.folder, scenario.folder / "landing"):
            shutil.rmtree(folder, ignore_errors=True)
        (scenario.folder / "database.json").unlink()


def proved(city: ProvenCity, change: Callable[[int], None]) -> dict[str, Any]:
    """Walk the whole way; figures. Raises NotRestored."""
    for stream in STREAMS[:2]:
        city.typed("sync", stream, "--full")
    meanwhile, began = city.start("sync", STREAMS[2], "--full"), time.monotonic()
    city.typed("backup", "run", named="backup_s")
    city.ended(meanwhile, began)
    change(1)
    for stream in STREAMS:
        city.typed("sync", stream)
    between, moment = city.digest(), datetime.now(UTC)
    change(2)
    for stream in STREAMS:
        city.typed("sync", stream)
    city.typed("backup", "follow", "--once", named="follow_s")
    at_last = city.digest()
    if between == at_last:
        raise NotRestored("nothing came between the two moments: nothing is tried")
    city.typed("backup", "verify", named="verify_s")
    city.typed("backup", "rehearse", named="rehearse_s")
    sizes = {name: _bytes(Path(city.given["HUB_BACKUPS"]) / "proof", name) for name in ("base", "wal", "landing")}

    city.destroy()
    city.typed("restore", "--to", moment.isoformat(), named="restore_to_moment_s")
    _equal("restored to a moment", between, city.digest())
    city.destroy()
    city.typed("restore", named="restore_to_end_s")
    _equal("restored to the end", at_last, city.digest())
    city.typed("doctor", named="doctor_s")
    change(3)
    for stream in STREAMS:
        city.typed("sync", stream)
    if city.digest() == at_last:
        raise NotRestored("the syncs after the restore brought nothing")
    city.typed("backup", "run", named="next_backup_s")
    city.typed("backup", "rehearse")
    rows = sum(rows for rows, _ in at_last.values())
    return {"rows": rows, "tables": len(at_last), "bytes": sizes, **city.took}


def main() -> None:
    """Prove, write, print."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.restore", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--dossiers", type=int, default=500)
    parser.add_argument("--port", type=int, default=8970)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="motlan-restore-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)
        city = ProvenCity(Path(folder), options.records, options.dossiers, options.port)
        deployment = load_deployment(city.settings.deployment)
        scenario = open_scenario(city.settings, deployment)
        with embedded_up(city.settings, scenario):
            twins = Twins(city.settings, scenario, deployment)
            stack.callback(twins.stop)
            twins.start()
            twins.wait()

        def change(seed: int) -> None:
            twins.control("POST", "clock", {"advance_s": 60})
            for system in {stream.split(".", 1)[0] for stream in STREAMS}:
                twins.control("POST", "change", {"system": system, "count": 100, "seed": seed})

        result = {"records": options.records, "dossiers": options.dossiers, **proved(city, change), "same_digest": True}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    show([{"what": name, "figure": str(value)} for name, value in result.items()], as_json=False, title="Restored")


def _equal(when: str, wanted: dict[str, Any], found: dict[str, Any]) -> None:
    differ = [table for table in wanted if wanted[table] != found.get(table)]
    if differ:
        raise NotRestored(f"{when}: {', '.join(differ)} differ")


def _bytes(folder: Path, name: str) -> int:
    places = [folder / name] if name == "landing" else folder.glob(f"*/{name}")
    return sum(path.stat().st_size for place in places for path in place.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
