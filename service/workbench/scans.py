"""The scan of a book's page beside a case: shown to whoever has just looked at the record, with a noted reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from hub.access import looks
from hub.cases import listing
from hub.core.errors import NotFound, ReasonMissing
from hub.operations import book_scans, reports
from hub.operations.book_scans import BookScan
from service.workbench.visit import Visit

LOOKED = timedelta(minutes=30)
"""How long a noted look at a record opens its scan."""
POLICY = (
    "default-src 'none'; object-src 'self'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
"""Of a scan alone: the page of its case may show it in a frame, and nothing of it runs."""


def scan_of(visit: Visit, case: dict[str, Any], received: dict[str, Any]) -> BookScan | None:
    """The scan of a case's record; None: no book has one."""
    contract = str(case["stream"]).split(".", 1)[1]
    return book_scans.find(visit.hub, contract, received, case["unit_since"])


def scan(visit: Visit) -> Response:
    """The bytes of the scan. Raises ReasonMissing: this person has not looked at the record of late."""
    hub, number = visit.hub, visit.number()
    now = hub.scenario.now()
    with hub.engine.connect() as connection:
        found = listing.one(connection, number, hub.contracts, now)
        looked = listing.looked_since(connection, number, visit.account.login, now - LOOKED)
    if not visit.scope.has_record(found["unit"], found["unit_since"], found["stream"]):
        raise NotFound(f"No case {number}", hint="hub cases list shows them")
    if not looked:
        raise ReasonMissing("A scan is shown to whoever looks at the record", hint="look at it first, with a reason")
    received = reports.landed_record(hub, found["stream"], found["dataset"], found["sha256"], found["record"])
    there = scan_of(visit, found, received)
    if there is None:
        raise NotFound(f"No book has a scan of case {number}", hint="ask whoever keeps the book")
    with hub.engine.begin() as connection:
        looks.note(connection, hub.keys, now, visit.because(looked), f"case {number}, scan", dataset="scan")
    shown = {"content-security-policy": POLICY, "content-disposition": f"inline; filename*=UTF-8''{quote(there.name)}"}
    return Response(book_scans.read(hub, there), media_type=there.media_type, headers=shown)
