"""Four kinds of source whose records leave, come back, and are called otherwise, for `proofs.departures`."""

from __future__ import annotations

import hashlib
import json
import shutil
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from contracts.local_time import LOCAL
from twins.city.fields import REGISTER_FIELDS
from twins.departures import Departed, chosen
from twins.digitised import departures as store_departures
from twins.digitised.store import HELD
from twins.population import City

DUMP = "register-dump"


@dataclass
class DepartingSource:
    """A source whose records leave, come back, and are called otherwise."""

    name: str
    stream: str
    depart: Callable[[str, int, int, bool], Departed]
    """What happens, to how many, by which seed, and whether in silence."""
    keys: set[str] = field(default_factory=set)
    """What the source has, by what happened to it."""
    passing: set[str] = field(default_factory=set)
    """New keys that were changed again: a reading of dumps sees each dump, so these too."""

    def let(self, what: str, number: int, seed: int) -> Departed:
        """Let it happen, to half of them in silence."""
        done: Departed = []
        for silent, count in ((False, number // 2), (True, number - number // 2)):
            part = self.depart(what, count, 2 * seed + silent, silent) if count else []
            self.keys -= {old for old, _ in part if old is not None}
            self.keys |= {new for _, new in part if new is not None}
            self.passing |= {new for _, new in part if new is not None}
            done += part
        return done


def over_http(address: str, system: str, contract: str, name: str) -> DepartingSource:
    """A system behind the twins' control API."""

    def happen(what: str, count: int, seed: int, silent: bool) -> Departed:
        asked = {"system": system, "what": what, "count": count, "seed": seed, "silent": silent, "register": contract}
        with urllib.request.urlopen(f"{address}/control/depart", json.dumps(asked).encode(), timeout=60) as reply:
            return [(old, new) for old, new in json.load(reply)["departed"]]

    return DepartingSource(name, f"{system}.{contract}", happen)


def in_sql(owner: str) -> DepartingSource:
    """The store of digitised books, by its owner's URL."""
    return DepartingSource(
        "store in SQL",
        "digitised-store.birth",
        lambda what, count, seed, silent: store_departures.depart(
            owner, "birth", what, count, seed, silent=silent, years=HELD
        ),
    )


@dataclass
class Dumps:
    """A register that hands over all its births as one file, each time anew."""

    folder: Path
    now: Callable[[], datetime]
    rows: dict[str, dict[str, Any]]
    gone: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: int = 0

    def source(self) -> DepartingSource:
        self.write()
        return DepartingSource("dump in files", f"{DUMP}.birth", self.depart)

    def depart(self, what: str, count: int, seed: int, silent: bool) -> Departed:
        rng, stamp = np.random.default_rng(seed), self.now().astimezone(LOCAL).isoformat(timespec="seconds")
        new = {} if silent else {"ngayCapNhat": stamp}
        done: Departed = []
        for key in chosen(sorted(self.gone if what == "restored" else self.rows), count, rng):
            if what == "restored":
                self.rows[key] = self.gone.pop(key) | new
                done.append((None, key))
            elif what == "deleted":
                self.gone[key] = self.rows.pop(key)
                done.append((key, None))
            else:
                other = f"{key}.{seed}"
                self.rows[other] = self.rows.pop(key) | {"id": other} | new
                done.append((key, other))
        self.write()
        return done

    def write(self) -> None:
        """A new dump with its manifest, which is written last."""
        self.files += 1
        name = f"births_{self.files:04}.ndjson"
        body = b"".join(msgspec.json.encode(row) + b"\n" for row in self.rows.values())
        (self.folder / name).write_bytes(body)
        file = {"name": name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        manifest = {"time": self.now().isoformat(), "files": [file]}
        (self.folder / f"{name}.manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def with_dumps(shipped: Path, folder: Path, files: Path) -> Path:
    """A copy of a deployment with one system more, which delivers dumps, and with all years of the store."""
    deployment = Path(shutil.copytree(shipped, folder / shipped.name))
    store = deployment / "systems" / "digitised-store.yaml"
    described = store.read_text(encoding="utf-8")
    wider = described.replace("from: 2005, to: 2006", f"from: {HELD[0]}, to: {HELD[1]}")
    store.write_text(wider, encoding="utf-8")
    files.mkdir(exist_ok=True)
    (deployment / "systems" / f"{DUMP}.yaml").write_text(
        f'system: {DUMP}\ntitle: Bản xuất sổ khai sinh\ndialect: register_dumps\naddress: "{{data}}"\n'
        'owner: Sở Tư pháp\nschedule: "0 1 * * *"\nwatch: cron\noverlap: 1d\ncontracts: [birth]\n'
        'options: {files: {birth: "births_*.ndjson"}, full_list: newest}\n',
        encoding="utf-8",
    )
    return deployment


def births(city: City) -> dict[str, dict[str, Any]]:
    """The births of a city, as a dump has them."""
    frame = city.registers["birth"].select(REGISTER_FIELDS["birth"])
    return {row["id"]: row for row in frame.iter_rows(named=True)}
