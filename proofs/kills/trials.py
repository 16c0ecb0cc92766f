"""Trials: each strikes a city in its own way, runs it plainly once, and returns what does not hold."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proofs.kills import strikes
from proofs.kills.city import RUN, Ended, StruckCity, ended

NAMED = {0, 1, 3, 70, 75, 76}
"""Exit codes of a run whose database went away: a stream failed, somebody must act, try again later."""


@dataclass(frozen=True)
class Undisturbed:
    """A city's first run that nobody struck: the measure of all others."""

    points: int
    first_claim: int
    seconds: float
    readings: int
    """Points of a run that begins with the folder kept before the first reading; 0: none was kept."""
    names: frozenset[str]
    """In its folder."""
    look: Mapping[str, Any]


@dataclass
class Result:
    """What a trial did and found."""

    strikes: int = 0
    """How many met somebody."""
    runs: int = 0
    """Plain runs that had to end well."""
    violations: tuple[str, ...] = ()
    plain_s: float = 0.0
    """How long the last plain run took: the measure of the next trial's random times."""


def measure(city: StruckCity, base: Path | None = None) -> Undisturbed:
    """Run a city that nobody strikes. `base`: where its folder is kept as it was before its first reading.

    Raises:
        AssertionError: it does not end well by itself.
    """
    city.empty()
    counted = city.temporary.with_suffix(".json")
    started = time.monotonic()
    done = city.run(*RUN, strike={"counted": str(counted)})
    seconds = time.monotonic() - started
    points = json.loads(counted.read_text())
    assert done.code == 0, done.text
    found = Undisturbed(points["points"], points["first_claim"], seconds, 0, frozenset(city.names()), city.look())
    wrong = [*city.left_over(), *wrong_state(city, found.look, found)]
    assert not wrong, wrong
    if base is not None:
        city.empty()
        ready = city.run(*RUN, strike={"at": found.first_claim, "way": "SIGTERM"})
        assert ready.code == 143, (ready.code, ready.text)
        assert not city.left_over(), city.left_over()
        city.keep(base)
        assert city.run(*RUN, strike={"counted": str(counted)}).code == 0
        found = replace(found, readings=json.loads(counted.read_text())["points"])
    counted.unlink()
    return found


def first_start(city: StruckCity, usual: Undisturbed, chance: random.Random, kills: int) -> Result:
    """Kill the first start again and again, at points and at random times, in a folder that is empty or left from before."""
    result = Result()
    city.empty()
    for _ in range(kills):
        if chance.random() < 0.25:
            city.empty()
        way = chance.choice(strikes.KILLS)
        if chance.random() < 0.5:
            at = 1 + int(usual.points * chance.random() ** 2)  # the first moments make the files
            done = city.run(*RUN, strike={"at": at, "way": way, "seed": chance.randrange(10**6)})
            met, moment = done.code == -signal.SIGKILL, f"point {at}"
        else:
            after = usual.seconds * 1.5 * chance.random() ** 2
            done, met = _struck_after(city, after, way, chance)
            moment = f"{after:.2f} s"
        result.strikes += met
        result.violations += traceback_of(f"killed ({way}, {moment})", done)
    return plainly(city, usual, result)


def crash(city: StruckCity, usual: Undisturbed, chance: random.Random, base: Path, crashes: int) -> Result:
    """Crash the database of readings at any statement and any time; the run says why it ends, and hangs nowhere."""
    result = Result()
    city.restore(base)
    for tries in range(2 * crashes):
        if result.strikes == crashes:
            break
        if tries > result.strikes:  # the last one came too late: that run has read everything
            city.restore(base)
        way = chance.choice(strikes.CRASHES)
        if chance.random() < 0.6:
            at = chance.randint(usual.readings // 20, usual.readings * 9 // 10)
            done = city.run(*RUN, strike={"at": at, "way": way, "seed": chance.randrange(10**6)})
            met, moment = f"struck at point {at}:" in done.text, f"point {at}"
        else:
            after = usual.seconds * chance.uniform(0.1, 0.8)
            done, met = _struck_after(city, after, way, chance)
            moment = f"{after:.2f} s"
        result.strikes += met
        where = f"crashed ({way}, {moment})"
        result.violations += traceback_of(where, done)
        if done.code not in NAMED:
            result.violations += (f"{where}: exit {done.code}: {done.text[-1500:]}",)
    return plainly(city, usual, result)


def terminated(city: StruckCity, usual: Undisturbed, chance: random.Random, base: Path) -> Result:
    """End a run by SIGTERM at a point: it stops what it has started, by itself."""
    city.restore(base) if chance.random() < 0.7 else city.empty()
    at = chance.randint(1, usual.points)
    done = city.run(*RUN, strike={"at": at, "way": "SIGTERM"})
    where = f"SIGTERM at point {at}"
    result = Result(strikes=int(f"struck at point {at}:" in done.text))
    result.violations += traceback_of(where, done)
    if done.code not in (143, 0, -signal.SIGTERM):
        result.violations += (f"{where}: exit {done.code}: {done.text[-1500:]}",)
    result.violations += tuple(f"{where}: {each}" for each in city.left_over() if "process" in each)
    return plainly(city, usual, result)


def plainly(city: StruckCity, usual: Undisturbed, result: Result) -> Result:
    """The next plain run ends well, and nothing is left over."""
    started = time.monotonic()
    done = city.run(*RUN)
    result.plain_s = round(time.monotonic() - started, 1)
    result.runs += 1
    result.violations += traceback_of("the next run", done)
    if done.code != 0:
        result.violations += (f"the next run: exit {done.code}: {done.text[-3000:]}",)
    result.violations += tuple(city.left_over(usual.names))
    try:
        found = city.look()
    except RuntimeError as error:
        result.violations += (str(error),)
    else:
        result.violations += tuple(wrong_state(city, found, usual))
    result.violations += tuple(f"after a look: {each}" for each in city.left_over(usual.names))
    return result


def wrong_state(city: StruckCity, found: Mapping[str, Any], usual: Undisturbed) -> Iterator[str]:
    """What does not hold in a state: all is well, nothing waits, and it holds what the undisturbed one holds."""
    yield from (f"doctor: {each}" for each in found["doctor"])
    yield from (f"a stage table is left: {each}" for each in found["stage"])
    yield from (f"a batch waits: {each}" for each in found["batches"])
    if found["databases"] != usual.look["databases"]:
        yield f"databases: {found['databases']}"
    if found["cases"] != usual.look["cases"]:
        yield f"open cases: {found['cases']}, undisturbed {usual.look['cases']}"
    for table, (rows, digest) in usual.look["tables"].items():
        if found["tables"][table][0] != rows:
            yield f"{table}: {found['tables'][table][0]} rows, undisturbed {rows}"
        elif city.key is not None and found["tables"][table][1] != digest:
            yield f"{table}: another content than undisturbed"


def _struck_after(city: StruckCity, after: float, way: str, chance: random.Random) -> tuple[Ended, bool]:
    """Run the city, and strike it after so many seconds; how it ended, and whether it was met."""
    process = city.start(*RUN)
    deadline = time.monotonic() + after
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    met = process.poll() is None and strikes.strike(way, city.home, process.pid, chance)
    return ended(process), met


def traceback_of(where: str, done: Ended) -> tuple[str, ...]:
    """A command that printed a traceback, as a violation."""
    return (f"{where}: a traceback: {done.text[-3000:]}",) if done.traceback else ()
