"""The population database in a decision: asked once, within the deadline, only with a grant, and nothing of its answer is kept anywhere."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette

from connectors import Enquiry, Matched, Probe, Registry, System
from connectors.errors import Throttled
from hub.access import audit
from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.population import PopulationQuestion
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.evidence.people import Subject
from tests.hub.answers.builders import small_hub
from tests.hub.registers import KEYS
from twins.clock import Clock
from twins.faults import Faults, KnowsTransport
from twins.population import AS_OF, REFERENCE, City, build_city
from twins.services import population_register as twin
from twins.services.lgsp import Gateway

PROCEDURE, QUAN_1, STRANGER = "1.000080", "000.00.16.H29", "000.05.16.H29"
SECRETS = {
    name: f"population-{name}"
    for name in ("client_id", "client_secret", "access_key", "secret_key", "app_name", "partner_code")
}


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(400, 10, 3, AS_OF, reference=REFERENCE)


@pytest.fixture
def register(city: City) -> twin.Population:
    clock = Clock(AS_OF)
    return twin.Population(twin.Residents.of(city.people), Gateway({twin.SYSTEM: SECRETS}, clock), clock, Faults())


@pytest.fixture
def address(register: twin.Population) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = KnowsTransport(Starlette(routes=register.routes()))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, date_header=False, server_header=False, lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/population"
    server.should_exit = server.force_exit = True
    thread.join(10)


@pytest.fixture
def service(engine, contracts, address: str) -> DecisionService:
    """The decision service of the shipped deployment, its population database at the twin's address."""

    def system(name):
        return System(name, "Dân cư", "population", address, SECRETS, {"madonvi": "000.00.00.H29"}, now=lambda: AS_OF)

    reuse = {"population": twin.SYSTEM, "deadline_s": 1.5}
    return DecisionService(small_hub(engine, contracts, reuse=reuse, system=system))


@pytest.fixture
def person(register: twin.Population) -> Subject:
    """Somebody who is alive and has a number."""
    number = f"{int(register.residents.numbers[0]):012d}"
    found = register.residents.find(number)
    assert found
    return Subject(personal_id=number, name=found[0], born=found[1])


def question(person: Subject, dossier: str = "H1", agency: str = QUAN_1) -> Question:
    return Question(Inquiry(agency, "officer-1", "civil-status", dossier), PROCEDURE, {"applicant": person})


def by_population(answer) -> dict[str, tuple[str, str]]:
    """Requirement -> (outcome, the value of its last condition), of those that the database answers."""
    return {
        each.requirement: (each.outcome, each.why[-1]["value"]) for each in answer if each.evidence_type == "population"
    }


def test_it_confirms_and_is_asked_once(service: DecisionService, person: Subject, register: twin.Population) -> None:
    """Two papers of one person are one question; the same question again is none: the answer on record stands."""
    answer = service.ask(question(person))
    again = service.ask(question(person))

    assert by_population(answer) == dict.fromkeys(("1.000080/6", "1.000080/8"), ("confirm", "agrees: hoTen, ngaySinh"))
    assert again == answer
    assert register.asked == 1
    assert all(
        each.record is None and each.result_code is None for each in answer if each.evidence_type == "population"
    )


def test_another_name_confirms_nothing(service: DecisionService, person: Subject) -> None:
    """The paper is asked for, and the reason names the fact, not its value."""
    answer = service.ask(question(Subject(personal_id=person.personal_id, name="Lê Văn Khác", born=person.born)))

    assert {("ask", "differs: hoTen")} == set(by_population(answer).values())


def test_nothing_of_it_is_kept(
    service: DecisionService,
    engine: sa.Engine,
    person: Subject,
    register: twin.Population,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A confirmation, a refusal and a reply that says too much: no fact of the person in any table, no landed page, no file, no line of a log."""
    caplog.set_level(0)
    service.ask(question(person, "H1"))
    register.faults.load([{"kind": "more-than-asked", "times": 1}])
    too_much = service.ask(question(person, "H2"))
    register.faults.load([{"kind": "refused", "times": 1}])
    refused = service.ask(question(person, "H3"))

    assert ({("ask", "Malformed")}, {("ask", "Refused")}) == (
        set(by_population(too_much).values()),
        set(by_population(refused).values()),
    )
    canaries = [str(person.personal_id), str(person.name), str(person.born), twin.SURPRISE, "Không Ai Hỏi"]
    captured = capfd.readouterr()
    written = [
        captured.out,
        captured.err,
        caplog.text,
        *(path.read_bytes().decode(errors="replace") for path in tmp_path.rglob("*") if path.is_file()),
    ]
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from hub.landing")) == 0
        assert connection.scalar(sa.text("select count(*) from hub.decision where evidence_type = 'population'")) == 6
    assert [] == [canary for canary in canaries for text in (*written, *rows(engine)) if canary in text]
    service.ask(question(person, f"H4 {twin.SURPRISE}"))
    assert any(twin.SURPRISE in text for text in rows(engine)), "the search would find it"


def rows(engine: sa.Engine) -> list[str]:
    """Every row of every table of the hub's database as text."""
    with engine.connect() as connection:
        tables = connection.execute(
            sa.text(
                "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
            )
        ).all()
        return [
            text
            for schema, table in tables
            for text in connection.scalars(sa.text(f'select cast(t as text) from "{schema}"."{table}" t'))
        ]


def test_a_database_that_is_away_is_the_reason(
    service: DecisionService, person: Subject, register: twin.Population
) -> None:
    """Too slow, refused a connection, busy: the paper is asked for, with the reason, and within the decision's deadline."""
    register.faults.load([{"kind": "slow", "seconds": 5, "match": {"op": "xacThucCongDan"}, "times": 1}])
    started = time.monotonic()
    slow = service.ask(question(person, "H1"))
    waited = time.monotonic() - started
    register.faults.load([{"kind": "status-429", "retry_after": 60, "match": {"op": "xacThucCongDan"}, "times": 1}])
    busy = service.ask(question(person, "H2"))
    register.faults.load([{"kind": "reset", "times": 9}])
    gone = service.ask(question(person, "H3"))

    assert waited < 4
    assert [{("ask", "TimedOut")}, {("ask", "Throttled")}] == [
        set(by_population(each).values()) for each in (slow, busy)
    ]
    assert {outcome for outcome, _ in by_population(gone).values()} == {"ask"}
    assert {value for _, value in by_population(gone).values()} <= {"Unreachable", "Incomplete"}


def test_no_grant_no_question(service: DecisionService, person: Subject, register: twin.Population) -> None:
    """Another agency, or another purpose: the database never hears of the person."""
    answers = [
        service.ask(question(person, "H1", STRANGER)),
        service.ask(Question(Inquiry(QUAN_1, "officer-1", "school-enrolment", "H2"), PROCEDURE, {"applicant": person})),
    ]

    assert {("ask", "no grant"), ("ask", "purpose mismatch")} == {
        each for answer in answers for each in by_population(answer).values()
    }
    assert register.asked == 0


def test_a_dead_person_is_not_asked_about(
    service: DecisionService, put, person: Subject, register: twin.Population
) -> None:
    put(
        "death",
        "9",
        nktSoGiayToTuyThan=person.personal_id,
        nktHoTen=person.name,
        nktNgaySinh=person.born,
        so="1",
        quyenSo="01/2022",
        ngayDangKy="2022",
    )
    answer = service.ask(question(person))

    assert {("ask", "death registered")} == set(by_population(answer).values())
    assert register.asked == 0


def test_a_number_alone_is_too_little(service: DecisionService, person: Subject, register: twin.Population) -> None:
    """Whether a number exists is nobody's business: name or birth date must be told beside it."""
    assert {("ask", "not stated")} == set(
        by_population(service.ask(question(Subject(personal_id=person.personal_id)))).values()
    )
    assert register.asked == 0


def test_not_asked_without_refresh(service: DecisionService, person: Subject, register: twin.Population) -> None:
    """Past dossiers and rehearsals trouble no database."""
    assert {("ask", "population")} == set(by_population(service.ask(question(person), refresh=False)).values())
    assert register.asked == 0


def test_the_question_is_noted(service: DecisionService, person: Subject) -> None:
    """Agency, purpose, dossier and grant, with the database as a source; the person as a keyed hash."""
    service.ask(question(person))
    with service.hub.engine.connect() as connection:
        [row] = audit.rows(connection, subject=bytes.fromhex(KEYS.lookup(str(person.personal_id))))

    assert ("population" in row["datasets"], row["reference"], row["outcome"]) == (True, "H1", "answered")
    assert row["grants"] == [f"civil-status-desks/{QUAN_1}"]


def test_there_is_nothing_to_preview(service: DecisionService, person: Subject) -> None:
    """The officer looks in the database itself; the hub has nothing to show."""
    [first, *_] = [each for each in service.ask(question(person)) if each.evidence_type == "population"]

    with pytest.raises(NotFound, match="keeps nothing"):
        service.preview(first.id, Actor("officer", "tại quầy"))


class Recording(Registry):
    """Remembers what it was told."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.asked: list[Enquiry] = []
        self.fails, self.closed = fails, 0

    def ask(self, enquiry: Enquiry, *, deadline_s: float) -> Matched:
        self.asked.append(enquiry)
        if self.fails:
            raise self.fails
        return Matched(True, frozenset({"ngaySinh"}))

    def check(self) -> list[Probe]:
        return []

    def close(self) -> None:
        self.closed += 1


LAN = Subject(personal_id="079190000001", name="Trần Thị Hoà Lan", born="1990")


@pytest.mark.parametrize(
    ("granted", "named", "count"),
    [({"soDinhDanh", "ngaySinh"}, None, 1), ({"soDinhDanh"}, None, 0), ({"hoTen", "ngaySinh"}, None, 0)],
)
def test_only_what_is_granted_is_reported(granted: set[str], named: str | None, count: int) -> None:
    """A name that no grant allows is not sent; with too little left there is no question."""
    registry = Recording()
    said = PopulationQuestion(lambda: registry, 5, QUAN_1, "civil-status", "H1", frozenset(granted)).confirm(LAN)

    assert len(registry.asked) == registry.closed == count
    assert all(each.name is named for each in registry.asked)
    assert (said.agrees, said.reason) == ((("ngaySinh",), "") if count else ((), "too little may be disclosed"))


def test_an_error_is_a_reason_and_the_connection_is_given_back() -> None:
    registry = Recording(Throttled("busy"))
    said = PopulationQuestion(
        lambda: registry, 5, QUAN_1, "civil-status", "H1", frozenset({"soDinhDanh", "hoTen"})
    ).confirm(LAN)

    assert (said.reason, registry.closed) == ("Throttled", 1)
