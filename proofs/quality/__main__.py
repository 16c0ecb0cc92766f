"""Compares every planted defect with the hub's verdicts: `make quality-proof`, or `python -m proofs.quality`.

Loads the usual city and some unseen ones, each in a process and a state folder of its own (removed afterwards), and
prints planted, found, missed and false alarms for each class. Exit 1 if anything but a matter of judgement is missed or
mistaken. docs/quality-proof.md explains the table.
"""

from __future__ import annotations

import argparse
import json
import queue
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hub.core.settings import ROOT, read_settings
from proofs.quality import report, seeds
from proofs.quality.marks import Mark, add
from twins.city.name_lists import read_name_lists


def main() -> None:
    """Walk, mark, print."""
    given = _options()
    home = read_settings().home / "quality-proof"
    started = time.monotonic()
    chosen = [seeds.USUAL, *seeds.unseen(given.seeds)]
    lanes: queue.SimpleQueue[int] = queue.SimpleQueue()
    for lane in range(given.jobs):
        lanes.put(lane)
    with ThreadPoolExecutor(given.jobs) as pool:
        walks = [
            pool.submit(_walk, seed, number, len(chosen), given, home, lanes) for number, seed in enumerate(chosen, 1)
        ]
        cities = [each.result() for each in walks]
    usual, *unseen = ([Mark(**m) for m in city["marks"]] for city in cities)
    total: list[Mark] = []
    for each in unseen:
        total = add(total, each)
    failures = report.failures(add(usual, total))
    seconds = time.monotonic() - started
    if given.json:
        print(
            report.as_json(
                cities,
                records=given.records,
                dossiers=given.dossiers,
                names=given.names is not None,
                seconds=seconds,
                failures=failures,
            )
        )
    else:
        _print(cities, usual, total, seconds, failures, given)
    sys.exit(1 if failures else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=1_000_000, help="registrations in each city")
    parser.add_argument("--dossiers", type=int, default=2_000, help="dossiers a district")
    parser.add_argument("--seeds", type=int, default=5, help=f"unseen cities beside the usual one, 0 to {seeds.MOST}")
    parser.add_argument(
        "--jobs",
        type=int,
        default=2,
        choices=(1, 2, 3),
        help="cities walked at the same time; each takes 3 GB and three ports",
    )
    parser.add_argument("--names", type=Path, help="folder of real name lists to mix in")
    parser.add_argument("--keep", action="store_true", help="leave each city's state folder")
    parser.add_argument("--json", action="store_true", help="JSON, city by city, instead of a table")
    given = parser.parse_args()
    if given.names:
        try:
            read_name_lists(given.names)
        except ValueError as error:
            parser.error(str(error))  # now, and not once a city
    return given


def _walk(
    seed: int, number: int, of: int, given: argparse.Namespace, home: Path, lanes: queue.SimpleQueue[int]
) -> dict[str, Any]:
    """One city in a process of its own; its progress goes to our stderr, and its answer is kept beside its state."""
    lane = lanes.get()
    command = [
        sys.executable,
        "-m",
        "proofs.quality.walk",
        "--seed",
        str(seed),
        "--records",
        str(given.records),
        "--dossiers",
        str(given.dossiers),
        "--home",
        str(home),
        "--number",
        str(number),
        "--of",
        str(of),
        "--jobs",
        str(given.jobs),
        "--lane",
        str(lane),
        *(["--names", str(given.names.absolute())] if given.names else []),
        *(["--keep"] if given.keep else []),
    ]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    lanes.put(lane)
    if done.returncode != 0:
        sys.exit(
            f"city {number} of {of} (seed {seed}) was not walked to its end: exit {done.returncode}, the reason stands above"
        )
    (home / f"seed-{seed}.json").write_bytes(done.stdout)
    walked: dict[str, Any] = json.loads(done.stdout)
    return walked


def _print(
    cities: list[dict[str, Any]],
    usual: list[Mark],
    unseen: list[Mark],
    seconds: float,
    failures: list[str],
    given: argparse.Namespace,
) -> None:
    report.say(report.table(usual, unseen, len(cities) - 1))
    received, batches, compared = (sum(c[name] for c in cities) for name in ("received", "batches", "compared"))
    names = (
        "with the real name lists mixed in"
        if given.names
        else "with the shipped kinds of name dirt only (NAMES=FOLDER mixes real lists in)"
    )
    report.say(
        f"seeds {', '.join(str(c['seed']) for c in cities)}; {given.records:,} registrations and {given.dossiers:,} dossiers a district each, {names}"
    )
    report.say(
        f"{received:,} records of all tables accounted for; both engines counted every rule alike in {compared:,} of {batches:,} batches"
    )
    report.say(f"{seconds / 60:.1f} min in all; the hub's process at most {max(c['peak_mb'] for c in cities):,} MB")
    for city in cities:
        for each in city["false"]:
            report.say(
                f"  seed {city['seed']}: false {each['effect']} {each['rule']} of {each['system']}.{each['dataset']} {each['record_id']}"
            )
    report.say(
        "walked: twins on sockets, every stream, row rules, declared suite on every batch, merge. Not walked: Airflow, a second reading"
    )
    report.say(
        f"[red]BROKEN: {'; '.join(failures)}[/]"
        if failures
        else "Every class that needs no judgement: all found, no false alarm."
    )


if __name__ == "__main__":
    main()
