"""Poisoned files: CSV and workbooks on an SFTP server, and dumps of a register in a folder."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import asyncssh
import openpyxl
import polars as pl

from connectors import System, open_source
from contracts.load import load_contracts
from tests.connectors import dump_files
from tests.connectors.sftp_server import LOGIN, Server
from tests.connectors.sheets import changed, saved
from tests.connectors.trial_lists import NOW, TRIAL

from .dialect import Place, Served

TITLES = ("ma", "ten", "soHieu", "soLuong")

CSV_LINES: dict[str, Callable[[bytes], bytes]] = {
    "a value too many": lambda line: line + b",x",
    "a value too few": lambda line: line.rpartition(b",")[0],
    "a quote within a value": lambda line: line.replace("Hộ".encode(), '"Hộ" '.encode()),
    "a byte that is no UTF-8": lambda line: line.replace("Hộ".encode(), b"H\xe9"),
    "a NUL": lambda line: line.replace("Hộ".encode(), b"H\0"),
    "a number that is none": lambda line: line.rpartition(b",")[0] + b",hai",
}
CELLS: dict[str, Callable[[int], str]] = {
    "an error": lambda row: f'<c r="C{row}" t="e"><v>#REF!</v></c>',
    "a formula without a result": lambda row: f'<c r="C{row}"><f>1+1</f></c>',
    "a number of 19 digits": lambda row: f'<c r="C{row}"><v>1234567890123456789</v></c>',
    "a text that is not there": lambda row: f'<c r="C{row}" t="s"><v>99999999</v></c>',
    "half a character": lambda row: f'<c r="C{row}" t="inlineStr"><is><t>a_xD83D_</t></is></c>',
    "two values for one cell": lambda row: f'<c r="C{row}"><v>1</v></c><c r="C{row}"><v>2</v></c>',
}


TWICE: tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]] = (
    lambda line: line + b"\n" + line,
    lambda line: line + b"\n" + line.replace("Hộ".encode(), b"Khac").replace("Nguyễn".encode(), b"Khac"),
)
"""A line that comes twice, with one content and with two."""


def _listed(count: int) -> list[list[str]]:
    return [[_key(number), f"Hộ {number}", f"S{number}", "7"] for number in range(count)]


def _key(number: int) -> str:
    return f"M{number:06d}"


def csv_body(count: int, bad: Mapping[int, int]) -> bytes:
    lines = [",".join(row).encode() for row in _listed(count)]
    for number, kind in bad.items():
        lines[number] = [*CSV_LINES.values(), *TWICE][kind](lines[number])
    return b"\n".join([",".join(TITLES).encode(), *lines, b""])


def xlsx_body(count: int, bad: Mapping[int, int]) -> bytes:
    book = openpyxl.Workbook()
    again = {number: kind - len(CELLS) for number, kind in bad.items() if kind >= len(CELLS)}
    repeated = [
        [key, "Khác" if again[n] else name, *more] for n, (key, name, *more) in enumerate(_listed(count)) if n in again
    ]
    for row in ([*TITLES], *_listed(count), *repeated):
        book.active.append(row)

    def spoil(sheet: str) -> str:
        for number, kind in [each for each in bad.items() if each[0] not in again]:
            start = sheet.index(f'<c r="C{number + 2}"')
            end = sheet.index("</c>", start) + 4
            sheet = sheet[:start] + [*CELLS.values()][kind](number + 2) + sheet[end:]
        return sheet

    return changed(saved(book), spoil)


@dataclass(frozen=True)
class SftpDialect:
    """A list on an SFTP server, without a manifest, two hours old."""

    name: str
    body: Callable[[int, Mapping[int, int]], bytes]
    kinds: tuple[str, ...]
    contract = TRIAL
    now: datetime = NOW

    @contextmanager
    def opened(self, place: Place, count: int, bad: Mapping[int, int], size: int) -> Iterator[Served]:
        path = place.folder / self.name
        path.write_bytes(self.body(count, bad))
        os.utime(path, ((NOW - timedelta(hours=2)).timestamp(),) * 2)
        key = asyncssh.generate_private_key("ssh-ed25519")
        server = Server(place.folder, key)
        try:
            options = {
                "manifests": False,
                "settle_s": 0.01,
                "deadline_s": 60.0,
                "files": {"trial_list": "ds*"},
                "columns": {"trial_list": [*TITLES]},
                "host_key": key.export_public_key().decode().strip(),
            }
            address = f"sftp://127.0.0.1:{server.port}/"
            system = System("lists", "Danh sách", "table_files", address, LOGIN, options, place.folder, now=lambda: NOW)
            source = open_source(system, TRIAL)
            left = dict(bad)

            def mend(number: int, moved: bool) -> None:
                del left[number]
                path.write_bytes(self.body(count, left))
                os.utime(path, ((NOW - timedelta(hours=1)).timestamp(),) * 2)

            yield Served(source, mend)
            source.close()
        finally:
            server.stop()

    def key(self, number: int) -> str:
        return _key(number)

    def mark(self, number: int) -> bytes:
        return _key(number).encode()


NDJSON_LINES: dict[str, Callable[[bytes], bytes]] = {
    "a line break in a text": lambda line: line.replace(b'"ghiChu":null', b'"ghiChu":"a\tb"'),
    "a byte that is no UTF-8": lambda line: line.replace(b'"ghiChu":null', b'"ghiChu":"a\xffb"'),
    "half a character": lambda line: line.replace(b'"ghiChu":null', rb'"ghiChu":"\ud800"'),
    "a line that is cut": lambda line: line[:-1],
    "a key twice": lambda line: line.replace(b'"so":', b'"so":"x","so":', 1),
    "a field nobody knows": lambda line: line[:-1] + b',"la":"x"}',
}
DUMP_LINES: dict[str, Callable[[bytes], bytes]] = {
    **{name: CSV_LINES[name] for name in ("a value too many", "a value too few")},
    "a quote within a value": lambda line: line.replace("Nguyễn".encode(), '"Nguyễn" '.encode()),
    "a byte that is no UTF-8": lambda line: line.replace("Nguyễn".encode(), b"Nguy\xe9n"),
    "a NUL": lambda line: line.replace("Nguyễn".encode(), b"Nguy\0n"),
    "a day that is none": lambda line: line.replace(b"01.05.2022", b"31.02.2022"),
}
PARQUET_ROWS: dict[str, dict[str, object]] = {
    "a day of the year 12022": {"ngayDangKy": 3671541},
    "a day before Christ": {"ngayDangKy": -735457},
    "no name": {"nksHoTen": None},
    "no book": {"quyenSo": None},
    "a gender that is no code": {"nksGioiTinh": "x"},
    "a birth day that is none": {"nksNgaySinh": "31.02.2022"},
}


def _births(count: int) -> pl.DataFrame:
    one = dump_files.FRAME[0].to_dicts()[0] | {"nksGioiTinh": "1", "nksNgaySinh": "01.05.2022", "ghiChu": None}
    rows = [
        {**one, "id": f"{n:06d}.KS", "ngayCapNhat": f"2022-05-01T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}+07:00"}
        for n in range(count)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(one, pl.String))


def ndjson_dump(count: int, bad: Mapping[int, int]) -> bytes:
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() for row in _births(count).to_dicts()]
    for number, kind in bad.items():
        lines[number] = [*NDJSON_LINES.values(), *TWICE][kind](lines[number])
    return b"\n".join([*lines, b""])


def csv_dump(count: int, bad: Mapping[int, int]) -> bytes:
    head, *lines = _births(count).write_csv().encode().splitlines()
    for number, kind in bad.items():
        lines[number] = [*DUMP_LINES.values(), *TWICE][kind](lines[number])
    return b"\n".join([head, *lines, b""])


def parquet_dump(count: int, bad: Mapping[int, int]) -> bytes:
    day = (date(2022, 5, 1) - date(1970, 1, 1)).days
    rows = [{**row, "ngayDangKy": day} for row in _births(count).to_dicts()]
    for number, kind in sorted(bad.items(), reverse=True):
        if kind >= len(PARQUET_ROWS):
            rows.insert(number, rows[number] | ({"nksHoTen": "Khác"} if kind > len(PARQUET_ROWS) else {}))
        else:
            rows[number] |= [*PARQUET_ROWS.values()][kind]
    schema = {name: pl.Int32 if name == "ngayDangKy" else pl.String for name in rows[0]}
    made = io.BytesIO()
    pl.DataFrame(rows, schema=schema).with_columns(pl.col("ngayDangKy").cast(pl.Date)).write_parquet(made)
    return made.getvalue()


@dataclass(frozen=True)
class DumpDialect:
    """A dump of births in a folder, with its manifest."""

    name: str
    body: Callable[[int, Mapping[int, int]], bytes]
    kinds: tuple[str, ...]
    contract = load_contracts()["birth"]
    now: datetime = dump_files.NOW

    @contextmanager
    def opened(self, place: Place, count: int, bad: Mapping[int, int], size: int) -> Iterator[Served]:
        dump_files.put(place.folder, self.name, self.body(count, bad))
        source = open_source(dump_files.system(place.folder, page_records=size), self.contract)
        left = dict(bad)

        def mend(number: int, moved: bool) -> None:
            del left[number]
            dump_files.put(place.folder, self.name, self.body(count, left), dump_files.SENT + timedelta(hours=1))

        yield Served(source, mend)
        source.close()

    def key(self, number: int) -> str:
        return f"{number:06d}.KS"

    def mark(self, number: int) -> bytes:
        return self.key(number).encode()


FILE_DIALECTS = {
    "CSV over SFTP": SftpDialect("ds.csv", csv_body, tuple(CSV_LINES)),
    "a workbook over SFTP": SftpDialect("ds.xlsx", xlsx_body, tuple(CELLS)),
    "a dump of lines": DumpDialect("births.ndjson", ndjson_dump, tuple(NDJSON_LINES)),
    "a dump as CSV": DumpDialect("births.csv", csv_dump, tuple(DUMP_LINES)),
    "a dump as Parquet": DumpDialect("births.parquet", parquet_dump, tuple(PARQUET_ROWS)),
}
