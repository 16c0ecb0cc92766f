"""Limits of an agency over real sockets: the last free place, a walk through invented numbers, refusals. All people are synthetic."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from fastapi import FastAPI
from lxml import etree

from hub.access.tokens import Claims, machine_now
from hub.app import Hub
from hub.core.deployment import load_deployment
from hub.core.settings import read_settings
from hub.evidence import indexes
from hub.load.landing import Landing
from service.app import create_app
from tests.hub.evidence.conftest import KEYS, NOW, ROOT, Put

from .asked import listening
from .conftest import ADOPTION, BORN, DOSSIER, LAN, MARRIED, QUAN_1, QUAN_5, StillScenario
from .test_ministry import DATA, SOAP, N, asked, post, token

BECAUSE = {"because": "hồ sơ tại quầy"}
INVENTED = "000.00.28.H29-220602-0001"
"""Of District 5, which never filed it."""


@pytest.fixture
def hub(engine: sa.Engine, contracts: Any, tmp_path: Path) -> Hub:
    whole = load_deployment(ROOT / "deployments" / "hcmc")
    deployment = replace(whole, systems={"moj-registry": whole.systems["moj-registry"]})
    indexes.build(engine, contracts)
    return Hub(read_settings(home=tmp_path), deployment, StillScenario(tmp_path, NOW, NOW), contracts, engine, KEYS, Landing(tmp_path / "landing", KEYS))


@dataclass(frozen=True)
class Service:
    """The service on a socket of its own."""

    app: FastAPI
    hub: Hub
    address: str

    def send(self, method: str, path: str, body: object = None, agency: str = QUAN_1, legal_basis: str = "once-held") -> tuple[int, Any]:
        """Status and JSON of a request by an officer of an agency; `<soap>` and an operation as path: a signed message of the Ministry's."""
        if path.startswith("<soap>"):
            return self._message(path.removeprefix("<soap>"), str(body))
        claims = Claims(agency, "officer-1", "civil-status", legal_basis)
        headers = {"Authorization": f"Bearer {self.app.state.tokens.sign(claims, machine_now())}", "Content-Type": "application/json"}
        if method == "GET":
            import urllib.error
            import urllib.request

            try:
                with urllib.request.urlopen(urllib.request.Request(self.address + path, headers=headers), timeout=60) as reply:
                    return reply.status, json.load(reply)
            except urllib.error.HTTPError as error:
                return error.code, json.load(error)
        status, answer = post(self.address + path, json.dumps(body).encode(), headers)
        return status, json.loads(answer)

    def _message(self, operation: str, inside: str) -> tuple[int, Any]:
        inside = f'<{operation} xmlns="{N[1:-1]}"><maDonVi>760</maDonVi>{inside}</{operation}>'
        body = f'<e:Envelope xmlns:e="{SOAP}"><e:Header>{token(self.hub)}</e:Header><e:Body>{inside}</e:Body></e:Envelope>'
        status, reply = post(f"{self.address}/ministry/soap", body.encode(), {"Content-Type": "text/xml"})
        [element] = etree.fromstring(reply).find(f"{{{SOAP}}}Body")
        return (429 if element.findtext(f"detail/{N}maLoi") == "429" else status), element

    def limit(self, **limits: int) -> None:
        """Set limits of every grant's agency (`hourly_limit`), or of all (`hourly_misses`, `daily_answers`)."""
        rule = self.app.state.desk.rule
        grants = rule.grants
        if "hourly_limit" in limits:
            each = limits.pop("hourly_limit")
            grants = replace(grants, all=tuple(replace(grant, hourly_limit=each) for grant in grants.all))
        object.__setattr__(rule, "grants", replace(grants, limits=replace(grants.limits, **limits)))

    def rows(self) -> Counter[str]:
        """Outcome -> how many rows of the audit log."""
        with self.hub.engine.connect() as connection:
            return Counter(connection.scalars(sa.text("select outcome from hub.audit")))


@pytest.fixture
def service(hub: Hub, put: Put) -> Iterator[Service]:
    put("marriage", "1", **MARRIED)
    put("birth", "1", **BORN | {"nksSoDDCN": "079190000001"})
    app = create_app(hub)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # a line for each of 200 requests says nothing
    with listening(app) as address:
        yield Service(app, hub, address)
    structlog.reset_defaults()


def person(dossier: str = DOSSIER, **more: Any) -> dict[str, Any]:
    return {"dossier": dossier, "person": {"personal_id": LAN}} | more


def question(dossier: str = DOSSIER) -> dict[str, Any]:
    return {"dossier": dossier, "procedure": ADOPTION, "people": {"applicant": {"personal_id": LAN}}}


def wrong(dossier: str = DOSSIER) -> dict[str, str]:
    return {"dossier": dossier, "record": "marriage/moj-registry/1", "kind": "wrong", "words": "sai"}


def reused(service: Service, dossier: str) -> int:
    """The number of a decision that reuses the marriage."""
    _, reply = service.send("POST", "/v1/decisions", question(dossier))
    [found] = [each["id"] for each in reply["decisions"] if each["outcome"] == "reuse"]
    return int(found)


Ask = tuple[str, str, object, str]
"""Method, path, body, legal basis."""
Prepare = Callable[[Service, str], Ask]
"""What must stand before a way out can be asked about a dossier; how it is asked."""


def _on_a_decision(act: str) -> Prepare:
    def prepare(service: Service, dossier: str) -> Ask:
        number = reused(service, dossier)
        assert service.send("POST", f"/v1/decisions/{number}/preview", BECAUSE)[0] == 200
        return "POST", f"/v1/decisions/{number}/{act}", BECAUSE, "once-held"

    return prepare


def _reported(service: Service, dossier: str) -> Ask:
    return "GET", f"/v1/error-reports/{service.send('POST', '/v1/error-reports', wrong(dossier))[1]['id']}", None, "once-held"


def _shown(service: Service, dossier: str) -> Ask:
    reused(service, dossier)
    return "GET", f"/v1/dossiers/{dossier}/decisions", None, "once-held"


def _plain(path: str, body: Callable[[str], object]) -> Prepare:
    return lambda service, dossier: ("POST", path, body(dossier), "once-held")


def _ministry(operation: str, *, soap: bool) -> Prepare:
    def prepare(service: Service, dossier: str) -> Ask:
        body = {"maDonVi": "760", "maHoSo": dossier}
        asking = body | {"module": "BS", "ngayTiepNhan": "2022-06-02", "data": DATA}
        assert service.send("POST", "/ministry/dangKyHoTich", asking, legal_basis="extract-anywhere")[0] == 200
        if soap:
            return "POST", f"<soap>{operation}", asked().replace("H-1", dossier) if operation == "dangKyHoTich" else f"<maHoSo>{dossier}</maHoSo>", ""
        return "POST", f"/ministry/{operation}", asking if operation == "dangKyHoTich" else body, "extract-anywhere"

    return prepare


WAYS: dict[str, Prepare] = {
    "decisions": _plain("/v1/decisions", question), "shown": _shown,
    **{act: _on_a_decision(act) for act in ("preview", "use", "refuse", "extract")},
    "record": _plain("/v1/evidence", lambda dossier: person(dossier, type="register:marriage", fields=["voHoTen"])),
    "answer": _plain("/v1/answers", lambda dossier: person(dossier, question="is_married")), "prefill": _plain("/v1/prefill", person),
    "status": lambda service, dossier: ("GET", f"/v1/dossiers/{dossier}/status", None, "once-held"),
    "report": _plain("/v1/error-reports", wrong), "reported": _reported,
    **{f"{'SOAP' if soap else 'REST'} {each}": _ministry(each, soap=soap)
       for each in ("dangKyHoTich", "traTrangThaiHoSo", "ketQuaDangKyHS") for soap in (True, False)},
}  # fmt: skip


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
    body = lambda number: {"dossier": f"{QUAN_1}-220602-9{number[-3:]}", "person": {"personal_id": number}, "type": "register:birth", "fields": ["nksHoTen"]}  # noqa: E731
    reply = Counter(service.send("POST", "/v1/evidence", body(number))[0] for number in ids)
    assert reply == {404: 100, 429: steps - 100}
    assert service.rows() == {"nothing": 100, "limit": steps - 100}
    with service.hub.engine.connect() as connection:
        alerts = connection.execute(sa.text("""
            select kind, sum(count) as count, min(first_at) - (select min(at) from hub.audit) < interval '1 minute' as soon from hub.alert
            where agency = :agency group by kind order by kind"""), {"agency": QUAN_1}).all()  # fmt: skip
    assert [each.kind for each in alerts] == ["census", "misses"] and all(each.soon for each in alerts)
    assert alerts[1].count == steps - 100
    assert service.send("POST", "/v1/answers", person(f"{QUAN_5}-220602-0001", question="is_married"), agency=QUAN_5)[0] == 200


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
        ("/v1/decisions", question(INVENTED)), ("/v1/evidence", person(INVENTED, type="register:marriage", fields=["voHoTen"])),
        ("/v1/answers", person(INVENTED, question="is_married")), ("/v1/prefill", person(INVENTED)),
        ("/v1/error-reports", wrong(INVENTED)),
    )  # fmt: skip
    missing = service.send("POST", "/v1/answers", {"dossier": DOSSIER, "person": {"personal_id": "079190000099"}, "question": "is_married"})
    refused = [service.send("POST", path, body) for path, body in ways]
    assert {(status, str(reply | {"request": ""})) for status, reply in refused} == {(404, str(missing[1] | {"request": ""}))}
    assert service.rows() == {"nothing": 6}
    put("dossier", INVENTED, system="one-stop-774", MaHoSo=INVENTED, TrangThaiHoSo="4")
    assert [service.send("POST", path, body)[0] for path, body in ways] == [200] * 5


def test_a_client_that_goes_on_polling_is_let_in_again(service: Service) -> None:
    """Refusals counted in the hour: who asked once a second at 429 never came out of it."""
    service.limit(hourly_limit=2)
    reply = [service.send("POST", "/v1/answers", person(question="is_married"))[0] for _ in range(30)]
    assert reply == [200] * 2 + [429] * 28
    _an_hour_passes_for(service, "answered")
    assert service.send("POST", "/v1/answers", person(question="is_married"))[0] == 200


def test_what_is_denied_does_not_use_up_the_hour(service: Service) -> None:
    """One program with a token of a wrong law locked its whole agency out."""
    service.limit(hourly_limit=2)
    ask = ("POST", "/v1/answers", person(question="is_married"))
    assert {service.send(*ask, legal_basis="marital-status")[0] for _ in range(5)} == {404}
    assert [service.send(*ask)[0] for _ in range(3)] == [200, 200, 429]
    assert service.rows() == {"denied": 5, "answered": 2, "limit": 1}


def test_a_day_has_a_ceiling_of_answers(service: Service) -> None:
    service.limit(daily_answers=3)
    reply = [service.send("POST", "/v1/answers", person(question="is_married"))[0] for _ in range(5)]
    assert reply == [200] * 3 + [429] * 2
    _an_hour_passes_for(service, "answered")
    assert service.send("POST", "/v1/answers", person(question="is_married"))[0] == 429
    with service.hub.engine.connect() as connection:
        assert connection.scalars(sa.text("select distinct kind from hub.alert")).all() == ["day"]


def _an_hour_passes_for(service: Service, outcome: str) -> None:
    """The rows of the audit log are moved back in time: nobody can wait for it."""
    with service.hub.engine.begin() as connection:
        for statement in ("alter table hub.audit disable trigger user", "update hub.audit set at = at - interval '61 minutes' where outcome = :outcome",
                          "alter table hub.audit enable trigger user"):  # fmt: skip
            connection.execute(sa.text(statement), {"outcome": outcome} if ":outcome" in statement else {})


def test_over_soap_the_limit_has_a_code_of_its_own(service: Service) -> None:
    """The Ministry's system was told 500 DATA_INCORRECT, and its people looked for the fault in what they had sent."""
    ask = _ministry("traTrangThaiHoSo", soap=True)(service, DOSSIER)
    service.limit(hourly_limit=1)
    status, fault = service.send(*ask[:3])
    assert (status, fault.findtext(f"detail/{N}maLoi"), fault.findtext("faultcode")) == (429, "429", "s:Server")
    assert fault.findtext("faultstring") == "LIMIT_REACHED"
