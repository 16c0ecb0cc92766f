"""Looks at the pairs of records that changed, and keeps the findings of the rules across registers.

A look reads which batches each stream has applied since the last one, judges the records that these batches touched on
either side, and writes pairs and findings in one transaction. The first look of a rule, or of its newer version, judges
everything. Where the deployment names a registry, its records are judged: the contractor's copies of the same books
would tell each contradiction again, and `hub conflicts` compares copies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from contracts.cross_rules import CrossRule
from hub.core.deployment import Deployment
from hub.cross_register.statements import TOUCHED, pairs_of, touched_by, values_of
from hub.cross_register.tables import cross_check, cross_pair
from hub.load.findings import name_units
from hub.load.warehouse import has_table


@dataclass(frozen=True)
class Checked:
    """What a look of one rule at one system found."""

    rule: str
    system: str
    whole: bool
    """Whether everything was judged."""
    judged: int
    """Records that were judged; of a whole look, those of the dataset."""
    new: int
    resolved: int
    pairs: int
    """Pairs that contradict each other now."""


def systems_of(deployment: Deployment, rule: CrossRule) -> list[str]:
    """The systems whose records a rule compares."""
    needed = set(rule.contracts.values())
    able = [name for name, system in deployment.read.items() if needed <= set(system.contracts)]
    return [deployment.registry] if deployment.registry in able else able


def check(engine: sa.Engine, rule: CrossRule, system: str, now: datetime, *, whole: bool = False) -> Checked | None:
    """Judge what changed; None: one of the registers has no table yet."""
    with engine.begin() as connection:
        if not all(has_table(connection, dataset.table) for dataset in rule.datasets.values()):
            return None
        connection.execute(
            sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"{rule.id} {system}"}
        )
        c = cross_check.c
        last = connection.execute(sa.select(cross_check).where(c.rule == rule.id, c.system == system)).first()
        whole = whole or last is None or last.digest != digest_of(rule)
        streams = {side: f"{system}.{contract}" for side, contract in rule.contracts.items()}
        heads = {stream: _head(connection, stream) for stream in streams.values()}
        judged = _choose(connection, rule, system, streams, None if whole or last is None else last.batches)
        new, resolved = _write(connection, rule, system, now)
        name_units(connection, streams["dataset"], system, rule.datasets["dataset"])
        p = cross_pair.c
        pairs = connection.scalar(
            sa.select(sa.func.count()).select_from(cross_pair).where(p.rule == rule.id, p.system == system)
        )
        values = {"digest": digest_of(rule), "batches": heads, "pairs": pairs, "checked_at": now}
        row = insert(cross_check).values(rule=rule.id, system=system, **values)
        connection.execute(row.on_conflict_do_update(index_elements=["rule", "system"], set_=values))
    return Checked(rule.id, system, whole, judged, new, resolved, int(pairs or 0))


def digest_of(rule: CrossRule) -> str:
    """What makes a rule this rule: another digest judges everything again."""
    return hashlib.sha256(
        rule.file.model_dump_json(exclude={"title", "sentence", "law", "misleads"}).encode()
    ).hexdigest()


def others(connection: sa.Connection, rule: str, system: str, record: str) -> Sequence[str]:
    """Keys of the records that a record contradicts by a rule."""
    p = cross_pair.c
    mine = sa.select(p.other_key).where(p.rule == rule, p.system == system, p.record_key == record)
    return list(connection.scalars(mine.order_by(p.other_key)))


def _head(connection: sa.Connection, stream: str) -> str | None:
    found: str | None = connection.scalar(
        sa.text("select last_batch from hub.stream where id = :stream"), {"stream": stream}
    )
    return found


def _choose(
    connection: sa.Connection,
    rule: CrossRule,
    system: str,
    streams: Mapping[str, str],
    since: Mapping[str, str | None] | None,
) -> int:
    """Fill the table of keys to judge. Returns their number."""
    first = rule.datasets["dataset"].table
    if since is None:
        chosen = f"select _key from warehouse.{first} where _system = :system"
        values: dict[str, Any] = {"system": system}
    else:
        serials = {stream: _serials(connection, stream, since.get(stream)) for stream in streams.values()}
        chosen = touched_by(rule)
        sides = {"a": "dataset", "b": "with", "c": "unless"}
        values = {"system": system}
        values |= {name: serials[streams[side]] for name, side in sides.items() if side in streams}
    connection.execute(sa.text(f"drop table if exists {TOUCHED}"))
    connection.execute(sa.text(f'create temporary table {TOUCHED} (_key text collate "C") on commit drop'))
    connection.execute(sa.text(f"insert into {TOUCHED} {chosen}"), values)
    connection.execute(sa.text(f"analyze {TOUCHED}"))
    return int(connection.scalar(sa.text(f"select count(*) from {TOUCHED}")) or 0)


def _serials(connection: sa.Connection, stream: str, since: str | None) -> list[int]:
    """Serials of the batches that a stream applied after one; the chain is walked back from its head.

    Serials alone do not say the order: a held batch whose bytes came again keeps its own.
    """
    query = sa.text("""
        with recursive chain as (
            select b.id, b.serial, b.previous, b.changed from hub.stream s join hub.batch b on b.id = s.last_batch
            where s.id = :stream and b.id is distinct from :since
            union all
            select b.id, b.serial, b.previous, b.changed from chain c join hub.batch b on b.id = c.previous
            where b.id is distinct from :since)
        select serial from chain where changed is not false""")
    return list(connection.scalars(query, {"stream": stream, "since": since}))


def _write(connection: sa.Connection, rule: CrossRule, system: str, now: datetime) -> tuple[int, int]:
    """Bring pairs and findings of the judged records to what holds now: number of new and of resolved findings."""
    dataset = rule.datasets["dataset"]
    values = {
        "rule": rule.id,
        "system": system,
        "stream": f"{system}.{rule.contracts['dataset']}",
        "dataset": dataset.name,
        "now": now,
    }
    connection.execute(sa.text("drop table if exists across_now"))
    connection.execute(
        sa.text(f"create temporary table across_now on commit drop as {pairs_of(rule, touched=True)}"),
        {"system": system, **values_of(rule)},
    )
    mine = "p.rule = :rule and p.system = :system"
    connection.execute(
        sa.text(f"""
            delete from hub.cross_pair p where {mine} and (p.record_key in (select _key from {TOUCHED})
                or not exists (select from warehouse.{dataset.table} w where w._system = :system and w._key = p.record_key))
              and not exists (select from across_now n where n.record_key = p.record_key and n.other_key = p.other_key)"""),
        values,
    )
    connection.execute(
        sa.text("""
            insert into hub.cross_pair (rule, system, record_key, other_key, found_at)
            select :rule, :system, record_key, other_key, :now from across_now on conflict do nothing"""),
        values,
    )
    new = connection.execute(
        sa.text(f"""
            insert into hub.finding (stream, dataset, record_key, rule, batch, found_at)
            select :stream, :dataset, w._key, :rule, b.id, :now
            from (select distinct record_key from across_now) n
            join warehouse.{dataset.table} w on w._system = :system and w._key = n.record_key
            join hub.batch b on b.serial = w._batch
            on conflict (stream, dataset, record_key, rule) do update
               set resolved_at = null, acknowledged_at = null where finding.resolved_at is not null"""),
        values,
    ).rowcount
    resolved = connection.execute(
        sa.text("""
            update hub.finding f set resolved_at = :now
            where f.stream = :stream and f.dataset = :dataset and f.rule = :rule and f.resolved_at is null
              and not exists (select from hub.cross_pair p
                              where p.rule = :rule and p.system = :system and p.record_key = f.record_key)"""),
        values,
    ).rowcount
    return new, resolved
