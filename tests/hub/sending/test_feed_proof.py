"""The way out under kills: what the receiver holds equals what was released, by the kit alone.

`make feed-proof` runs it with 500 records and 300 kills (ITEMS= KILLS= SEED=) and writes proofs/feeds.json.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hub.feeds import signing
from tests.hub.feeds.city import COLUMNS, ROOT
from tests.hub.sending.inbox import Way, paper
from twins.ministry_inbox.misbehaviour import AT_DELIVERY

RESULTS = ROOT / "proofs/feeds.json"
A_DELIVERY = 10
"""Records that are new in each delivery."""
STEPS = 26
"""Highest step at which a sender dies: about one delivery of an untroubled one, so that nearly each run is a kill."""
MOST_TROUBLE = 0.35


class Nursery:
    """Senders in processes of their own."""

    def __init__(self, way: Way, given: Path) -> None:
        self.way, self.given = way, given
        command = [sys.executable, "-m", "tests.hub.sending.sender_process", str(given)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        assert "ready\n" == self._process.stdout.readline()

    def send(self, deadly: int = 0) -> str:
        """One run, which dies at a step; where it died, or how it ended."""
        city = self.way.city
        url = city.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        given = {"url": url, "feed": city.feed, "folder": city.folder, "now": city.clock[0], "deadline_s": 1.0}
        self.given.write_bytes(pickle.dumps(given))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{deadly} {self.way.address}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


def proved(way: Way, folder: Path, items: int, kills: int, seed: int) -> dict[str, Any]:
    """Release, send, kill, until all is settled; then compare. Figures."""
    chance = random.Random(seed)
    way.wrong.seed, way.wrong.share, way.wrong.kinds = seed, MOST_TROUBLE, AT_DELIVERY
    nursery = Nursery(way, folder / "given.pickle")
    killed, released, rotated, corrected, runs = Counter[str](), 0, 0, 0, 0
    try:
        while released < items or sum(killed.values()) < kills or _open(way):
            if not _open(way):
                new = [paper(f"{n:05d}", TrangThai="1") for n in range(released, min(released + A_DELIVERY, items))]
                released += len(new)
                if released >= items // 2 and not rotated:
                    signing.rotate(way.city.builder.signing_keys)
                    rotated += 1
                if released >= items // 2 and not corrected:
                    new.append(paper("00000", 2, TrangThai="2"))
                    corrected += 1
                way.release(*new)
            deadly = chance.randint(1, STEPS) if sum(killed.values()) < kills else 0
            if not deadly:
                way.wrong.share = 0.0
            how, _, step = nursery.send(deadly).partition(" ")
            assert how in ("killed", "ended")
            killed.update([step] if how == "killed" else [])
            runs += 1
    finally:
        nursery.close()
    way.wrong.share = 0.0
    way.release(paper("last", 9))  # what was lost since is missing now, and is sent again
    while way.send().errors:
        runs += 1
    return {
        "records": items + 1,
        "corrections": corrected,
        "keys rotated": rotated,
        "deliveries": len(way.states()),
        "sender killed": sum(killed.values()),
        "killed at": dict(sorted(killed.items())),
        "runs": runs,
        "receiver went wrong": dict(sorted(way.wrong.happened.items())),
        **_compared(way, folder),
    }


def _open(way: Way) -> bool:
    return bool(way.city.rows("select 1 from hub.delivery where state not in ('acknowledged', 'refused') limit 1"))


def _compared(way: Way, folder: Path) -> dict[str, Any]:
    """What the receiver holds, found by the kit's own commands, beside what was released."""
    home, feed = way.receiver.home, way.city.feed.id
    kit = [
        sys.executable,
        str(ROOT / "kit/verify.py"),
        "chain",
        str(home / "feeds" / feed),
        "--keys",
        str(home / "keys"),
    ]
    chain = subprocess.run(kit, capture_output=True, text=True)
    assert (0, "") == (chain.returncode, "".join(x for x in chain.stderr.splitlines() if not x.startswith("WARNING")))
    load = [sys.executable, str(ROOT / "kit/load.py"), str(home / "feeds" / feed), "--keys", str(home / "keys")]
    load += ["--private", str(home / "own/opening.pem"), "--into", f"sqlite:///{folder / 'held.db'}"]
    subprocess.run(load, check=True, capture_output=True)
    with sqlite3.connect(folder / "held.db") as database:
        rows = database.execute(f"select _key, {', '.join(COLUMNS)} from paper").fetchall()
    held = {row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in rows}
    there = way.city.current()
    effects = Counter(way.journal("accepted")) - Counter(way.journal("lost"))
    names = {f"{feed}-{n:08d}" for n in way.states()}
    [equation] = way.city.rows(
        "select sum(released), sum(acknowledged), sum(refused), sum(waiting), sum(unknown) from hub.delivery"
    )
    [sendings] = way.city.rows(
        "select (select count(*) from hub.audit where what = 'sending'), count(*) from hub.sending where what = 'begun'"
    )
    return {
        "verified by the kit": len(chain.stdout.splitlines()),
        "released and held alike": sum(held.get(key) == values for key, values in there.items()),
        "held and not released": len(held.keys() - there.keys()),
        "released and not held": len(there.keys() - held.keys()),
        "duplicates": sum(count - 1 for count in effects.values()),
        "gaps": len(names - effects.keys()),
        "lost by the receiver and sent again": len(way.journal("lost")),
        "equation": dict(
            zip(("released", "acknowledged", "refused", "waiting", "unknown"), map(int, equation), strict=True)
        ),
        "audit rows without a sending, or the other way round": abs(sendings[0] - sendings[1]),
    }


def demand(found: dict[str, Any], items: int, kills: int) -> None:
    assert kills <= found["sender killed"]
    assert items + 1 == found["released and held alike"] == found["records"]
    assert found["deliveries"] == found["verified by the kit"]
    nothing = ("held and not released", "released and not held", "duplicates", "gaps")
    assert [0] * 4 == [found[name] for name in nothing]
    assert 0 == found["audit rows without a sending, or the other way round"]
    equation = found["equation"]
    assert (equation["released"], 0, 0, 0) == tuple(
        equation[n] for n in ("acknowledged", "refused", "waiting", "unknown")
    )
    assert (1, 1) == (found["keys rotated"], found["corrections"])


def test_senders_that_are_killed(way: Way, tmp_path: Path) -> None:
    """Small: what is released arrives once, whatever step a sender dies at and whatever its receiver does wrong."""
    demand(proved(way, tmp_path, items=30, kills=8, seed=4), items=30, kills=8)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_the_proof(way: Way, tmp_path: Path) -> None:
    """Full size, and its figures in proofs/feeds.json."""
    items, kills, seed = (
        int(os.environ.get(name, default)) for name, default in (("ITEMS", 500), ("KILLS", 300), ("SEED", 1))
    )
    found = proved(way, tmp_path, items, kills, seed)
    demand(found, items, kills)
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1, ensure_ascii=False))
