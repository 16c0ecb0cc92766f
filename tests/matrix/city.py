"""The hub with its service as it starts over each world of grants, above entries and decisions that stay."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from starlette.testclient import TestClient

from contracts.model import Contract, Kind
from hub.answers.decisions.decision_service import DecisionService
from hub.app import Hub
from hub.core.deployment import load_deployment
from hub.core.settings import read_settings
from hub.evidence import indexes
from hub.load.landing import Landing
from hub.local.scenario import Scenario
from service.app import create_app
from tests.databases import Databases
from tests.hub.in_force import put_in_force
from tests.hub.registers import KEYS, ROOT, Put
from tests.matrix.decided import decide_all
from tests.matrix.policy import Asking, Entry
from tests.matrix.registered import (
    DAYS,
    DOSSIERS,
    EMPTY,
    ENTRIES,
    OF_DOSSIERS,
    REQUIREMENTS,
    SIDES,
)
from tests.matrix.worlds import LAID_DOWN, random_world


@dataclass(frozen=True)
class MovedScenario(Scenario):
    """A scenario on whatever day a question is asked."""

    clock: Callable[[], datetime]

    def now(self) -> datetime:
        return self.clock()


class City:
    """The world that both sides are asked about."""

    def __init__(
        self,
        engine: sa.Engine,
        databases: Databases,
        contracts: dict[str, Contract],
        folder: Path,
        put: Put,
        seed: int,
    ) -> None:
        self.chance, self.folder, self.day, self.asked = random.Random(seed), folder, DAYS[0], 0
        self.tight = 0.3  # share of worlds in which an hour is soon used up
        self.overrides: dict[Callable[..., Any], Callable[..., Any]] = {}
        self.pool = {
            d: tuple(
                f.name
                for f in contracts[d].dataset(d).fields
                if not f.classification.encrypted and f.kind in (Kind.TEXT, Kind.PARTIAL_DATE)
            )
            for d in SIDES
        }
        self.pool |= {
            d: tuple(f.name for f in contracts["dossier"].dataset(d).fields if not f.classification.encrypted)
            for d in OF_DOSSIERS
        }
        self.entries: dict[tuple[str, str], Entry] = {}
        for dataset, key, values in ENTRIES:
            kinds = contracts[dataset].dataset(dataset).by_name
            row = {
                n: "2001-02-03" if kinds[n].kind is Kind.PARTIAL_DATE else f"{n} {key}"
                for n in self.pool[dataset]
                if n not in EMPTY and not kinds[n].identity
            }
            self.entries[dataset, key] = row | values
            put(dataset, key, **self.entries[dataset, key], _known_from=datetime(2020, 1, 1, tzinfo=UTC))
        for number in DOSSIERS:
            put(
                "dossier",
                number,
                system="one-stop-760",
                MaHoSo=number,
                TrangThaiHoSo="4",
                _known_from=datetime(2020, 1, 1, tzinfo=UTC),
            )
        (folder / "requirements.csv").write_text(REQUIREMENTS)
        self.hub = self._hub(engine, contracts)
        with engine.begin() as connection:
            self.decided = decide_all(connection, self.chance, self.entries)
        self._synced_each_day()
        self.as_made = databases.snapshot(engine)
        self._enter_world()

    def _hub(self, engine: sa.Engine, contracts: dict[str, Contract]) -> Hub:
        whole = load_deployment(ROOT / "deployments" / "hcmc")
        deployment = whole.only({"moj-registry": whole.systems["moj-registry"]}, folder=self.folder, reuse={})
        indexes.build(engine, contracts)
        home, start = self.folder.parent, datetime(2022, 6, 2, 3, tzinfo=UTC)
        scenario = MovedScenario(home, start, start, lambda: datetime.fromisoformat(f"{self.day}T03:00:00+00:00"))
        return Hub(
            read_settings(home=home), deployment, scenario, contracts, engine, KEYS, Landing(home / "landing", KEYS)
        )

    def _synced_each_day(self) -> None:
        with self.hub.engine.begin() as connection:
            for epoch, day in enumerate(DAYS, 2):
                connection.execute(
                    sa.text("""
                    insert into hub.run (id, stream, epoch, mode, started_at, ended_at)
                    select s.id || :day, s.id, :epoch, 'full', cast(:day as timestamptz), cast(:day as timestamptz) from hub.stream s"""),
                    {"day": day, "epoch": epoch},
                )

    def renew(self) -> None:
        """Another world of grants and purposes, as files; every asked question is forgotten, for the database is put back."""
        self.as_made.restore()
        self._enter_world()

    def change(self) -> None:
        """Another world of grants for the service as it runs: in force with the next question. What was asked stays."""
        self.world = random_world(self.chance, self.pool, self.tight)
        (self.folder / "purposes.yaml").write_text(yaml.safe_dump({"purposes": list(self.world["purposes"].values())}))
        (self.folder / "grants.yaml").write_text(yaml.safe_dump({name: self.world[name] for name in LAID_DOWN}))
        put_in_force(self.hub)

    def _enter_world(self) -> None:
        self.change()
        self.last_noted = 0
        self.noted: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
        self.answered_to: list[Asking] = []
        self.acts: dict[int, set[str]] = {}
        self.superseded: set[int] = set()
        self.reports: dict[int, Any] = {}
        self.registered: list[tuple[Any, str]] = []
        self.app = create_app(self.hub)
        self.app.dependency_overrides.update(self.overrides)
        self.service: DecisionService = self.app.state.decisions
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def newly_noted(self) -> list[tuple[int, str, str, str, str, bool]]:
        """Rows of the audit log since the last look: number, agency, purpose, law, outcome, whether it missed."""
        with self.hub.engine.connect() as connection:
            query = sa.text(
                "select id, agency, purpose, asked_under, outcome, missed from hub.audit where id > :last order by id"
            )
            rows = [tuple(row) for row in connection.execute(query, {"last": self.last_noted})]
        self.last_noted = max([self.last_noted, *(row[0] for row in rows)])
        return rows

    def entry_of(self, dataset: str, who: str) -> tuple[str, Entry] | None:
        """The one entry of a register in which somebody's number stands, with its key."""
        return next(
            (
                (key, row)
                for (d, key), row in self.entries.items()
                if d == dataset and any(row.get(n) == who for n in SIDES[d])
            ),
            None,
        )
