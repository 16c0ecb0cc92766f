"""The population database: asked about one person, believed only when it answers just that, within its deadline."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from connectors import Enquiry, System, open_registry, open_source
from connectors.errors import (
    AuthenticationFailed,
    Incomplete,
    Malformed,
    Refused,
    SourceFailed,
    Throttled,
    TimedOut,
    TooLarge,
    Unreachable,
)
from connectors.testing.fault_proxy import FaultProxy, ScriptedReply
from connectors.testing.fault_scripts.http import HTTP_FAULTS
from connectors.testing.fault_scripts.script import FaultScript
from contracts.errors import DeploymentInvalid, HubError

LAN = Enquiry(
    "079190000001", "Trần Thị Hòa Lan", "1990-05-12", "000.00.16.H29", "civil-status", "000.00.16.H29-220601-0001"
)
CANARY = "12 đường Không Ai Hỏi"


class PopulationDouble:
    """Knows one person; counts questions."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.tokens = 0
        self.revoked = 0

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        self.paths.append(path)
        if path.endswith("/token"):
            self.tokens += 1
            return self.says({"access_token": f"token-{self.tokens}", "token_type": "Bearer", "expires_in": 3600})
        if int(headers.get("Authorization", "Bearer token-0").rpartition("-")[2]) <= self.revoked:
            return 401, "application/json", b"{}"
        asked = json.loads(body)
        self.asked.append(asked)
        if asked["soDinhDanh"] != LAN.number:
            return self.says({"error_code": "0", "message": "Thành công", "tonTai": False})
        facts = {
            "hoTen": asked.get("hoTen") == LAN.name,
            "ngaySinh": str(LAN.born).startswith(asked.get("ngaySinh", "-")),
        }
        return self.says(
            {
                "error_code": "0",
                "message": "Thành công",
                "tonTai": True,
                "khop": {name: same for name, same in facts.items() if name in asked},
            }
        )

    def says(self, content: object) -> tuple[int, str, bytes]:
        return 200, "application/json; charset=utf-8", json.dumps(content, ensure_ascii=False).encode()


@pytest.fixture
def double() -> PopulationDouble:
    return PopulationDouble()


@pytest.fixture
def system(double: PopulationDouble, served: Any, credentials: dict[str, str], now: datetime) -> Iterator[System]:
    with served(double, "/population") as address:
        yield System(
            "population-db",
            "Dân cư",
            "population",
            address,
            credentials,
            {"madonvi": "000.00.00.H29", "attempts": 1},
            now=lambda: now,
        )


def ask(system: System, enquiry: Enquiry = LAN, deadline_s: float = 5) -> Any:
    registry = open_registry(system)
    try:
        return registry.ask(enquiry, deadline_s=deadline_s)
    finally:
        registry.close()


@pytest.mark.parametrize(
    ("change", "known", "agrees", "differs"),
    [
        ({}, True, {"hoTen", "ngaySinh"}, set()),
        ({"name": None, "born": "1990"}, True, {"ngaySinh"}, set()),
        ({"name": "Lê Văn Khác"}, True, {"ngaySinh"}, {"hoTen"}),
        ({"number": "079190000002"}, False, set(), set()),
    ],
    ids=["all agree", "a year alone", "another name", "no such number"],
)
def test_which_facts_agree(
    system: System, change: dict[str, Any], known: bool, agrees: set[str], differs: set[str]
) -> None:
    """Names of facts come back, never values."""
    matched = ask(system, replace(LAN, **change))

    assert (matched.known, matched.agrees, matched.differs) == (known, agrees, differs)


def test_the_question_says_why_and_goes_in_the_body(system: System, double: PopulationDouble) -> None:
    """Agency, dossier and purpose with every question; nothing of a person in an address."""
    ask(system)

    assert {"madonvi": "000.00.16.H29", "maHoSo": LAN.reference, "mucDich": "civil-status"}.items() <= double.asked[
        0
    ].items()
    assert double.asked[0]["maYeuCau"]
    assert not any(LAN.number in path for path in double.paths)
    assert LAN.number not in repr(LAN)
    assert "Lan" not in repr(LAN)


def test_a_token_that_ended_is_renewed_once(system: System, double: PopulationDouble) -> None:
    registry = open_registry(system)
    registry.ask(LAN, deadline_s=5)
    double.revoked = 1
    assert registry.ask(LAN, deadline_s=5).known
    double.revoked = 99
    with pytest.raises(AuthenticationFailed):
        registry.ask(LAN, deadline_s=5)
    registry.close()


SAID: list[tuple[str, Callable[[dict[str, Any]], object], type[HubError]]] = [
    ("more than was asked", lambda a: a.update(noiThuongTru=CANARY), Malformed),
    ("a value as a name", lambda a: a.update({CANARY: True}), Malformed),
    ("other facts", lambda a: a.update(khop={"noiThuongTru": True}), Malformed),
    ("fewer facts", lambda a: a.update(khop={"hoTen": True}), Malformed),
    ("a value for a yes", lambda a: a.update(khop={"hoTen": CANARY, "ngaySinh": True}), Malformed),
    ("facts of nobody", lambda a: a.update(tonTai=False), Malformed),
    ("no code", lambda a: a.pop("error_code"), Malformed),
    ("refused inside 200", lambda a: a.update(error_code="-9", message=CANARY), Refused),
    ("code 0 beside a failure", lambda a: a.update(message=CANARY), Refused),
    ("a failure that speaks of success", lambda a: a.update(message="Tra cứu không thành công"), Refused),
    ("success and nothing else", lambda a: (a.pop("tonTai"), a.pop("khop")), Malformed),
    ("null for known", lambda a: a.update(tonTai=None), Malformed),
    ("a text for known", lambda a: a.update(tonTai="false"), Malformed),
]


@pytest.mark.parametrize(("spoil", "error"), [each[1:] for each in SAID], ids=[each[0] for each in SAID])
def test_what_it_may_not_say(system: System, spoil: Callable[[dict[str, Any]], object], error: type[HubError]) -> None:
    """Any other answer is an error that quotes nothing of it."""

    def spoiled(request: object, answer: ScriptedReply) -> ScriptedReply:
        content = json.loads(answer.body)
        if "access_token" not in content:
            spoil(content)
        return answer.with_body(json.dumps(content, ensure_ascii=False).encode())

    with FaultProxy(system.address, spoiled) as proxy, pytest.raises(error) as raised:
        ask(replace(system, address=proxy.address))
    assert not any(value in str(raised.value) for value in (CANARY, LAN.number, str(LAN.name)))
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("twice", [b'"tonTai": false, "tonTai"', b'"message": "x", "message"', b'"khop": {}, "khop"'])
def test_an_answer_with_a_key_twice(system: System, twice: bytes) -> None:
    """Of two answers the last one was believed once: known and unknown in one reply."""
    name = twice.rpartition(b", ")[2]

    with (
        FaultProxy(system.address, lambda request, answer: answer.with_body(answer.body.replace(name, twice))) as proxy,
        pytest.raises(Malformed, match="a key twice"),
    ):
        ask(replace(system, address=proxy.address))


@pytest.mark.parametrize("fault", HTTP_FAULTS, ids=lambda fault: fault.name)
def test_every_fault_of_http(system: System, fault: FaultScript) -> None:
    """As of every connector: each spoiled answer is its documented error, and nothing is told by it."""
    script = fault.script()
    with FaultProxy(
        system.address, lambda request, answer: answer if "token" in request.path else script(request, answer)
    ) as proxy:
        with pytest.raises(fault.error) as raised:
            ask(replace(system, address=proxy.address), deadline_s=0.5 if fault.error is TimedOut else 10)
    assert LAN.number not in str(raised.value)


def test_login_and_question_share_one_deadline(system: System) -> None:
    """A login that takes most of the time leaves the question the rest, not the same again."""

    def slow(request: Any, answer: ScriptedReply) -> ScriptedReply:
        time.sleep(0.4)
        return answer

    with FaultProxy(system.address, slow) as proxy:
        started = time.monotonic()
        with pytest.raises(TimedOut):
            ask(replace(system, address=proxy.address), deadline_s=0.6)
        assert time.monotonic() - started < 2


def test_asked_not_read(system: System) -> None:
    """It has no stream: opening it as a source says so, and a source cannot be asked."""
    with pytest.raises(DeploymentInvalid, match="is asked, not read"):
        open_source(system, None)  # type: ignore[arg-type]
    with pytest.raises(DeploymentInvalid, match="is read, not asked"):
        open_registry(replace(system, dialect="one_stop"))


def test_the_check_asks_about_nobody(system: System, double: PopulationDouble) -> None:
    probes = list(open_registry(system).check())

    assert all(line.ok is not False for line in probes), probes
    assert {asked["soDinhDanh"] for asked in double.asked} == {"000000000000"}


ERRORS = {
    Unreachable,
    TimedOut,
    Throttled,
    SourceFailed,
    Incomplete,
    AuthenticationFailed,
    Refused,
    Malformed,
    TooLarge,
}


def test_the_faults_cover_the_tree() -> None:
    """Every error that a call can end with is met above."""
    assert {fault.error for fault in HTTP_FAULTS} | {each[2] for each in SAID} == ERRORS
