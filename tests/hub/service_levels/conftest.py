"""A district whose readings a test writes into the ledger: when each began and ended, and what it brought."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from contracts.model import Contract
from hub.core import tables
from hub.core.deployment import Deployment, load_deployment
from hub.load import stream_state
from hub.service_levels import deliveries
from hub.service_levels.deliveries import StreamDay
from tests.hub.conftest import CONTRACT

HCMC = Path("deployments/hcmc")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
STREAM = "one-stop-760.dossier"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass
class District:
    """One stream, what its contract promises, and its ledger."""

    engine: sa.Engine
    deployment: Deployment
    promised: dict[str, str] = field(default_factory=lambda: {"frequency": "1 d", "latency": "24 h"})
    numbers: int = 0

    @property
    def contracts(self) -> Mapping[str, Contract]:
        return {"dossier": replace(CONTRACT, name="dossier", service_level=self.promised)}

    def read(
        self,
        begun: str,
        ended: str | None = "",
        mode: str = "live",
        state: str = "applied",
        *,
        accepted: int = 0,
        unchanged: int = 0,
        quarantined: int = 0,
    ) -> None:
        """One reading with one batch. `ended`: empty, as it began; None: it never ended."""
        self.numbers += 1
        run, batch = uuid.uuid4().hex, uuid.uuid4().hex
        at = local(begun)
        counts = {"accepted": accepted, "unchanged": unchanged, "quarantined": quarantined}
        with self.engine.begin() as connection:
            stream_state.register(connection, STREAM, "one-stop-760", "dossier")
            connection.execute(
                sa.insert(tables.run).values(
                    id=run,
                    stream=STREAM,
                    epoch=self.numbers,
                    mode=mode,
                    started_at=at,
                    ended_at=None if ended is None else local(ended or begun),
                )
            )
            connection.execute(
                sa.insert(tables.batch).values(
                    id=batch,
                    run=run,
                    stream=STREAM,
                    epoch=self.numbers,
                    number=1,
                    previous=batch,
                    state=state,
                    contract_version="1.0.0",
                    landed_at=at,
                )
            )
            connection.execute(
                sa.insert(tables.ledger).values(
                    batch=batch,
                    dataset="dossier",
                    state="held" if state == "held" else "applied",
                    received=sum(counts.values()),
                    duplicate=0,
                    outdated=0,
                    **counts,
                )
            )

    def days(self, first: str, last: str, now: str) -> list[StreamDay]:
        with self.engine.connect() as connection:
            return deliveries.board(
                connection,
                self.deployment,
                self.contracts,
                date.fromisoformat(first),
                date.fromisoformat(last),
                local(now),
            )

    def states(self, first: str, last: str, now: str) -> list[str]:
        return [row.state.value for row in self.days(first, last, now)]

    def state(self, day: str, now: str) -> str:
        [state] = self.states(day, day, now)
        return state


@pytest.fixture
def district(engine: sa.Engine) -> District:
    whole = load_deployment(HCMC)
    return District(engine, whole.only({"one-stop-760": whole.systems["one-stop-760"]}))
