"""Compares the warehouse with the office's whole history. Says what is wrong, in words; an empty list is the proof.

Two examinations. `standing` holds at any instant, also right after a kill: nothing half-written,
nothing twice, the position not ahead of the data. `drained` holds once a restart came to the end of
the window: nothing lost.

What counts as lost: (1) the newest version of a record is not in the warehouse (faulty: not a
case); (2) a version that an applied batch received is neither current, nor in history, nor a case.
A version that was superseded at the office before any applied batch had read it was never ours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from connectors.interface import Position
from hub.core.crypto import Keys
from hub.load.landing import Landing
from tests.crash.office import START, Office, moment

Rows = list[tuple[Any, ...]]

ROWS = """
    select {values}, '{table}' as place, _version, _batch, null as _end from warehouse.{table}
    union all select {values}, 'history', _version, _batch, _end from history.{table}"""


@dataclass
class Checker:
    """Looks at one database from outside the hub, with SQL and JSON of its own."""

    url: str
    office: Office
    landing: Path
    keys: Keys
    tables: tuple[str, ...]
    """Of the contract: paper, and paper_part where files have papers."""

    def standing(self) -> list[str]:
        """What must hold at any instant."""
        with psycopg.connect(self.url) as self._db:
            return [*self._ledger(), *self._chain(), *self._effects(), *self._history(), *self._position()]

    def drained(self) -> list[str]:
        """What must hold after a restart that reached the end."""
        with psycopg.connect(self.url) as self._db:
            return [*self._newest(), *self._stages()]

    # -- at any instant ------------------------------------------------------------------------

    def _ledger(self) -> Iterator[str]:
        """Equations hold; a row a table for every applied batch and for no other; received = records in its bytes."""
        counted = defaultdict(dict)
        for batch, dataset, state, received, *terms in self._ask(
            "select batch, dataset, state, received, accepted, unchanged, duplicate, outdated, quarantined from hub.ledger"
        ):
            counted[batch][dataset] = received
            if state != "applied" or received != sum(terms):
                yield f"ledger: {batch[:8]} {dataset} is {state}, {received} received, terms {terms}"
        applied = {batch for (batch,) in self._ask("select id from hub.batch where state = 'applied'")}
        for batch in applied ^ counted.keys():
            yield f"ledger: {batch[:8]} is {'applied without a ledger row' if batch in applied else 'in the ledger but not applied'}"
        holds: dict[str, Counter[str]] = defaultdict(Counter)
        for batch, paper in self._received():
            holds[batch].update(paper=1, paper_part=len(paper["parts"]))
        for batch, received in counted.items():
            if any(holds[batch][name] != received.get(name) for name in self.tables):
                yield f"ledger: {batch[:8]} received {received}, its landed bytes hold {dict(holds[batch])}"

    def _chain(self) -> Iterator[str]:
        """Every applied batch stands on the one before; the head names the last."""
        following = {}
        for batch, previous in self._ask("select id, previous from hub.batch where state = 'applied'"):
            if previous in following:
                yield f"chain: {batch[:8]} and {following[previous][:8]} stand on one batch"
            following[previous] = batch
        last, walked = None, 0
        while last in following:
            last, walked = following[last], walked + 1
        head = self._ask("select last_batch from hub.stream")[0][0]
        if last != head or walked != len(following):
            yield f"chain: {walked} of {len(following)} batches reach {last}; the head is {head}"

    def _effects(self) -> Iterator[str]:
        """Accepted = rows that carry the batch; quarantined = times that its cases were seen; no version stands twice."""
        for name in self.tables:
            rows = self._ask(ROWS.format(table=name, values="_key"))
            rows_of_batch = Counter(batch for _, _, _, batch, end in rows if end != "outdated")
            accepted = Counter(
                dict(
                    self._ask(
                        f"select b.serial, l.accepted from hub.ledger l join hub.batch b on b.id = l.batch where l.dataset = '{name}' and l.accepted > 0"
                    )
                )
            )
            if rows_of_batch != accepted:
                yield f"{name}: rows carry {sorted((rows_of_batch - accepted).items())} more, {sorted((accepted - rows_of_batch).items())} fewer than were accepted"
            twice = [k for k, n in Counter((key, version) for key, _, version, _, _ in rows).items() if n > 1]
            if twice:
                yield f"{name}: {len(twice)} versions stand twice"
            seen, quarantined = self._ask(
                f"select (select coalesce(sum(seen), 0) from hub.\"case\" where dataset = '{name}'),"
                f" (select coalesce(sum(quarantined), 0) from hub.ledger where dataset = '{name}')"
            )[0]
            if seen != quarantined:
                yield f"{name}: cases were seen {seen} times, the ledger quarantined {quarantined}"

    def _history(self) -> Iterator[str]:
        """Exactly the versions that applied batches received are known: none invented, none dropped."""
        truth = {(key, START.timestamp() + at): paper for (key, at), paper in self.office.versions().items()}
        good, bad = set(), set()
        parts = set()
        for _, paper in self._received():
            key, at = paper["MaHoSo"], moment(paper["NgayCapNhat"]).timestamp()
            if truth.get((key, at)) != paper:
                yield f"history: landed bytes hold a version of {key} that never was"
            if paper["TrangThai"] == "9":
                bad.add((key, at))
            else:
                good.add((key, paper["NoiDung"], paper["TrangThai"]))
                parts |= {(f"{key}|{p['Ten']}", int(p["Gia"])) for p in paper["parts"]}
        yield from _differ(
            "paper versions",
            good,
            {r[:3] for r in self._ask(ROWS.format(table="paper", values="_key, noi_dung, trang_thai"))},
        )
        yield from _differ(
            "part versions", parts, {r[:2] for r in self._ask(ROWS.format(table="paper_part", values="_key, gia"))}
        )
        cases = Counter(key for (key,) in self._ask("select record_key from hub.\"case\" where dataset = 'paper'"))
        if cases != Counter(key for key, _ in bad):
            yield f"cases: {sum(cases.values())} stand for {len(bad)} faulty versions"

    def _position(self) -> Iterator[str]:
        """The position is where the applied batches end, not a step further."""
        ends = [moment(p["NgayCapNhat"]).timestamp() for _, p in self._received()]
        position = self._ask("select position from hub.stream")[0][0]
        reached = Position.from_json(position).changed_at.timestamp() if position else None
        if reached != max(ends, default=None):
            yield f"position: {_clock(reached)}; what was merged ends at {_clock(max(ends, default=None))}"

    # -- at the end ----------------------------------------------------------------------------

    def _newest(self) -> Iterator[str]:
        """Every record's newest version was received, and its newest good version is the current row, with its parts."""
        received: dict[str, dict[float, dict[str, Any]]] = defaultdict(dict)
        for _, paper in self._received():
            received[paper["MaHoSo"]][moment(paper["NgayCapNhat"]).timestamp()] = paper
        newest = {key: START.timestamp() + at for key, at in self.office.newest().items()}
        lost = [key for key, at in newest.items() if at not in received[key]]
        if lost:
            yield f"lost: the newest versions of {len(lost)} of {len(newest)} records were never received"
        papers, parts = set(), set()
        for key, versions in received.items():
            good = [at for at, paper in versions.items() if paper["TrangThai"] != "9"]
            if good:
                paper = versions[max(good)]
                papers.add((key, paper["NoiDung"], paper["TrangThai"], max(good)))
                parts |= {(f"{key}|{p['Ten']}", int(p["Gia"]), max(good)) for p in paper["parts"]}
        stamp = "extract(epoch from _version)::float8"
        yield from _differ(
            "current papers", papers, set(self._ask(f"select _key, noi_dung, trang_thai, {stamp} from warehouse.paper"))
        )
        yield from _differ(
            "current parts", parts, set(self._ask(f"select _key, gia, {stamp} from warehouse.paper_part"))
        )

    def _stages(self) -> Iterator[str]:
        """No orphan stage table, no batch left half-way."""
        for (name,) in self._ask("select tablename from pg_tables where schemaname = 'stage'"):
            yield f"stage: {name} was left behind"
        for batch, state in self._ask("select id, state from hub.batch where state not in ('applied', 'discarded')"):
            yield f"batch: {batch[:8]} was left {state}"

    # -- how -----------------------------------------------------------------------------------

    def _received(self) -> list[tuple[str, dict[str, Any]]]:
        """Batch and record, for all records in the landed bytes of applied batches, read by the checker itself."""
        landing = Landing(self.landing, self.keys)
        pages = self._ask("""
            select b.id, l.sha256 from hub.batch b join hub.batch_page p on p.batch = b.id join hub.landing l on l.id = p.landing
            where b.state = 'applied' order by b.serial, p.number""")
        for _, digest in pages:
            if digest not in _READ:
                _READ[digest] = msgspec.json.decode(landing.read(digest))
        return [(batch, paper) for batch, digest in pages for paper in _READ[digest]]

    def _ask(self, query: str) -> Rows:
        return self._db.execute(query).fetchall()  # type: ignore[arg-type]


_READ: dict[str, list[dict[str, Any]]] = {}
"""Pages read already, by their hash: a suite looks hundreds of times at a landing that only grows."""


def _differ(what: str, due: set[Any], found: set[Any]) -> Iterator[str]:
    if due != found:
        yield f"{what}: {len(due - found)} missing, {len(found - due)} too many"


def _clock(seconds: float | None) -> str:
    return "nowhere" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S}"
