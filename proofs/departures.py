"""Deletes, restorations and new keys at the sources: after the next listing the city equals them, and a person ends what left.

    python -m proofs.departures [--number 1000] [--records 100000] [--dossiers 3000] [--seed 1]

Over a store in SQL, a one-stop system, the civil registry, and a dump of a register in files. At each: records are
deleted and others get new keys, half of both in silence, so that no reading of changes sees it; a reading ends nothing;
a listing finds all of it, and nothing else; a named person releases what left; what was deleted is restored, half in
silence; the next listing brings it back. What each source has is known from what the twins were asked to do, not from
the listing. Writes proofs/departures.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contracts.deployment.files import ListingTerms
from hub.app import Hub
from hub.cases import departures
from hub.cases.findings import FindingFilter
from hub.cases.key_listing import KeyListing
from hub.core import events
from hub.core.actions import Actor
from hub.core.database import identifier
from hub.core.settings import ROOT, read_settings
from hub.demonstration.local_stack import standing
from hub.terminal import show
from proofs.departing_sources import DepartingSource, Dumps, births, in_sql, over_http, with_dumps
from twins.population import AS_OF, REFERENCE, build_city

RESULTS = Path(__file__).parent / "departures.json"
MINH = Actor("Minh", "Đã đối chiếu với đơn vị.")
LOOSE = ListingTerms.model_validate({"most_gone": "100%"})


class Differs(AssertionError):
    """The city does not equal its source."""


def proved(hub: Hub, source: DepartingSource, number: int, seed: int) -> dict[str, Any]:
    """Walk one source through it; figures. Raises Differs."""
    city = CityStream(hub, source.stream)
    city.sync("full")
    source.keys = city.here()
    city.listed()
    _equal("before anything happens", source.keys, city.here(), city.left())

    before = set(source.keys)
    deleted, rekeyed = source.let("deleted", number, seed), source.let("rekeyed", number, seed + 1)
    old, passing = before - source.keys, source.passing - source.keys
    city.sync("live")
    if city.left():
        raise Differs(f"{source.stream}: {len(city.left())} records ended by absence from a page")
    found, seconds = city.listed(), city.seconds
    city.until_nothing_waits()
    _equal("after the listing", source.keys, city.here() - city.left(), city.left() - old - passing)
    if not old <= city.left() or found["gone"] != len(city.left()):
        raise Differs(f"{source.stream}: {len(city.left())} records are said to have left, and {len(old)} did")

    released = city.release()
    restored = source.let("restored", number, seed + 2)
    city.sync("live")
    back = city.listed()
    city.until_nothing_waits()
    _equal("after the restoration", source.keys, city.here() - city.left(), city.left() & source.keys)
    return {
        "source": source.name,
        "records": len(source.keys),
        "deleted": len(deleted),
        "rekeyed": len(rekeyed),
        "gone": found["gone"],
        "linked": found["rekeyed"],
        "asked for": found["new"],
        "released": released,
        "restored": len(restored),
        "back": back["back"],
        "ended by a page": 0,
        "listing_s": round(seconds, 2),
    }


@dataclass
class CityStream:
    """One stream, as the hub has it."""

    hub: Hub
    stream: str
    seconds: float = 0.0

    def sync(self, mode: Any) -> None:
        self.hub.exchange(self.stream, on_event=events.ignore).sync(mode=mode)

    def listed(self) -> Mapping[str, int]:
        """What a listing finds."""
        began = time.monotonic()
        found = KeyListing(self.hub.exchange(self.stream, on_event=events.ignore), LOOSE).take()
        self.seconds = time.monotonic() - began
        return found.counts

    def until_nothing_waits(self) -> None:
        """What the listing could not ask for comes with a reading: a dump is read when its file is newer."""
        self.sync("live")
        waiting = self.listed()["waiting"]
        if waiting:
            raise Differs(f"{self.stream}: {waiting} records still wait for a reading")

    def here(self) -> set[str]:
        """Keys of current records, and of open cases."""
        dataset = self.hub.contracts[self.hub.deployment.stream(self.stream).contract].datasets[0]
        return self._keys(
            f"select _key from warehouse.{identifier(dataset.table)} where _system = :system"
            """ union select record_key from hub."case" where stream = :stream and dataset = :dataset and state = 'open'
                and record_key is not null""",
            dataset=dataset.name,
        )

    def left(self) -> set[str]:
        """Keys of what left its source, by the hub's word."""
        return self._keys(
            "select record_key from hub.finding where stream = :stream and rule = 'record.left-source' and resolved_at is null"
        )

    def release(self) -> int:
        with self.hub.engine.begin() as connection:
            wanted = FindingFilter(stream=self.stream)
            return len(departures.release(connection, wanted, MINH, self.hub.scenario.now()))

    def _keys(self, query: str, **more: str) -> set[str]:
        given = {"stream": self.stream, "system": self.stream.split(".", 1)[0], **more}
        with self.hub.engine.connect() as connection:
            found = connection.scalars(sa.text(query), {k: v for k, v in given.items() if f":{k}" in query})
            return set(found)


def _equal(when: str, there: set[str], here: set[str], wrong: set[str]) -> None:
    if there != here or wrong:
        lacking, more = len(there - here), len(here - there)
        raise Differs(
            f"{when}: {lacking} records lack here, {more} are here only, {len(wrong)} are wrongly said to have left"
        )


def main() -> None:
    """All four, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.departures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--number", type=int, default=1_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--dossiers", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = {
            "home": folder / "home",
            "deployment": with_dumps(ROOT / "deployments" / "hcmc", folder, folder / "dumps"),
            "data": folder / "dumps",
            "records": asked.records,
            "dossiers": asked.dossiers,
            "seed": asked.seed,
            "port_base": 8970,
        }
        with standing(read_settings(**given)) as (hub, twins):
            twins.wait()
            owner = (hub.scenario.folder / "store.url").read_text(encoding="utf-8").strip()
            own = births(build_city(max(10_000, 5 * asked.number), 10, asked.seed, AS_OF, reference=REFERENCE))
            sources = [
                over_http(twins.address, "one-stop-760", "dossier", "one-stop over REST"),
                over_http(twins.address, "moj-registry", "death", "civil registry over SOAP"),
                in_sql(owner),
                Dumps(folder / "dumps", hub.scenario.now, own).source(),
            ]
            rows = [proved(hub, source, asked.number, asked.seed) for source in sources]
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    show(rows, as_json=False, title=f"{asked.number:,} deletions, new keys and restorations at each source")


if __name__ == "__main__":
    main()
