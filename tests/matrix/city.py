"""Eight entries about nine people, worlds of random grants over them, and the hub with its service as it starts over each world. All people are synthetic."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from starlette.testclient import TestClient

from contracts.model import Contract, Kind
from hub.access.inquiry import Inquiry
from hub.answers.decisions import rejudge
from hub.answers.decisions.decide import Question as Asked
from hub.answers.decisions.decision_service import DecisionService
from hub.app import Hub
from hub.core.deployment import load_deployment
from hub.core.settings import read_settings
from hub.evidence import indexes
from hub.evidence.people import Subject
from hub.evidence.registers import REGISTERS
from hub.load.landing import Landing
from hub.local.scenario import Scenario
from service.app import create_app
from tests.hub.registers import KEYS, ROOT, Put
from tests.matrix.policy import ANSWERED_FROM, LAWS, Asking, Entry

QUAN_1, JUSTICE, SCHOOL, HOSPITAL, STRANGER = (
    "000.00.16.H29",
    "000.00.15.H29",
    "000.05.16.H29",
    "000.20.13.H29",
    "999.00.00.H29",
)
ASKERS = (QUAN_1, JUSTICE, SCHOOL, HOSPITAL)
PURPOSES = ("civil-status", "school-enrolment", "patient-admission")
DAYS = (
    "2021-12-31",
    "2022-01-01",
    "2022-06-02",
    "2022-12-31",
    "2023-01-01",
    "2025-06-30",
    "2025-07-01",
    "2025-07-02",
    "2025-07-03",
    "2026-07-01",
)
A, B, C, D, M, F, X, Y, NOBODY = PEOPLE = tuple(f"0793160000{n:02}" for n in range(1, 10))
IN_1, IN_3, BEFORE = (
    {"noiDangKy": p, "ngayDangKy": d}
    for p, d in (("26734", "2021-03-04"), ("27154", "2021-03-05"), ("26734", "2015-02-03"))
)
ENTRIES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("birth", "1", {"nksSoDDCN": A, "meSoGiayToTuyThan": M, "chaSoGiayToTuyThan": F, **IN_1}),
    ("birth", "2", {"nksSoDDCN": B, **IN_3}),
    ("birth", "3", {"nksSoDDCN": C, **BEFORE}),
    ("birth", "4", {"nksSoDDCN": D, **IN_1}),
    ("marriage", "5", {"chongSoGiayToTuyThan": F, "voSoGiayToTuyThan": M, **IN_1}),
    ("marriage", "6", {"chongSoGiayToTuyThan": X, "voSoGiayToTuyThan": Y, "tinhTrangKetHon": "đã ly hôn", **IN_3}),
    ("death", "7", {"nktSoGiayToTuyThan": D, **IN_1}),
    ("recognition", "8", {"cmSoGiayToTuyThan": F, "ncSoGiayToTuyThan": A, **IN_3}),
)
EMPTY = frozenset({"tinhTrangKetHon", "huyKetHonNgayGhiChu", "nktNgayGhiChuHuyTuyenBoViecChet"})
"""Fields that would end an entry."""
SIDES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "birth": {"nksSoDDCN": ("nksHoTen", "nksNgaySinh")},
    "death": {"nktSoGiayToTuyThan": ("nktHoTen", "nktNgaySinh")},
    "marriage": {
        "chongSoGiayToTuyThan": ("chongHoTen", "chongNgaySinh"),
        "voSoGiayToTuyThan": ("voHoTen", "voNgaySinh"),
    },
    "recognition": {"cmSoGiayToTuyThan": ("cmHoTen", "cmNgaySinh"), "ncSoGiayToTuyThan": ("ncHoTen", "ncNgaySinh")},
}
"""Dataset -> whose number stands in it -> name and birth date beside it."""
SIDE_NAMES: Mapping[str, Mapping[str, str]] = {
    "birth": {"nksSoDDCN": "child"},
    "death": {"nktSoGiayToTuyThan": "deceased"},
    "marriage": {"chongSoGiayToTuyThan": "husband", "voSoGiayToTuyThan": "wife"},
    "recognition": {"cmSoGiayToTuyThan": "parent", "ncSoGiayToTuyThan": "child"},
}
OF_DOSSIERS = ("dossier", "dossier_component", "dossier_result")
"""Datasets that tell no place: they are granted for the whole city."""
DOSSIERS = ("000.00.16.H29-220602-0001", "000.00.24.H29-220602-0002")
PROCEDURE = "9.000001"
REQUIREMENTS = (
    "procedure,requirement,name,copies,answer,evidence_type,about,territory,max_age_days,validity,legal_basis,rule,reviewed\n"
    + "".join(
        f"{PROCEDURE},{dataset},Trích lục,1,register,register:{dataset},applicant,any,,none,once-held,matrix,true\n"
        for dataset in SIDES
    )
)
LAID_DOWN = ("grants", "hourly_limit_without_grant", "hourly_misses", "daily_answers")
"""What `grants.yaml` says."""
RESTING = {
    "hub.audit": "",
    "hub.decision_act": "",
    "hub.decision_question": "where decision in (select id from hub.decision where generation > 1)",
    "hub.decision": "where generation > 1",
}
"""Emptied for each world: an hour's count, and what became of decisions."""
CONDITIONS = (
    "answerable",
    "permitted",
    "person-told",
    "held",
    "one-candidate",
    "sources-agree",
    "handed-in",
    "alive",
    "in-force",
    "undisputed",
    "not-expired",
    "territory",
    "fresh",
)
"""Of a decision; all of them hold, or of one that must be confirmed all but the name."""
ANOTHER_NAME, DOUBT = "Ai Khác", "1 possible, by personal id; differs: hoTen"


@dataclass(frozen=True)
class MovedScenario(Scenario):
    """A scenario on whatever day a question is asked."""

    clock: Callable[[], datetime]

    def now(self) -> datetime:
        return self.clock()


@dataclass(frozen=True)
class Decided:
    """A decision on record that reuses an entry, or that an officer must confirm."""

    number: int
    agency: str
    purpose: str
    dossier: str
    dataset: str
    key: str
    side: str | None
    """Whose side of the entry it is about, by the field of the number; None: decided before sides were kept."""
    law: str
    """Under which it was asked for; empty: decided before that was kept."""
    unsure: bool = False
    """Its question told another name: to be confirmed."""


class City:
    """The world that both sides are asked about."""

    def __init__(self, engine: sa.Engine, contracts: dict[str, Contract], folder: Path, put: Put, seed: int) -> None:
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
        self.decided = self._decided()
        self._synced_each_day()
        self.renew()

    def _hub(self, engine: sa.Engine, contracts: dict[str, Contract]) -> Hub:
        whole = load_deployment(ROOT / "deployments" / "hcmc")
        deployment = replace(
            whole, folder=self.folder, systems={"moj-registry": whole.systems["moj-registry"]}, reuse={}
        )
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

    def _decided(self) -> list[Decided]:
        """A decision of every agency and purpose about every side of every entry."""
        found = []
        with self.hub.engine.begin() as connection:
            for agency, purpose, (dataset, key) in product(ASKERS, PURPOSES, self.entries):
                for side, role in (*SIDE_NAMES[dataset].items(), (None, None)):
                    dossier, law = f"{agency}-220602-{len(found) + 1001:04}", self.chance.choice(("", "", *LAWS))
                    unsure = self.chance.random() < 0.25
                    number = connection.scalar(
                        sa.text(
                            """
                        insert into hub.decision (agency, dossier, requirement_set, requirement, procedure, purpose, outcome, evidence_type, dataset, system,
                                                  record_key, role, version, result_code, legal_basis, asked_under, why, known_at, decided_at)
                        select :a, :dossier, 's', :d, :procedure, :p, :outcome, 'register:' || :d, :d, 'moj-registry', :k, :role, r._version, :code,
                               'once-held', :law, cast(:why as jsonb), now(), now()
                        from warehouse."""
                            + dataset
                            + """ r where r._key = :k returning id"""
                        ),
                        {
                            "a": agency,
                            "p": purpose,
                            "dossier": dossier,
                            "d": dataset,
                            "k": key,
                            "role": role,
                            "law": law,
                            "procedure": PROCEDURE,
                            "outcome": "confirm" if unsure else "reuse",
                            "code": REGISTERS[f"register:{dataset}"].result_code,
                            "why": json.dumps(_why(unsure)),
                        },
                    )
                    who = self.entries[dataset, key][side or next(iter(SIDES[dataset]))]
                    people = {"applicant": Subject(personal_id=who, name=ANOTHER_NAME if unsure else None)}
                    rejudge.seal(
                        connection,
                        KEYS,
                        Asked(Inquiry(agency, "officer-1", purpose, dossier, law), PROCEDURE, people),
                        "s",
                    )
                    found.append(Decided(int(number), agency, purpose, dossier, dataset, key, side, law, unsure))
        return found

    def renew(self) -> None:
        """Another world of grants and purposes, as files; every asked question is forgotten."""
        pick, chance = self._pick, self.chance

        def needed(purpose):
            return {d: pick(d, 0.9 if purpose == PURPOSES[0] else 0.5) for d in self.pool if chance.random() < 0.9}

        tight = chance.random() < self.tight
        self.world: dict[str, Any] = {
            "purposes": {
                p: {
                    "id": p,
                    "title": p,
                    "legal_basis": "once-held",
                    "needed": needed(p),
                    "answers": [a for a in ANSWERED_FROM if chance.random() < 0.7],
                }
                for p in PURPOSES
            }
        }
        self.world["grants"] = [self._grant(n, chance.randint(10, 60) if tight else 10**9) for n in range(36)]
        (self.folder / "purposes.yaml").write_text(yaml.safe_dump({"purposes": list(self.world["purposes"].values())}))
        self.world["hourly_limit_without_grant"] = chance.randint(3, 8) if tight else 10**9
        self.world["hourly_misses"] = chance.randint(5, 30) if tight else 10**9
        self.world["daily_answers"] = chance.randint(5, 30) if tight else 10**9
        (self.folder / "grants.yaml").write_text(yaml.safe_dump({name: self.world[name] for name in LAID_DOWN}))
        self.noted: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
        self.answered_to: list[Asking] = []
        self.acts: dict[int, set[str]] = {}
        self.superseded: set[int] = set()
        self.reports: dict[int, Any] = {}
        self.registered: list[tuple[Any, str]] = []
        with self.hub.engine.begin() as connection:
            for table, which in RESTING.items():
                for statement in (
                    f"alter table {table} disable trigger user",
                    f"delete from {table} {which}",
                    f"alter table {table} enable trigger user",
                ):
                    connection.execute(sa.text(statement))
        self.app = create_app(self.hub)
        self.app.dependency_overrides.update(self.overrides)
        self.service: DecisionService = self.app.state.decisions
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def noted_since(self, last: int) -> list[tuple[int, str, str, str, str, bool]]:
        """Rows of the audit log after that one: number, agency, purpose, law, outcome, whether it missed."""
        with self.hub.engine.connect() as connection:
            query = sa.text(
                "select id, agency, purpose, asked_under, outcome, missed from hub.audit where id > :last order by id"
            )
            return [tuple(row) for row in connection.execute(query, {"last": last})]

    def _grant(self, number: int, limit: int) -> dict[str, Any]:
        """A random grant; each fourth is one of copies, for an office that keeps registers."""
        chance, copies = self.chance, number % 4 == 0
        answers = [a for a in ANSWERED_FROM if chance.random() < 0.3]
        territory = chance.choice(["city", "city", "760", "770"])
        within = self.pool if territory == "city" else SIDES
        datasets = {
            d: self._pick(d, 0.9 if copies else 0.4) for d in within if chance.random() < (0.8 if copies else 0.4)
        }
        if not answers and not datasets:
            answers = ["matches"]
        found = {
            "id": f"g{number}",
            "agencies": [chance.choice(ASKERS[:2])] if copies else chance.sample(ASKERS, chance.choice([1, 1, 2])),
            "datasets": datasets,
            "answers": answers,
            "purpose": PURPOSES[0] if copies else chance.choice(PURPOSES),
            "legal_basis": "extract-anywhere" if copies else chance.choice(list(LAWS)),
            "territory": territory,
            "valid_from": chance.choice(["2022-01-01", "2022-06-02"]),
            "hourly_limit": limit,
            "approver": "mẫu",
        }
        return found | ({"valid_to": chance.choice(["2022-12-31", "2025-07-01"])} if chance.random() < 0.4 else {})

    def _pick(self, dataset: str, whole: float) -> list[str]:
        pool = self.pool[dataset]
        return (
            list(pool)
            if self.chance.random() < whole
            else sorted(self.chance.sample(pool, self.chance.randint(1, len(pool))))
        )

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


def _why(unsure: bool) -> list[dict[str, str]]:
    doubts = {"one-candidate": ("doubt", DOUBT)} if unsure else {}
    said = {each: doubts.get(each, ("holds", "")) for each in CONDITIONS}
    return [
        {"condition": each, "effect": effect, "value": value, "sentence": ""} for each, (effect, value) in said.items()
    ]
