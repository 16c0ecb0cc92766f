"""Records of batches that are in doubt, because the two rule engines disagree on their stream.

Such a record stays evidence, with a finding: an officer confirms it until the engines agree (`hub/load/second_opinion`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

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

OF_PAPER = f"""array(
    select {SHOWN} from hub.finding f
    where f.stream = (d._system || '.dossier') collate "default" and f.resolved_at is null
      and (f.until is not null or f.rule = '{LEFT}')
      and ((f.dataset = '{{dataset}}' and f.record_key = p._key) or (f.dataset = 'dossier' and f.record_key = d._key))
    order by 1)"""
"""SQL: the findings of a paper `p`, and of its dossier `d`, that came in under a waiver or left their source."""

DOUBTED = """exists (
    select from hub.doubted_batch x where x.batch in ({batches}) and x.since <= :known_at
    and (x.until is null or x.until > :known_at))"""
"""SQL: whether one of the batches, by serial, was in doubt at `:known_at`."""


def doubted(connection: sa.Connection, batches: Iterable[int], known_at: datetime) -> frozenset[int]:
    """Which of the batches, by serial, were in doubt at a moment. One statement, also without batches."""
    query = sa.text("""
        select batch from hub.doubted_batch
        where batch = any(:batches) and since <= :known_at and (until is null or until > :known_at)""")
    values = {"batches": sorted(set(batches)), "known_at": known_at}
    return frozenset(connection.scalars(query, values))


def finding_of(doubtful: bool) -> tuple[str, ...]:
    """The finding of a record, if it is in doubt."""
    return (ENGINES_DISAGREE,) if doubtful else ()
