"""Notices as CloudEvents 1.0 (JSON), a file for each agency: what they hold is old. No value of a record is in them."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.recall.tables import recall, recall_notice

TYPES = {"corrected": "vn.motlan.record.corrected", "left": "vn.motlan.record.left"}
_ASKED = {
    "decision": "judge the requirement again before its evidence is used",
    "copy": "do not use the copy; draft a new one",
    "record": "ask again before what was shown is used",
    "answer": "ask again before the answer is used",
    "prefill": "fill the form again",
    "delivery": "apply the deliveries that follow",
}
"""Kind of carrier -> what its holder is asked to do."""


def send(connection: sa.Connection, folder: Path, source: str, now: datetime) -> dict[str, int]:
    """Append every notice that waits to the file of its agency, synced, and note it as sent; agency -> number.

    A kill between both sends a notice again, under the same id.
    """
    r, n = recall.c, recall_notice.c
    query = (
        sa.select(recall_notice, r.why, r.since)
        .join(recall, r.id == n.recall)
        .where(n.sent_at.is_(None))
        .order_by(n.id)
    )
    events = defaultdict[str, list[bytes]](list)
    numbers = list[int]()
    for row in connection.execute(query.with_for_update(of=recall_notice)):
        events[row.agency].append(json.dumps(event(row, source), ensure_ascii=False, sort_keys=True).encode())
        numbers.append(row.id)
    folder.mkdir(parents=True, exist_ok=True)
    for agency, lines in events.items():
        with (folder / f"{agency}.ndjson").open("ab") as file:
            file.write(b"".join(line + b"\n" for line in lines))
            file.flush()
    connection.execute(sa.update(recall_notice).where(n.id.in_(numbers)).values(sent_at=now))
    return {agency: len(lines) for agency, lines in sorted(events.items())}


def event(row: Any, source: str) -> dict[str, Any]:
    """The CloudEvent of a notice: the same id for ever."""
    return {
        "specversion": "1.0",
        "id": f"recall-{row.recall}-{row.id}",
        "source": f"/hub/{source}",
        "type": TYPES[row.why],
        "time": _moment(row.at),
        "subject": f"{row.kind}/{row.carrier}",
        "datacontenttype": "application/json",
        "data": {
            "reference": row.reference,
            "dataset": row.dataset,
            "carried_version": _moment(row.version) if row.version else None,
            "since": _moment(row.since),
            "do": _ASKED[row.kind],
        },
    }


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()
