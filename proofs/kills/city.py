"""One state folder with its ports: commands of the hub in it, and what is left there when they have ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.core.settings import ROOT
from proofs.kills import strikes

SCENARIO = "city"
RUN = ("run", "--no-airflow", "--once", "--no-show", "--anyway")
"""The plain run, of which all is said here."""

LONGEST_S = 900.0
"""After this a command counts as hanging."""

SETTLED_S = 8.0
"""How long processes of a command that has ended may still be ending."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    """Exit code; negative: by that signal."""
    text: str
    """What it printed."""

    @property
    def traceback(self) -> bool:
        return "Traceback (most recent call last)" in self.text


@dataclass
class StruckCity:
    """A small city's state folder; only one command at a time is expected in it."""

    home: Path
    port: int
    records: int = 1_000
    dossiers: int = 10
    key: Path | None = None
    """Master key file outside of the folder: then digests of two cities can be compared."""
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.home / SCENARIO

    @property
    def temporary(self) -> Path:
        """The machine's folder for temporary files, as far as this city's processes know."""
        return self.home.with_name(f"{self.home.name}.tmp")

    def start(self, *arguments: str, strike: Mapping[str, Any] | None = None) -> subprocess.Popen[str]:
        """Start a command of the hub, in a process group of its own; `strike` as of `proofs.kills.struck`."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.temporary.mkdir(exist_ok=True)
        given = json.dumps({"at": 0, "way": "", "seed": 0, "counted": None, "from_claim": False, **(strike or {})})
        return subprocess.Popen(
            [sys.executable, "-m", "proofs.kills.struck", given, *arguments],
            cwd=ROOT,
            env=self._environment(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *arguments: str, strike: Mapping[str, Any] | None = None) -> Ended:
        """Run a command of the hub to its end."""
        return ended(self.start(*arguments, strike=strike))

    def look(self) -> dict[str, Any]:
        """What the folder holds (`proofs.kills.look`). Raises RuntimeError: it could not be opened."""
        done = subprocess.run(
            [sys.executable, "-m", "proofs.kills.look"],
            cwd=ROOT,
            env=self._environment(),
            text=True,
            capture_output=True,
            timeout=LONGEST_S,
        )
        if done.returncode:
            raise RuntimeError(f"the state cannot be opened (exit {done.returncode}): {done.stderr[-2000:]}")
        return dict(json.loads(done.stdout))

    def left_over(self, usual: Iterable[str] = ()) -> list[str]:
        """Processes and files that no command needs any more, once all have ended. `usual`: names in the folder of a city
        that nobody struck."""
        deadline = time.monotonic() + SETTLED_S
        while (left := strikes.processes(self.home)) and time.monotonic() < deadline:
            time.sleep(0.1)
        found = [f"a process is left: {strikes.command_of(pid)}" for pid in left]
        parts = [path for path in self.home.rglob("*") if ".part" in path.suffixes or path.name.endswith(".part")]
        found += [f"a part is left: {path.relative_to(self.home)}" for path in parts]
        found += [f"a temporary file is left: {path.name}" for path in self.temporary.glob("*")]
        if usual:
            found += [f"left in the folder: {name}" for name in sorted(self.names() - set(usual))]
        return found

    def names(self) -> set[str]:
        """Names in the city's folder, one level deep below what the hub makes there."""
        skipped = {"landing", "data-docs"}
        return {
            str(path.relative_to(self.folder))
            for pattern in ("*", "*/*")
            for path in self.folder.glob(pattern)
            if path.parent.name not in skipped
        }

    def end_all(self) -> None:
        """End every process of the folder at once."""
        while left := strikes.processes(self.home):
            strikes.end(left)
            time.sleep(0.05)

    def empty(self) -> None:
        """Begin anew: no process, no file."""
        self.end_all()
        for folder in (self.home, self.temporary):
            for _ in range(20):  # a process that is being ended may still write
                if not folder.exists():
                    break
                shutil.rmtree(folder, ignore_errors=True)

    def keep(self, place: Path) -> None:
        """Copy the folder, in which nothing runs, to a place."""
        subprocess.run(["cp", "-a", "--reflink=auto", str(self.home), str(place)], check=True)

    def restore(self, place: Path) -> None:
        """Begin with a copy that was kept: at the same path, which some of its files name."""
        self.empty()
        subprocess.run(["cp", "-a", "--reflink=auto", str(place), str(self.home)], check=True)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        given = {
            "HUB_HOME": str(self.home),
            "HUB_SCENARIO": SCENARIO,
            "HUB_PORT_BASE": str(self.port),
            "HUB_RECORDS": str(self.records),
            "HUB_DOSSIERS": str(self.dossiers),
            "TMPDIR": str(self.temporary),
            "POLARS_MAX_THREADS": "1",
            "PYTHONPATH": str(ROOT),
        }
        if self.key is not None:
            given["HUB_KEY_FILE"] = str(self.key)
        return {**kept, **given, **self.more}


def fewer_districts(place: Path, kept: Sequence[str] = ("one-stop-760", "one-stop-774")) -> Path:
    """A copy of the city's deployment in which only some districts are read: every dialect stays, and a run is shorter.

    The others are described as other ways to the first, so that the twins that play them know their credentials.
    """
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(ROOT / "deployments" / "hcmc", place)
    for path in (place / "systems").glob("one-stop-*.yaml"):
        if path.stem not in kept:
            with path.open("a", encoding="utf-8") as file:
                file.write(f"instead_of: {kept[0]}\n")
    return place


def ended(process: subprocess.Popen[str], longest_s: float = LONGEST_S) -> Ended:
    """Wait for a command's end; one that hangs is ended, with its group, and says so."""
    try:
        text, _ = process.communicate(timeout=longest_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        text, _ = process.communicate()
        return Ended(process.returncode, f"{text}\nIT HUNG: no end within {longest_s:.0f} s")
    return Ended(process.returncode, text)
