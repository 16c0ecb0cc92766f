"""Measures a pair: both questions in turn, in one process and one database, so that both sides meet the same noise.

    A B B A   A B B A ...   garbage collector off; every 40 rounds the tables of questions are emptied

A pair whose medians are apart is measured again, up to three times as long in all. Every trial counts, so a busy moment
fades and a real difference stays.
"""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from proofs.timing.doors import Doors
from proofs.timing.on_record import TABLES
from proofs.timing.pairs import Pair

BOUND = 0.05
"""Greatest allowed difference of the medians of a pair, as a share."""
WARM_UP = 20
"""Rounds before the first trial."""
FORGET_EVERY = 40
"""Rounds after which what was noted of questions goes: neither a limit nor a growing log must reach the measurement."""
TIMES = 3
"""How often a pair is measured at most."""
ORDER = (0, 1, 1, 0)


class AnswersDiffer(Exception):
    """The two answers of a pair are not the same: then there is nothing to hide, and nothing to compare."""


@dataclass
class Measured:
    """The trials of a pair, in seconds."""

    title: str
    taken: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    @property
    def medians(self) -> tuple[float, float]:
        return statistics.median(self.taken[0]), statistics.median(self.taken[1])

    @property
    def ratio(self) -> float:
        """The second median as a share of the first."""
        return self.medians[1] / self.medians[0]

    @property
    def ratio_of_quick(self) -> float:
        """The same of the first deciles: of the trials that no other program disturbed. Printed, and decides nothing."""
        first, second = (statistics.quantiles(side, n=10)[0] for side in self.taken)
        return second / first

    @property
    def within(self) -> bool:
        return abs(self.ratio - 1) <= BOUND

    @property
    def line(self) -> str:
        """Title, both medians in ms, their ratio, the ratio of the first deciles, trials a side, verdict."""
        first, second = (median * 1000 for median in self.medians)
        figures = f"{first:>8.3f} {second:>8.3f} {self.ratio:>7.3f} {self.ratio_of_quick:>7.3f}"
        verdict = "within" if self.within else "APART"
        return f"{self.title:<66}{figures} {len(self.taken[0]):>6}  {verdict} {BOUND:.0%}"


def prepare(doors: Doors, admin: str) -> None:
    """Put on record what is others', and keep a copy, which comes back whenever the tables are emptied.

    `admin`: the superuser's URL of the database.
    """
    assert doors.on_record.decisions
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("create schema proof")
        for name in TABLES:
            names = {"name": sql.Identifier(name)}
            connection.execute(sql.SQL("create table proof.{name} as table hub.{name}").format(**names))


def measure(doors: Doors, pair: Pair, trials: int, admin: str) -> Measured:
    """At least `trials` questions a side.

    Raises:
        AnswersDiffer: the sides are not answered alike.
    """
    measured = Measured(pair.title)
    _forget(admin)
    for _ in range(WARM_UP):
        if pair.ask(doors, 0) != pair.ask(doors, 1):
            raise AnswersDiffer(pair.title)
    gc.disable()
    try:
        for _ in range(TIMES):
            _rounds(doors, pair, measured, (trials + 1) // 2, admin)
            if measured.within:
                break
    finally:
        gc.enable()
    return measured


def _rounds(doors: Doors, pair: Pair, measured: Measured, rounds: int, admin: str) -> None:
    for number in range(rounds):
        if number % FORGET_EVERY == 0:
            gc.collect()
            _forget(admin)
            for side in ORDER:  # what was emptied is read anew once
                pair.ask(doors, side)
        for side in ORDER:
            start = time.perf_counter()
            pair.ask(doors, side)
            measured.taken[side].append(time.perf_counter() - start)


def _forget(admin: str) -> None:
    """Empty what the hub notes of questions, but for what `prepare` kept.

    Its tables are only ever appended to, but for the superuser of this server of the proof's own.
    """
    with psycopg.connect(admin) as connection:
        connection.execute("set session_replication_role = replica")
        noted = connection.execute("""
            select relname from pg_class where relnamespace = 'hub'::regnamespace and relkind = 'r'
            and relname ~ '^(audit|decision|error_report|ministry|receipt|alert|limit|miss|question|case_request)'""").fetchall()
        tables = sql.SQL(", ").join(sql.Identifier("hub", name) for (name,) in noted)
        connection.execute(sql.SQL("truncate {}").format(tables))
        for name in TABLES:
            query = sql.SQL("insert into hub.{name} overriding system value table proof.{name}")
            connection.execute(query.format(name=sql.Identifier(name)))
