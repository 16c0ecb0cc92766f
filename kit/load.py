#!/usr/bin/env python3
"""Apply a chain of deliveries to a table of your own, in SQLite or PostgreSQL, each delivery once and whole.

    python load.py FEED --keys FOLDER --private opening.pem --into sqlite:///city.db
    python load.py FEED --keys FOLDER --private opening.pem --into postgresql://user@host/name

SQLite needs nothing more; PostgreSQL needs `pip install psycopg`. Start it again whenever new deliveries have come: it
goes on behind the last one. Two tables are made: one called after the dataset, with all columns as text, and
`_deliveries`, which says what was applied. Stands beside verify.py.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from verify import Delivery, Refused, Row, expired, pinned, private_key, rows, verify, verify_chain

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
SEVERAL = 1000
"""Rows that are written at once."""


class Store:
    """A database that takes deliveries."""

    def __init__(self, address: str) -> None:
        if address.startswith("sqlite:///"):
            self.connection: Any = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
            self._mark, self._begin = "?", "begin immediate"
        elif address.startswith(("postgresql://", "postgres://")):
            try:
                import psycopg
            except ImportError:
                sys.exit("PostgreSQL needs a driver: pip install 'psycopg[binary]'")
            self.connection = psycopg.connect(address, autocommit=True)
            self._mark, self._begin = "%s", "begin"
        else:
            sys.exit("--into is sqlite:///FILE or postgresql://...")
        self._do(
            "create table if not exists _deliveries (feed text not null, sequence bigint not null,"
            " manifest_sha256 text not null, put bigint not null, deleted bigint not null, applied_at text not null,"
            " primary key (feed, sequence))"
        )

    def last(self, feed: str) -> Optional[tuple[int, str]]:
        """Number and manifest hash of the delivery that was applied last."""
        query = "select sequence, manifest_sha256 from _deliveries where feed = $ order by sequence desc limit 1"
        found = self._do(query, (feed,)).fetchone()
        return (found[0], found[1]) if found else None

    def apply(self, delivery: Delivery, content: Iterator[Row], now: datetime) -> None:
        """Apply one delivery in one transaction: all of it, or nothing."""
        manifest = delivery.manifest
        table, columns = _name(manifest["contract"]["dataset"]), [_name(each) for each in manifest["columns"]]
        self._do(self._begin)
        try:
            made = ", ".join(f"{each} text" for each in columns)
            self._do(
                f"create table if not exists {table} (_system text not null, _key text not null, _version text not null,"
                f" _sequence bigint not null, {made}, primary key (_system, _key))"
            )
            if manifest["kind"] == "snapshot":  # what it does not hold is gone
                self._do(f"delete from {table}")
            names = ["_system", "_key", "_version", "_sequence", *columns]
            renewed = ", ".join(f"{each} = excluded.{each}" for each in names[2:])
            put = (
                f"insert into {table} ({', '.join(names)}) values ({', '.join('$' * len(names))})"
                f" on conflict (_system, _key) do update set {renewed}"
            )
            held: list[tuple[Any, ...]] = []
            for row in content:
                if row.op == "put":
                    values = row.values or {}
                    texts = [None if values[each] is None else str(values[each]) for each in manifest["columns"]]
                    held.append((row.system, row.key, row.version, manifest["sequence"], *texts))
                if held and (len(held) == SEVERAL or row.op == "delete"):  # in the order of the delivery
                    self._many(put, held)
                    held = []
                if row.op == "delete":
                    self._do(f"delete from {table} where _system = $ and _key = $", (row.system, row.key))
            if held:
                self._many(put, held)
            counts = manifest["counts"]
            said = (manifest["feed"], manifest["sequence"], delivery.digest, counts["put"], counts["delete"])
            self._do("insert into _deliveries values ($, $, $, $, $, $)", (*said, now.isoformat()))
        except BaseException:
            self._do("rollback")
            raise
        self._do("commit")

    def _do(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        cursor = self.connection.cursor()
        cursor.execute(statement.replace("$", self._mark), values)
        return cursor

    def _many(self, statement: str, values: list[tuple[Any, ...]]) -> None:
        self.connection.cursor().executemany(statement.replace("$", self._mark), values)


def _name(name: str) -> str:
    """A name of the manifest as SQL. It is signed, and it is looked at all the same."""
    if not NAME.fullmatch(name):
        sys.exit(f"the manifest has a name that is none for a table or column: {name!r}")
    return f'"{name}"'


def load(feed: Path, keys: Path, private: Path, into: str, now: datetime) -> int:
    """Apply what is new of a feed; returns the number of deliveries. Raises Refused at the first that is not good."""
    trusted, opening, store = pinned(keys), private_key(private, X25519PrivateKey), Store(into)
    before: Optional[Delivery] = None
    applied = 0
    if (last := store.last(_feed_name(feed))) is not None:
        before = verify(feed / f"{last[0]:08d}", trusted)
        if before.digest != last[1]:
            raise Refused("fork", before.folder)
    for delivery in verify_chain(feed, trusted, before):
        store.apply(delivery, rows(delivery, opening), now)
        counts = delivery.manifest["counts"]
        print(f"applied {delivery.manifest['id']}: {counts['put']} put, {counts['delete']} deleted")
        before, applied = delivery, applied + 1
    if before is not None and expired(before.manifest, now):
        print(f"WARNING: the newest delivery had use value until {before.manifest['valid_until']}", file=sys.stderr)
    return applied


def _feed_name(feed: Path) -> str:
    return feed.resolve().name


def main(arguments: Optional[list[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("feed", type=Path, help="the folder that is called after the feed")
    parser.add_argument("--keys", type=Path, required=True, help="folder of the city's public keys")
    parser.add_argument("--private", type=Path, required=True, help="your opening.pem")
    parser.add_argument("--into", required=True, help="sqlite:///FILE or postgresql://...")
    parser.add_argument("--now", type=datetime.fromisoformat, help="another moment than now, with its time zone")
    given = parser.parse_args(arguments)
    try:
        count = load(given.feed, given.keys, given.private, given.into, given.now or datetime.now(timezone.utc))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print(f"{count} deliveries applied")
    return 0


if __name__ == "__main__":
    sys.exit(main())
