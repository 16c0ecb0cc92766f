"""Runs the trials, several at a time, and goes on where an earlier run ended.

    python -m proofs.kills --home var/kills --kills 200 --crashes 100

Every trial is one line of `proofs/kills.jsonl`, which is kept with the code; one that stands there is not run again, so that
the 350 strikes may be spread over days and machines. `--only KIND-NUMBER` runs one anew, with its seed. Ends with 1 if
anything does not hold.
"""

from __future__ import annotations

import argparse
import json
import queue
import random
import shutil
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hub.core.settings import ROOT
from proofs.kills import full_disk, trials, writers
from proofs.kills.city import StruckCity, fewer_districts

JOURNAL = ROOT / "proofs" / "kills.jsonl"
CHAIN = 6
"""Kills in a first start before the next plain run."""
STORM = 2
"""Crashes of the database before the next plain run."""


class Lane:
    """One city at a time, with ports of its own."""

    def __init__(self, home: Path, port: int, number: int, seed: int) -> None:
        self.seed = seed
        place, more = home / f"lane-{number}", {"HUB_DEPLOYMENT": str(home / "deployment")}
        self.city = StruckCity(place, port + 10 * number, more=more)
        self.keyed = StruckCity(place, port + 10 * number, key=home / "key.json", more=more)
        self.base = home / f"base-{number}"

    def prepare(self) -> None:
        """Run two cities that nobody strikes: one with a key of its own, one with the shared key."""
        shutil.rmtree(self.base, ignore_errors=True)
        self.usual_keyed = trials.measure(self.keyed, self.base)
        self.usual = trials.measure(self.city)

    def trial(self, kind: str, number: int) -> trials.Result:
        """Run a trial with its own seed."""
        chance = random.Random(f"{self.seed}-{kind}-{number}")
        found = self._trial(kind, chance)
        if found.plain_s:  # the machine is faster or slower by now
            self.usual = replace(self.usual, seconds=found.plain_s)
            self.usual_keyed = replace(self.usual_keyed, seconds=found.plain_s)
        return found

    def _trial(self, kind: str, chance: random.Random) -> trials.Result:
        if kind == "first-start":
            keyed = chance.random() < 0.5
            city, usual = (self.keyed, self.usual_keyed) if keyed else (self.city, self.usual)
            return trials.first_start(city, usual, chance, CHAIN)
        if kind == "crash":
            return trials.crash(self.keyed, self.usual_keyed, chance, self.base, STORM)
        if kind == "terminated":
            return trials.terminated(self.keyed, self.usual_keyed, chance, self.base)
        if kind == "overtaken":
            return writers.overtaken(self.keyed, self.usual_keyed, chance, self.base)
        assert kind == "full-disk"
        return full_disk.full(self.city, self.usual, chance)


def wanted(given: argparse.Namespace) -> list[tuple[str, int]]:
    """The trials to run, in an order in which each kind comes early."""
    if given.only:
        kind, _, number = given.only.rpartition("-")
        return [(kind, int(number))]
    counts = {
        "first-start": -(-given.kills // CHAIN),
        "crash": -(-given.crashes // STORM),
        "terminated": given.terminated,
        "overtaken": given.overtaken,
        "full-disk": given.full_disks,
    }
    if counts["full-disk"] and not full_disk.possible():
        print("NO DISK CAN BE MOUNTED HERE: the trials of full disks do NOT run", file=sys.stderr)
        counts["full-disk"] = 0
    every = [(number / count, kind, number) for kind, count in counts.items() for number in range(count)]
    return [(kind, number) for _, kind, number in sorted(every)]


def main() -> int:
    """Run what is wanted and was not run before; 1 if anything does not hold."""
    given = _options()
    given.home.mkdir(parents=True, exist_ok=True)
    given.home.chmod(0o755)
    journal = given.journal
    done = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
    known = {(each["kind"], each["number"]) for each in done if each["seed"] == given.seed and not given.only}
    waiting: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
    for each in wanted(given):
        if each not in known:
            waiting.put(each)
    key = given.home / "key.json"
    if not key.exists():
        key.write_text(json.dumps({"master": f"{given.seed:064x}"}))
        key.chmod(0o600)
    fewer_districts(given.home / "deployment")
    lock = threading.Lock()

    def note(line: dict[str, Any]) -> None:
        with lock, journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            done.append(line)
            _say(line, done, waiting.qsize())

    lanes = [Lane(given.home, given.port, number, given.seed) for number in range(given.lanes)]
    threads = [threading.Thread(target=_work, args=(lane, waiting, note)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _summary(done, given.seed)
    return int(any(each["violations"] for each in done if each["seed"] == given.seed) or not waiting.empty())


def _work(lane: Lane, waiting: queue.SimpleQueue[tuple[str, int]], note: Callable[[dict[str, Any]], None]) -> None:
    lane.prepare()
    while True:
        try:
            kind, number = waiting.get_nowait()
        except queue.Empty:
            lane.city.empty()
            shutil.rmtree(lane.base, ignore_errors=True)
            return
        started = time.monotonic()
        try:
            found = asdict(lane.trial(kind, number))
        except Exception as error:  # the harness itself broke: that is no proof of anything
            found = asdict(trials.Result(violations=(f"the trial broke: {type(error).__name__}: {error}",)))
        note({"kind": kind, "number": number, "seed": lane.seed, "seconds": round(time.monotonic() - started), **found})


def _say(line: dict[str, Any], done: list[dict[str, Any]], left: int) -> None:
    name = f"{line['kind']}-{line['number']}"
    bad = sum(bool(each["violations"]) for each in done)
    print(f"{name}: {line['strikes']} met, {line['seconds']} s; {len(done)} done, {left} left, {bad} with violations")
    for violation in line["violations"]:
        print(f"  {name}, seed {line['seed']}: {violation}", flush=True)
    sys.stdout.flush()


def _summary(done: list[dict[str, Any]], seed: int) -> None:
    mine = [each for each in done if each["seed"] == seed]
    for kind in sorted({each["kind"] for each in mine}):
        of = [each for each in mine if each["kind"] == kind]
        met, runs = sum(each["strikes"] for each in of), sum(each["runs"] for each in of)
        bad = sum(bool(each["violations"]) for each in of)
        print(f"{kind}: {met} strikes met somebody, {runs} plain runs after them, {bad} with violations")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.kills", description="Kills, crashes, and the next plain run."
    )
    parser.add_argument("--home", type=Path, required=True, help="folder of the cities and of what was done")
    parser.add_argument("--journal", type=Path, default=JOURNAL, help="where the trials stand")
    parser.add_argument("--port", type=int, default=23_000, help="first port; ten for each lane")
    parser.add_argument("--lanes", type=int, default=2, help="cities at a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--crashes", type=int, default=100)
    parser.add_argument("--terminated", type=int, default=20)
    parser.add_argument("--overtaken", type=int, default=31)
    parser.add_argument("--full-disks", type=int, default=10)
    parser.add_argument("--only", help="one trial, by its name: crash-17")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
