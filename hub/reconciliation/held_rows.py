"""Rows of one party in a temporary table: PostgreSQL hashes, sums and finds them.

The table has a row a record: where it belongs, the hash of its key (`half`), and its print as two numbers. It lives as
long as its session, and is made by one statement from whatever says what the party holds (`hub/reconciliation/sides.py`).

    said     the texts that must agree, each as its length in bytes, a colon, itself and a comma; null is `-,`
    print    the first 16 bytes of SHA-256 of `said`
    half     the first 8 bytes of SHA-256 of the key

kit/digests.py reckons the same in a receiver's own database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.reconciliation.places import Bucket, Place, PlaceDigest, PrintedRow

ROUND = 1 << 64
AT_ONCE = 20_000
"""Places that are asked about in one statement."""
MOST = 30
"""Texts of one `concat`: PostgreSQL takes at most 100 arguments, and each text is three."""
NAMES = ("register", "unit", "year", "system", "key", "said")
"""Columns of what a table is made from."""

_PLACES = """
    unnest(cast(:registers as text[]), cast(:units as text[]), cast(:years as text[]), cast(:leasts as bigint[]),
           cast(:greatests as bigint[])) with ordinality as p (register, unit, year, least, greatest, place)"""
_AT = "h.register = p.register and h.unit = p.unit and h.year = p.year and h.half between p.least and p.greatest"


def said(parts: Iterable[str]) -> str:
    """SQL: texts as one text, in which none runs into the next.

    `concat` writes a text once, where `||` copies what stands already for each part: a third of the time of all.
    """
    each = [f"coalesce(octet_length({part})::text, '-'), ':' || {part}, ','" for part in parts]
    return " || ".join(f"concat({', '.join(each[n : n + MOST])})" for n in range(0, len(each), MOST))


@dataclass(frozen=True)
class HeldRows:
    """What a party holds, in a session that commits each statement: nobody waits for it."""

    connection: sa.Connection

    @classmethod
    def of(cls, connection: sa.Connection, select: str, values: Mapping[str, object]) -> HeldRows:
        """Rows of a query with the columns of `NAMES`."""
        connection.execute(
            sa.text(f"""
            create temporary table held_rows as
            select register, unit, year, system, key,
                   {_number("named", 1)} as half, {_number("printed", 1)} as first, {_number("printed", 17)} as second
            from (select register, coalesce(unit, '') as unit, coalesce(year, '') as year, system, key,
                         encode(sha256(convert_to(key, 'UTF8')), 'hex') as named,
                         encode(sha256(convert_to(said, 'UTF8')), 'hex') as printed
                  from ({select}) every offset 0) hashed"""),
            values,
        )
        return cls(connection)

    def buckets(self) -> dict[Bucket, PlaceDigest]:
        """The digest of every bucket."""
        query = "select register, unit, year, count(*), sum(first), sum(second) from held_rows group by 1, 2, 3"
        return {
            Bucket(register, unit, year): PlaceDigest(rows, int(first) % ROUND, int(second) % ROUND)
            for register, unit, year, rows, first, second in self.connection.execute(sa.text(query))
        }

    def digests(self, places: Sequence[Place]) -> list[PlaceDigest]:
        """The digests of places, in their order."""
        self._sorted()
        query = sa.text(f"""
            select p.place, count(h.key), coalesce(sum(h.first), 0), coalesce(sum(h.second), 0)
            from {_PLACES} left join held_rows h on {_AT} group by 1 order by 1""")
        return [
            PlaceDigest(rows, int(first) % ROUND, int(second) % ROUND)
            for part in _parts(places)
            for _, rows, first, second in self.connection.execute(query, _bounds(part))
        ]

    def rows(self, places: Sequence[Place]) -> list[PrintedRow]:
        """All rows in places."""
        self._sorted()
        query = sa.text(f"""
            select h.register, h.system, h.key, lpad(to_hex(h.first), 16, '0') || lpad(to_hex(h.second), 16, '0')
            from {_PLACES} join held_rows h on {_AT}""")
        return [
            PrintedRow(*row) for part in _parts(places) for row in self.connection.execute(query, _bounds(part)).all()
        ]

    def _sorted(self) -> None:
        """An index by place: made when it is first needed, so parties that agree pay nothing for it."""
        there = "select to_regclass('pg_temp.held_rows_place') is not null"
        if not self.connection.scalar(sa.text(there)):
            named = "create index held_rows_place on held_rows (register, unit, year, half)"
            self.connection.execute(sa.text(named))
            self.connection.execute(sa.text("analyze held_rows"))


def _number(hash_: str, start: int) -> str:
    """SQL: eight bytes of a hash, in hex, as a number of 64 bits."""
    return f"('x' || substr({hash_}, {start}, 16))::bit(64)::bigint"


def _parts(places: Sequence[Place]) -> Iterator[Sequence[Place]]:
    for start in range(0, len(places), AT_ONCE):
        yield places[start : start + AT_ONCE]


def _bounds(places: Sequence[Place]) -> dict[str, object]:
    return {
        "registers": [place.bucket.register for place in places],
        "units": [place.bucket.unit for place in places],
        "years": [place.bucket.year for place in places],
        "leasts": [place.span[0] for place in places],
        "greatests": [place.span[1] for place in places],
    }
