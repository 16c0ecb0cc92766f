"""The second opinion on the batch that all records of these tests come from (serial 1)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from hub.load.second_opinion import record
from hub.load.second_opinion.record import Opinion
from tests.hub.registers import NOW

STREAM = "moj-registry.birth"
DIFFER = ("birth/nksHoTen.required: 0 by row, 1 in SQL",)


def give_opinion(engine: sa.Engine, at: datetime, *, agree: bool) -> None:
    """Both engines agree on all that was merged; or they differ, and the batch is in doubt."""
    with engine.begin() as connection:
        connection.execute(
            sa.text("""
            insert into hub.batch (id, serial, run, stream, epoch, number, state, contract_version, landed_at)
            overriding system value
            values ('first', 1, 'run-birth', :stream, 1, 1, 'applied', '1.0.0', :at) on conflict do nothing"""),
            {"stream": STREAM, "at": NOW},
        )
        # What was covered by an agreement is in doubt again only if the disagreement names it.
        opinion = Opinion("daily", "rules", "engines", ("first",), through=1, disagreements=() if agree else DIFFER)
        record.record(connection, STREAM, opinion, at)
