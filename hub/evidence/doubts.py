"""What a person should know of a record before relying on it: its findings, each with its day and its state.

A record of a batch in doubt, because the two rule engines disagree on its stream, stays evidence with a finding: an
officer confirms it until the engines agree (`hub/load/second_opinion`). Every answer that carries a record carries its
findings: names of rules, never a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contracts.model import Contract
from hub.evidence.rule_sentences import sentence

OPEN, ACKNOWLEDGED = "open", "acknowledged"


@dataclass(frozen=True, order=True)
class NotedFinding:
    """A finding of a record, as an answer says it."""

    rule: str
    """A rule of the contract, or of the hub itself (`record...`)."""
    since: datetime
    """When it was found; where it ended what the record is good for, since when."""
    state: str = OPEN
    """`open`: nobody has looked; `acknowledged`: a person has, and the record carries it still."""
    sentence: str = ""
    """The rule in Vietnamese."""


ENGINES_DISAGREE = "record.engines-disagree"
"""The finding of such a record."""

WAIVER_EXPIRED = "record.waiver-expired"
"""The finding of a record that came in under a waiver (`hub/load/waivers.py`) which has expired."""
LEFT = "record.left-source"
"""The finding of a record that its source has no longer (`hub/cases/departures.py`)."""
LEFT_RELEASED = "record.left-released"
"""The same, after a person released it."""
ENDED = frozenset({WAIVER_EXPIRED, LEFT_RELEASED})
"""With one of these findings a record is no evidence any more."""

SHOWN = f"""case when until <= :known_at then case when rule = '{LEFT}' then '{LEFT_RELEASED}' else '{WAIVER_EXPIRED}' end
                 else rule end"""
"""SQL: what answers show of a row of `hub.finding` at `:known_at`: `until` ends what the record is good for."""

SINCE = "case when until <= :known_at then until else found_at end"
"""SQL: since when that holds."""
STATE = f"case when acknowledged_at is null then '{OPEN}' else '{ACKNOWLEDGED}' end"
"""SQL: whether a person has looked."""

OF_PAPER = f"""coalesce((
    select jsonb_agg(jsonb_build_array({SHOWN}, {SINCE}, {STATE}) order by rule) from hub.finding f
    where f.stream = (d._system || '.dossier') collate "default" and f.resolved_at is null
      and (f.until is not null or f.rule = '{LEFT}')
      and ((f.dataset = '{{dataset}}' and f.record_key = p._key) or (f.dataset = 'dossier' and f.record_key = d._key))
    ), '[]')"""
"""SQL: the findings of a paper `p`, and of its dossier `d`, that came in under a waiver or left their source."""

DOUBTED = """(
    select min(x.since) from hub.doubted_batch x where x.batch in ({batches}) and x.since <= :known_at
    and (x.until is null or x.until > :known_at))"""
"""SQL: since when one of the batches, by serial, has been in doubt at `:known_at`; null: none is."""


def doubted(connection: sa.Connection, batches: Iterable[int], known_at: datetime) -> Mapping[int, datetime]:
    """Which of the batches, by serial, were in doubt at a moment, and since when. One statement, also without batches."""
    query = sa.text("""
        select batch, min(since) as since from hub.doubted_batch
        where batch = any(:batches) and since <= :known_at and (until is null or until > :known_at) group by 1""")
    values = {"batches": sorted(set(batches)), "known_at": known_at}
    return {row.batch: row.since for row in connection.execute(query, values)}


def finding_of(since: datetime | None) -> tuple[NotedFinding, ...]:
    """The finding of a record that has been in doubt since then, if it is."""
    return (NotedFinding(ENGINES_DISAGREE, since),) if since else ()


def read(noted: Iterable[Any]) -> tuple[NotedFinding, ...]:
    """Findings of a record from the JSON of a query, as `OF_PAPER` gives it."""
    return tuple(NotedFinding(rule, datetime.fromisoformat(since), state) for rule, since, state in noted)


def together(*findings: Iterable[NotedFinding]) -> tuple[NotedFinding, ...]:
    """Findings of one record in several systems: each rule once, the oldest first noted."""
    first = dict[str, NotedFinding]()
    for each in sorted(each for some in findings for each in some):
        first.setdefault(each.rule, each)
    return tuple(first.values())


def said(contracts: Mapping[str, Contract], dataset: str, findings: Iterable[NotedFinding]) -> tuple[NotedFinding, ...]:
    """The findings with their sentences."""
    described = (each for contract in contracts.values() for each in contract.datasets if each.name == dataset)
    known = next(described, None)
    return tuple(replace(each, sentence=sentence(known, each.rule)) for each in findings)
