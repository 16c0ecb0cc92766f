"""Records ordered by (change time, number), with pages in the envelope that systems around the national portal share."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from twins.faults import InjectedFault

Record = dict[str, Any]
LARGEST_PAGE = 1000
PLAYS = ("wrong-count", "missing-record", "duplicate-record", "null-share", "refused")
"""Content faults that a page can show."""
STAMP = re.compile(r"[0-9]{14}")


class PagedStore:
    """The records of one system, encoded once."""

    def __init__(self, rows: Sequence[Record], changed: str, number: str) -> None:
        self._changed, self._number = changed, number
        self._rows: list[Record] = list(rows)
        self._keys: list[tuple[str, str]] = []
        self._bodies: list[bytes] = []
        self._sort()

    def count(self) -> int:
        """Records held, doubles included."""
        return len(self._rows)

    def page(self, since: str, after: str, until: str, size: int) -> tuple[list[bytes], bool]:
        """Up to `size` encoded records and whether there are more. Copies of one key are never split between pages."""
        start = bisect_right(self._keys, (since, after)) if after else bisect_left(self._keys, (since, ""))
        stop = bisect_right(self._keys, (until or "9", "\uffff"))
        end = min(start + size, stop)
        if end < stop:
            while end - 1 > start and self._keys[end - 1] == self._keys[end]:
                end -= 1
        return self._bodies[start:end], end < stop

    def _sort(self) -> None:
        self._rows.sort(key=self._key)
        self._keys = [self._key(row) for row in self._rows]
        self._bodies = [msgspec.json.encode(row) for row in self._rows]

    def _key(self, row: Record) -> tuple[str, str]:
        return row[self._changed], row[self._number]


def refusal(code: str, message: str) -> Record:
    """The envelope of a refusal."""
    return {"error_code": code, "message": message, "count": 0, "hasMore": False, "result": []}


def wrong(query: Mapping[str, str], after: str, stamp: re.Pattern[str] = STAMP) -> Record | None:
    """The refusal of a question that cannot be answered, if it is one."""
    size = query.get("soLuong", "500")
    if any(value and not stamp.fullmatch(value) for value in (query.get("tuNgay", ""), query.get("denNgay", ""))):
        return refusal("-2", "Tham số ngày không đúng định dạng")
    if query.get(after) and not query.get("tuNgay"):
        return refusal("-2", f"{after} phải đi cùng tuNgay")
    if not size.isdigit() or not 1 <= int(size) <= LARGEST_PAGE:
        return refusal("-3", f"soLuong phải từ 1 đến {LARGEST_PAGE}")
    return None


def page_of(store: PagedStore, query: Mapping[str, str], after: str, fault: InjectedFault | None) -> bytes:
    """The content of a page, with the content fault applied."""
    bodies, more = store.page(
        query.get("tuNgay", ""), query.get(after, ""), query.get("denNgay", ""), int(query.get("soLuong", "500"))
    )
    count = len(bodies)
    match fault.kind if fault else "":
        case "wrong-count":
            count += 1
        case "missing-record":
            bodies = bodies[:-1]
        case "duplicate-record":
            bodies = bodies + bodies[:1]
            count = len(bodies)
        case "null-share":
            assert fault is not None
            bodies = edited(bodies, lambda record: _blank(record, str(fault.args["field"])))
    head = msgspec.json.encode({"error_code": "0", "message": "Thành công", "count": count, "hasMore": more})
    return head[:-1] + b',"result":[' + b",".join(bodies) + b"]}"


def edited(bodies: list[bytes], change: Callable[[Record], None]) -> list[bytes]:
    """The same records with a change made to each."""
    records = [msgspec.json.decode(b) for b in bodies]
    for record in records:
        change(record)
    return [msgspec.json.encode(r) for r in records]


def _blank(record: Record, field: str) -> None:
    if field in record:
        record[field] = [] if isinstance(record[field], list) else ""
    for value in record.values():
        if isinstance(value, list):
            for child in value:
                if field in child:
                    child[field] = ""
