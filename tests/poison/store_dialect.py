"""A poisoned store of digitised books: rows of a real PostgreSQL whose values no text stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

from tests.connectors.plain_stores import CONTRACT, NOW, PLACES, postgres_store, row

from .dialect import Place, Served

OF_A_ROW: dict[str, dict[str, object]] = {
    "a time of infinity": {"ThoiDiem": "infinity"},
    "a year of five digits": {"ThoiDiem": "12022-01-01"},
    "a time before Christ": {"ThoiDiem": "0044-03-15 BC"},
    "a number that is none": {"DienTich": "NaN"},
    "a place of two units": {"noiDangKy": 13},
    "no key": {"ID": None},
}


class StoreDialect:
    """A table with its places."""

    contract = CONTRACT
    now = NOW
    kinds = tuple(OF_A_ROW)

    @contextmanager
    def opened(self, place: Place, count: int, bad: Mapping[int, int], size: int) -> Iterator[Served]:
        given = []
        for number in range(count):
            kind = bad.get(number, -1)
            values = [*OF_A_ROW.values()][kind] if 0 <= kind < len(OF_A_ROW) else {}
            given.append(row(number, **{"SoHieu": self.mark(number).decode(), **values}))
            if kind >= len(OF_A_ROW):
                given.append({**given[-1], "Ten": "Khác" if kind > len(OF_A_ROW) else given[-1]["Ten"]})
        places = (*PLACES, (13, 1, "26740"), (13, 1, "26743"))
        with postgres_store(place.server, place.folder, given, places, types={"ThoiDiem": "timestamptz"}) as store:
            source = store.opened(page_size=size)

            def mend(number: int, moved: bool) -> None:
                row_of = row(number)
                later = "timestamp '2026-06-01 08:00'" if moved else '"NgayCapNhat"'
                values = [
                    row_of["ID"],
                    row_of["ThoiDiem"],
                    row_of["DienTich"],
                    row_of["noiDangKy"],
                    self.mark(number).decode(),
                ]
                with psycopg.connect(store.system.address.replace("://", "://plain-owner:owner@")) as owner:
                    owner.execute(
                        f"""update "DS" set "ID" = %s, "ThoiDiem" = %s, "DienTich" = %s, "noiDangKy" = %s,
                            "NgayCapNhat" = {later} where "SoHieu" = %s""".encode(),
                        values,
                    )

            yield Served(source, mend)
            source.close()

    def key(self, number: int) -> str:
        return f"K{number:06d}"

    def mark(self, number: int) -> bytes:
        return f"S{number:06d}".encode()


STORE_DIALECTS = {"store of digitised books": StoreDialect()}
