"""A field of a delivery, back to the landed bytes: which line, which version of which record, which page of its source.

The field's value is shown as the source sent it, so a look is a row of the audit log, before anything is shown.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa

from hub.access import looks
from hub.app import Hub
from hub.core.actions import Actor
from hub.core.database import identifier
from hub.core.errors import NotFound
from hub.feeds.declared import Feed
from hub.feeds.manifest import delivery_id
from hub.feeds.releases import row_of


def explain(hub: Hub, feed: Feed, sequence: int, line: int, field: str, person: Actor) -> dict[str, Any]:
    """Where a field of a line of a delivery came from, with the value as received; verified to the byte.

    Raises:
        NotFound: no such delivery, line or field; or its version is not held any more.
        LandingDamaged: the landed bytes are not those that came.
    """
    dataset = feed.dataset
    with hub.engine.connect() as connection:
        delivery = row_of(connection, feed.id, sequence)
        item = connection.execute(
            sa.text(
                "select system, key, operation, batch from hub.delivery_item"
                " where feed = :feed and sequence = :sequence and number = :line"
            ),
            {"feed": feed.id, "sequence": sequence, "line": line},
        ).first()
        if item is None or field not in delivery.columns:
            raise NotFound(
                f"Delivery {delivery_id(feed.id, sequence)} has no "
                + (f"line {line}" if item is None else f"field {field}"),
                hint=f"lines count from 1 to {delivery.put + delivery.deleted}; fields are {', '.join(delivery.columns)}",
            )
        said: dict[str, Any] = {
            "delivery": delivery_id(feed.id, sequence),
            "line": line,
            "operation": item.operation,
            "record": f"{dataset.name}/{item.system}/{item.key}",
        }
        source = _source(connection, dataset.table, item) if item.operation == "put" else None
        if item.operation == "put" and source is None:
            raise NotFound(
                f"{said['delivery']}: the version that line {line} carried is not held any more",
                hint="hub doctor compares the warehouse with the landing",
            )
    with hub.engine.begin() as connection:
        looks.note(connection, hub.keys, hub.scenario.now(), person, said["record"], dataset=dataset.name)
    if source is None:
        return {**said, "reason": "it left its source, or no grant covers it any more"}
    body = hub.landing.read(source.sha256)  # raises LandingDamaged if the bytes have changed
    frame = hub.source(hub.deployment.stream(source.stream)).records(body, source.media_type)[dataset.name]
    row = frame.row(source._row - 1, named=True)
    return {
        **said,
        "field": field,
        "as received": row.get(field),
        "version": source._version,
        "accepted at": source._known_from,
        "batch": source.batch,
        "contract": f"{feed.contract.name} {source.contract_version}",
        "stream": source.stream,
        "request": source.request,
        "fetched at": source.fetched_at,
        "page sha256": source.sha256,
        "record in page": f"{source._row} of {frame.height}",
        "bytes verified": hashlib.sha256(body).hexdigest() == source.sha256,
    }


def _source(connection: sa.Connection, table: str, item: Any) -> Any:
    columns = "_version, _known_from, _batch, _landing, _row"
    query = sa.text(f"""
        select v._version, v._known_from, v._row, b.id as batch, b.stream, b.contract_version,
               l.sha256, l.request, l.fetched_at, l.media_type
        from (select {columns} from warehouse.{identifier(table)} where _system = :system and _key = :key
              union all
              select {columns} from history.{identifier(table)} where _system = :system and _key = :key
                 and _end <> 'outdated') v
        join hub.batch b on b.serial = v._batch join hub.landing l on l.id = v._landing
        where v._batch = :batch limit 1""")
    return connection.execute(query, {"system": item.system, "key": item.key, "batch": item.batch}).first()
