"""Limits of an agency over real sockets: the last free place, a walk through invented numbers, refusals. All people are synthetic."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from hub.access import alerts
from hub.access.audit import audit
from tests.hub.registers import NOW, Put

from . import ways_out
from .conftest import DOSSIER, QUAN_1, QUAN_5
from .signed_message import N
from .ways_out import WAYS, Ask, Service, ministry, person, question, wrong

hub = ways_out.hub
service = ways_out.service

INVENTED = "000.00.28.H29-220602-0001"
"""Of District 5, which never filed it."""


def at_once(service: Service, ask: Ask, times: int) -> Counter[int]:
    """Status -> how often, of so many requests that are let go in one moment."""
    start = threading.Barrier(times)

    def one(_: int) -> int:
        start.wait(60)
        return service.send(*ask[:3], legal_basis=ask[3])[0]

    with ThreadPoolExecutor(times) as threads:
        return Counter(threads.map(one, range(times)))


def test_the_last_free_place_is_one(service: Service, put: Put) -> None:
    """Three to eight of two hundred passed: each looked at the hour before any of them had its row. On every way out; a record by 200."""
    _the_last_place(service, put, {"record": 200}, 24)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_last_free_place_is_one_of_two_hundred(service: Service, put: Put) -> None:
    """On every way out."""
    _the_last_place(service, put, {}, 200)


def _the_last_place(service: Service, put: Put, times: dict[str, int], usual: int) -> None:
    passed = {}
    for number, (way, prepare) in enumerate(WAYS.items(), 1):
        dossier, many = f"{QUAN_1}-220602-{number:04}", times.get(way, usual)
        put("dossier", dossier, system="one-stop-760", MaHoSo=dossier, TrangThaiHoSo="4")
        service.limit(hourly_limit=10_000)
        ask, before = prepare(service, dossier), service.rows()
        service.limit(hourly_limit=before["answered"] + 1)
        reply = at_once(service, ask, many)
        assert service.rows() - before == {"answered": reply[200], "limit": many - reply[200]}, way
        passed[way] = reply[200]
    assert passed == dict.fromkeys(WAYS, 1)


def _walk(service: Service, steps: int) -> None:
    ids = (f"0793160{number:05}" for number in range(steps))

    def body(number):
        return {
            "dossier": f"{QUAN_1}-220602-9{number[-3:]}",
            "person": {"personal_id": number},
            "type": "register:birth",
            "fields": ["nksHoTen"],
        }

    reply = Counter(service.send("POST", "/v1/evidence", body(number))[0] for number in ids)
    assert reply == {404: 100, 429: steps - 100}
    assert service.rows() == {"nothing": 100, "limit": steps - 100}
    with service.hub.engine.connect() as connection:
        raised = connection.execute(
            sa.text("""
            select kind, sum(count) as count, min(first_at) - (select min(at) from hub.audit) < interval '1 minute' as soon from hub.alert
            where agency = :agency group by kind order by kind"""),
            {"agency": QUAN_1},
        ).all()
    assert [each.kind for each in raised] == ["census", "misses"]
    assert all(each.soon for each in raised)
    assert raised[1].count == steps - 100
    assert (
        service.send("POST", "/v1/answers", person(f"{QUAN_5}-220602-0001", question="is_married"), agency=QUAN_5)[0]
        == 200
    )


def test_a_walk_through_invented_numbers_ends(service: Service) -> None:
    """Five thousand invented numbers in three minutes brought 1,417 records; nothing stopped it, and nobody was alerted."""
    _walk(service, 160)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_walk_through_five_thousand_invented_numbers(service: Service) -> None:
    _walk(service, 5000)


def test_an_invented_dossier_of_another_agency_opens_nothing(service: Service, put: Put) -> None:
    """Any dossier would do; now it is the agency's own by its code, or one that the hub knows. Refused like what is not held, and noted."""
    ways = (
        ("/v1/decisions", question(INVENTED)),
        ("/v1/evidence", person(INVENTED, type="register:marriage", fields=["voHoTen"])),
        ("/v1/answers", person(INVENTED, question="is_married")),
        ("/v1/prefill", person(INVENTED)),
        ("/v1/error-reports", wrong(INVENTED)),
    )
    missing = service.send(
        "POST", "/v1/answers", {"dossier": DOSSIER, "person": {"personal_id": "079190000099"}, "question": "is_married"}
    )
    refused = [service.send("POST", path, body) for path, body in ways]
    assert {(status, str(reply | {"request": ""})) for status, reply in refused} == {
        (404, str(missing[1] | {"request": ""}))
    }
    assert service.rows() == {"nothing": 6}
    put("dossier", INVENTED, system="one-stop-774", MaHoSo=INVENTED, TrangThaiHoSo="4")
    assert [service.send("POST", path, body)[0] for path, body in ways] == [200] * 5


def test_a_client_that_goes_on_polling_is_let_in_again(service: Service) -> None:
    """Refusals counted in the hour: who asked once a second at 429 never came out of it."""
    ask = ("POST", "/v1/answers", person(question="is_married"))
    service.limit(hourly_limit=2)
    answered_before(service, "59 minutes 56 seconds", times=2)
    polled, deadline = list[int](), time.monotonic() + 30
    while 200 not in polled and time.monotonic() < deadline:
        polled.append(service.send(*ask)[0])
    assert polled[:3] == [429] * 3
    assert polled[-1] == 200
    assert [service.send(*ask)[0] for _ in range(30)] == [200] + [429] * 29


def test_what_is_denied_does_not_use_up_the_hour(service: Service) -> None:
    """One program with a token of a wrong law locked its whole agency out."""
    service.limit(hourly_limit=2)
    ask = ("POST", "/v1/answers", person(question="is_married"))
    assert {service.send(*ask, legal_basis="marital-status")[0] for _ in range(5)} == {404}
    assert [service.send(*ask)[0] for _ in range(3)] == [200, 200, 429]
    assert service.rows() == {"denied": 5, "answered": 2, "limit": 1}


def test_a_storm_of_denied_questions_is_an_alert(service: Service) -> None:
    """A program asked on and on under a law that none of its agency's grants has: a row each, and nobody was alerted."""
    service.limit(hourly_denied=5)
    ask = ("POST", "/v1/answers", person(question="is_married"))
    assert {service.send(*ask, legal_basis="marital-status")[0] for _ in range(8)} == {404}
    assert service.send(*ask)[0] == 200
    with service.hub.engine.connect() as connection:
        assert [(each.kind, each.agency) for each in alerts.listed(connection)] == [("denied", QUAN_1)]


def test_a_day_has_a_ceiling_of_answers(service: Service) -> None:
    """What was answered an hour ago still counts, what was answered a day ago does not."""
    service.limit(daily_answers=3)
    answered_before(service, "24 hours 1 second", times=5)
    answered_before(service, "61 minutes", times=1)
    reply = [service.send("POST", "/v1/answers", person(question="is_married"))[0] for _ in range(5)]
    assert reply == [200] * 2 + [429] * 3
    with service.hub.engine.connect() as connection:
        assert connection.scalars(sa.text("select distinct kind from hub.alert")).all() == ["day"]


def answered_before(service: Service, ago: str, times: int) -> None:
    """Write answered questions of District 1 that are so old from the start: the log is only ever appended to."""
    row = {
        "at": sa.func.now() - sa.text(f"interval '{ago}'"),
        "asked_at": NOW,
        "agency": QUAN_1,
        "who": "officer-1",
        "what": "answer",
        "purpose": "civil-status",
        "reference": DOSSIER,
        "subjects": [],
        "datasets": ["marriage"],
        "grants": [],
        "legal_bases": [],
        "outcome": "answered",
        "answer_sha256": "",
    }
    with service.hub.engine.begin() as connection:
        for _ in range(times):
            connection.execute(sa.insert(audit).values(**row))


def test_over_soap_the_limit_has_a_code_of_its_own(service: Service) -> None:
    """The Ministry's system was told 500 DATA_INCORRECT, and its people looked for the fault in what they had sent."""
    ask = ministry("traTrangThaiHoSo", soap=True)(service, DOSSIER)
    service.limit(hourly_limit=1)
    status, fault = service.send(*ask[:3])
    assert (status, fault.findtext(f"detail/{N}maLoi"), fault.findtext("faultcode")) == (429, "429", "s:Server")
    assert fault.findtext("faultstring") == "LIMIT_REACHED"
