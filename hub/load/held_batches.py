"""Held batches: a person releases or discards each. Its landed bytes stay in both cases.

A person may waive a failed rule about the batch as a whole (a share, a volume). A disagreement of the two
engines is a defect of the hub and cannot be waived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from connectors.interface import Position, Window
from contracts.model import Contract
from hub.core import actions, tables
from hub.core.actions import Actor
from hub.core.errors import BatchHeld, Fenced, NotFound
from hub.load import batches, stream_state
from hub.load.batches import Batch
from hub.load.second_opinion import record
from hub.load.staged_batch import StagedBatch
from hub.load.stream_state import Run


@dataclass(frozen=True)
class Waiver:
    """A person's decision to release a batch although these rules failed."""

    reasons: Sequence[str]

    def apply(self, judged: StagedBatch) -> StagedBatch:
        """The verdict without the waived reasons. A reason that appeared after the decision still holds the batch."""
        left = tuple(reason for reason in judged.gate.reasons if reason not in self.reasons)
        return replace(judged, gate=replace(judged.gate, reasons=left))


def take(
    connection: sa.Connection, name: str, contract: Contract, person: Actor, now: datetime
) -> tuple[Run, Batch, Waiver]:
    """Begin a run that continues at the held batch, and take that batch over. The action is recorded before its effect.

    Raises:
        NotFound: no batch of this name is held.
        BatchHeld: the engines disagree on it.
        EnginesDisagree: the stream is stopped.
        Fenced: the stream has advanced past it; its records have been read again since.
        StreamPaused: resume its system first.
    """
    held = _held(connection, name)
    if held.gate["disagreements"]:
        raise BatchHeld(
            f"Batch {held.id[:12]} stays held: the two engines disagree on {', '.join(held.gate['disagreements'])}",
            hint="one engine is wrong, so no record of it can be trusted: repair this defect of the hub first",
        )
    record.require_agreement(connection, held.stream)
    old = connection.execute(
        sa.select(tables.run.c.mode, tables.run.c.since, tables.run.c.until).where(tables.run.c.id == held.run)
    ).one()
    window = Window(Position.from_json(old.since) if old.since else None, old.until)
    run = stream_state.claim(connection, held.stream, old.mode, window, timedelta(0), now)
    if run.last_batch != held.previous:
        raise Fenced(
            f"Batch {held.id[:12]} is no longer the next of {held.stream}: other batches were merged since",
            hint="the next sync continues at the position",
        )
    end = Position.from_json(held.end) if held.end else None
    # The same stream, mode, predecessor and pages: the same id, so the held batch itself is taken over.
    batch = batches.note(
        connection, run, 1, held.previous, batches.pages_of(connection, held.id), end, contract.version, now
    )
    batches.discard_older(connection, run)  # after it was taken over, so that the stage of its old epoch goes too
    actions.append(connection, actions.BATCHES, (batch.id,), "passed", person, now)
    return run, batch, Waiver(reasons_of(held.gate))


def discard(connection: sa.Connection, name: str, person: Actor, now: datetime) -> str:
    """Discard a held batch: it can no longer be released, and its stage tables are dropped. Returns its id.

    The ledger keeps the row of the held batch. If the source sends the same bytes at the same position again,
    they are validated again.

    Raises:
        NotFound: no batch of this name is held.
    """
    held = _held(connection, name)
    batches.mark(connection, held.id, "discarded", settled_at=now)
    epoch = connection.scalar(sa.select(tables.stream.c.epoch).where(tables.stream.c.id == held.stream))
    batches.drop_orphans(connection, held.stream, (epoch or 0) + 1, only=held.id)
    actions.append(connection, actions.BATCHES, (held.id,), "discarded", person, now)
    return str(held.id)


def reasons_of(gate: dict[str, list[str]]) -> list[str]:
    """Why the gate holds a batch, in the words of `hub.load.validation`."""
    return [f"{rule} failed" for rule in gate["failed"]] + [
        f"the engines disagree on {each}" for each in gate["disagreements"]
    ]


def _held(connection: sa.Connection, name: str) -> Any:
    found = batches.find(connection, name)
    # The batch's own row is the lock: if two people decide at once, the second finds it no longer held.
    state = connection.scalar(sa.select(tables.batch.c.state).where(tables.batch.c.id == found.id).with_for_update())
    if state != "held":
        raise NotFound(
            f"Batch {found.id[:12]} of {found.stream} is {state}, not held", hint="hub ledger shows held ones"
        )
    return found
