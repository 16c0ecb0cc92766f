"""Reports of the hub's state: rows as dictionaries, for a table or for JSON. Read-only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contracts.refused import RAW
from hub.app import Hub
from hub.core.errors import NotFound
from hub.evidence import doubts
from hub.operations import watched

Row = dict[str, Any]

TERMS = ("received", "accepted", "unchanged", "duplicate", "outdated", "quarantined")


def streams(hub: Hub) -> list[Row]:
    """Every stream of the deployment, with its position and last batch."""
    heads = {r["id"]: r for r in _rows(hub, "select * from hub.stream")}
    return [
        {
            "stream": s.id,
            "title": s.system.title,
            "owner": s.system.owner,
            "schedule": s.system.schedule,
            "epoch": (head := heads.get(s.id, {})).get("epoch", 0),
            "paused": head.get("paused", False),
            "position": (head.get("position") or {}).get("changed_at"),
            "polled_at": head.get("polled_at"),
            "last_batch": head.get("last_batch"),
        }
        for s in hub.deployment.streams.values()
    ]


def ledger(hub: Hub, stream: str | None = None, *, limit: int = 50) -> list[Row]:
    """Ledger rows, newest first."""
    if stream:
        stream = hub.deployment.stream(stream).id
    return _rows(
        hub,
        f"""
        select b.stream, l.dataset, l.state, {", ".join("l." + t for t in TERMS)}, l.removed, l.findings, b.id as batch, r.mode, b.settled_at
        from hub.ledger l join hub.batch b on b.id = l.batch join hub.run r on r.id = b.run
        where cast(:stream as text) is null or b.stream = :stream
        order by b.serial desc, l.dataset limit :limit""",
        stream=stream,
        limit=limit,
    )


def held(hub: Hub) -> list[Row]:
    """Held batches, with the rules that hold each; newest first."""
    return _rows(
        hub,
        """
        select b.stream, left(b.id, 12) as batch, cast(sum(l.received) as bigint) as received, b.settled_at as held_at,
               array_to_string(array(select jsonb_array_elements_text(cast(b.gate as jsonb) -> 'failed')), ', ') as failed,
               array_to_string(array(select jsonb_array_elements_text(cast(b.gate as jsonb) -> 'disagreements')), ', ') as disagreements
        from hub.batch b join hub.ledger l on l.batch = b.id where b.state = 'held' group by b.id order by b.serial desc""",
    )


def summary(hub: Hub, since_epoch: dict[str, int] | None = None) -> list[Row]:
    """The equation of each stream and table, summed over the runs after the given epochs (all by default)."""
    rows = _rows(
        hub,
        f"""
        select b.stream, l.dataset, b.epoch, {", ".join("l." + t for t in TERMS)}, l.removed, l.findings
        from hub.ledger l join hub.batch b on b.id = l.batch where l.state = 'applied'""",
    )
    total: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row["epoch"] <= (since_epoch or {}).get(row["stream"], 0):
            continue
        sums = total.setdefault((row["stream"], row["dataset"]), {"stream": row["stream"], "dataset": row["dataset"]})
        for term in (*TERMS, "removed", "findings"):
            sums[term] = sums.get(term, 0) + row[term]
    order = {s: i for i, s in enumerate(hub.deployment.streams)}
    return sorted(total.values(), key=lambda r: (order.get(r["stream"], 999), r["dataset"]))


def by_stream(rows: list[Row]) -> list[Row]:
    """Rows of `summary`, summed by stream."""
    total: dict[str, Row] = {}
    for row in rows:
        sums = total.setdefault(row["stream"], {"stream": row["stream"], "tables": 0})
        sums["tables"] += 1
        for term in (*TERMS, "removed", "findings"):
            sums[term] = sums.get(term, 0) + row[term]
    return list(total.values())


def landed_record(hub: Hub, stream: str, dataset: str, sha256: str, number: int) -> Row:
    """One record as received, from the landed bytes. Personal data: only for a person who is allowed to see it."""
    entry = hub.deployment.stream(stream)
    body = hub.landing.read(sha256)
    media = _rows(hub, "select media_type from hub.landing where stream = :s and sha256 = :h", s=stream, h=sha256)[0][
        "media_type"
    ]
    frame = hub.source(entry).records(body, media)[dataset]
    held = {name: value for name, value in frame.row(number - 1, named=True).items() if value is not None}
    raw = held.pop(RAW, None)
    return held if raw is None else {**held, "as received": raw.decode("utf-8", "backslashreplace")}


def trace(hub: Hub, record: str) -> Row:
    """The provenance of a warehouse row. `record` is `<dataset>/<system>/<key>`.

    The hash of the landed bytes is checked, and the record is located in them.
    """
    parts = record.split("/", 2)
    if len(parts) != 3:
        raise NotFound(
            f"{record!r} names no record", hint="write <dataset>/<system>/<key>, e.g. birth/moj-registry/1000017"
        )
    name, system, key = parts
    contract = next((c for c in hub.contracts.values() if name in {d.name for d in c.datasets}), None)
    if contract is None:
        raise NotFound(f"No dataset {name}", hint=", ".join(d.name for c in hub.contracts.values() for d in c.datasets))
    table = contract.dataset(name).table
    found = _rows(
        hub,
        f"""
        select w._version, w._known_from, w._row, w._disputed, b.id as batch, b.stream, b.settled_at, b.contract_version, r.id as run, r.mode, r.begun_by,
               l.sha256, l.bytes, l.request, l.fetched_at, l.media_type,
               (select count(*) from history.{table} h where h._system = w._system and h._key = w._key) as superseded
        from warehouse.{table} w join hub.batch b on b.serial = w._batch join hub.run r on r.id = b.run join hub.landing l on l.id = w._landing
        where w._system = :system and w._key = :key""",
        system=system,
        key=key,
    )
    if not found:
        raise NotFound(
            f"No current record {record}",
            hint="the key is the source's own record id; hub cases list shows quarantined ones",
        )
    row = found[0]
    body = hub.landing.read(row["sha256"])  # raises LandingDamaged if the bytes have changed
    frame = hub.source(hub.deployment.stream(row["stream"])).records(body, row["media_type"])[name]
    row["record_in_bytes"] = f"{row.pop('_row')} of {frame.height}"
    row["bytes_verified"] = True
    noted = _rows(
        hub,
        f"""
        select {doubts.SHOWN} as rule, {doubts.SINCE} as since, {doubts.STATE} as state from hub.finding
        where stream = :stream and dataset = :dataset and record_key = :key and resolved_at is null order by rule""",
        stream=row["stream"],
        dataset=name,
        key=key,
        known_at=hub.scenario.now(),
    )
    findings = doubts.said(hub.contracts, name, (doubts.NotedFinding(**each) for each in noted))
    row["findings"] = [vars(each) for each in findings]
    return {"record": record, **row}


def systems(hub: Hub) -> list[Row]:
    """Every system of the deployment, and how it is watched; an alternative route has no streams of its own."""
    paused = {
        r["system"]: r["paused"]
        for r in _rows(hub, "select system, bool_and(paused) as paused from hub.stream group by 1")
    }
    watching = watched.by_system(hub)
    return [
        {
            "system": s.id,
            "title": s.title,
            "dialect": s.dialect,
            "address": hub.system(s.id).address,
            "streams": 0 if s.instead_of else len(s.contracts),
            "instead of": s.instead_of or None,
            "owner": s.owner,
            "paused": paused.get(s.id, False),
            **watching[s.id],
        }
        for s in (*hub.deployment.systems.values(), *hub.deployment.other_ways.values())
    ]


def _rows(hub: Hub, query: str, **values: object) -> list[Row]:
    with hub.engine.connect() as connection:
        return [dict(r) for r in connection.execute(sa.text(query), values).mappings()]


def work(hub: Hub, since_epoch: dict[str, int] | None = None) -> dict[str, Row]:
    """Working seconds of each stream, and the part spent in the declared suite, in the runs after the given epochs."""
    total: dict[str, Row] = {}
    for row in _rows(
        hub,
        """
            select r.stream, r.epoch, coalesce(r.seconds, 0) as seconds,
                   (select coalesce(sum(b.gate_seconds), 0) from hub.batch b where b.run = r.id) as gate_seconds
            from hub.run r""",
    ):
        if row["epoch"] > (since_epoch or {}).get(row["stream"], 0):
            sums = total.setdefault(row["stream"], {"seconds": 0.0, "gate_seconds": 0.0})
            sums["seconds"] = round(sums["seconds"] + float(row["seconds"]), 3)
            sums["gate_seconds"] += float(row["gate_seconds"])
    return total
