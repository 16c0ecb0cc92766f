"""Every way out of the service over a real socket, each made ready to be asked once more. All people are synthetic."""

from __future__ import annotations

import json
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
import yaml
from fastapi import FastAPI
from lxml import etree
from starlette.types import Receive, Scope, Send

from hub.access.tokens import Claims, machine_now
from hub.app import Hub
from service.app import create_app
from tests.hub.in_force import put_in_force
from tests.hub.registers import Put
from tests.sockets import listening

from . import ministry_calls
from .conftest import ADOPTION, BORN, DOSSIER, LAN, MARRIED, QUAN_1
from .ministry_calls import DATA, asked, post
from .signed_message import SOAP, N, message

hub = ministry_calls.hub

BECAUSE = {"because": "hồ sơ tại quầy"}

OF_PERSONS = dict.fromkeys(("officer_hourly", "officer_subjects", "subject_daily"), 10**6)
"""One officer asks about one person all day here: those limits have tests of their own (tests/hub/access)."""


@dataclass
class Service:
    """The service on a socket of its own; `limit` starts it anew behind the same address."""

    hub: Hub
    address: str = ""
    limits: dict[str, int] = field(default_factory=dict)
    """Those of `grants.yaml` that are not the deployment's."""
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        self.app = self._started(self.hub)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application: whichever was started last."""
        await self.app(scope, receive, send)

    @staticmethod
    def _started(hub: Hub) -> FastAPI:
        return create_app(hub, at_most=400)  # two hundred at once are to meet the agency's limit, not the service's

    def send(
        self, method: str, path: str, body: object = None, agency: str = QUAN_1, legal_basis: str = "once-held"
    ) -> tuple[int, Any]:
        """Status and JSON of a request by an officer of an agency; `<soap>` and an operation as path: a signed message of the Ministry's."""
        if path.startswith("<soap>"):
            return self._message(path.removeprefix("<soap>"), str(body))
        claims = Claims(agency, "officer-1", "civil-status", legal_basis)
        headers = {
            "Authorization": f"Bearer {self.app.state.tokens.sign(claims, machine_now())}",
            "Content-Type": "application/json",
        }
        if method == "GET":
            import urllib.error
            import urllib.request

            try:
                with urllib.request.urlopen(
                    urllib.request.Request(self.address + path, headers=headers), timeout=60
                ) as reply:
                    return reply.status, json.load(reply)
            except urllib.error.HTTPError as error:
                return error.code, json.load(error)
        status, answer = post(self.address + path, json.dumps(body).encode(), headers)
        return status, json.loads(answer)

    def _message(self, operation: str, inside: str) -> tuple[int, Any]:
        inside = f'<{operation} xmlns="{N[1:-1]}"><maDonVi>760</maDonVi>{inside}</{operation}>'
        status, reply = post(f"{self.address}/ministry/soap", message(self.hub, inside), {"Content-Type": "text/xml"})
        [element] = etree.fromstring(reply).find(f"{{{SOAP}}}Body")
        return (429 if element.findtext(f"detail/{N}maLoi") == "429" else status), element

    def limit(self, **limits: int) -> None:
        """Set limits of every grant's agency (`hourly_limit`), or of all (`hourly_misses`, `daily_answers`, `hourly_denied`)."""
        self.limits |= limits
        deployed, folder = self.hub.deployment, Path(tempfile.mkdtemp(dir=self.hub.scenario.folder))
        for each in deployed.folder.iterdir():
            if each.name != "grants.yaml":
                (folder / each.name).symlink_to(each)
        grants = yaml.safe_load((deployed.folder / "grants.yaml").read_text(encoding="utf-8"))
        of_all = OF_PERSONS | self.limits
        if "hourly_limit" in of_all:
            of_each = of_all.pop("hourly_limit")
            grants["grants"] = [grant | {"hourly_limit": of_each} for grant in grants["grants"]]
        (folder / "grants.yaml").write_text(yaml.safe_dump(grants | of_all, allow_unicode=True), encoding="utf-8")
        there = replace(self.hub, deployment=replace(deployed, folder=folder))
        put_in_force(there)
        self.app = self._started(there)

    def rows(self) -> Counter[str]:
        """Outcome -> how many rows of the audit log."""
        with self.hub.engine.connect() as connection:
            return Counter(connection.scalars(sa.text("select outcome from hub.audit")))


@pytest.fixture
def service(hub: Hub, put: Put) -> Iterator[Service]:
    put("marriage", "1", **MARRIED)
    put("birth", "1", **BORN | {"nksSoDDCN": "079190000001"})
    service = Service(hub)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )  # a line for each of 200 requests says nothing
    with listening(service) as address:
        service.address = address
        yield service


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
    return (
        "GET",
        f"/v1/error-reports/{service.send('POST', '/v1/error-reports', wrong(dossier))[1]['id']}",
        None,
        "once-held",
    )


def _shown(service: Service, dossier: str) -> Ask:
    reused(service, dossier)
    return "GET", f"/v1/dossiers/{dossier}/decisions", None, "once-held"


def _plain(path: str, body: Callable[[str], object]) -> Prepare:
    return lambda service, dossier: ("POST", path, body(dossier), "once-held")


def ministry(operation: str, *, soap: bool) -> Prepare:
    def prepare(service: Service, dossier: str) -> Ask:
        body = {"maDonVi": "760", "maHoSo": dossier}
        asking = body | {"module": "BS", "ngayTiepNhan": "2022-06-02", "data": DATA}
        assert service.send("POST", "/ministry/dangKyHoTich", asking, legal_basis="extract-anywhere")[0] == 200
        if soap:
            return (
                "POST",
                f"<soap>{operation}",
                asked().replace("H-1", dossier) if operation == "dangKyHoTich" else f"<maHoSo>{dossier}</maHoSo>",
                "",
            )
        return "POST", f"/ministry/{operation}", asking if operation == "dangKyHoTich" else body, "extract-anywhere"

    return prepare


WAYS: dict[str, Prepare] = {
    "decisions": _plain("/v1/decisions", question),
    "shown": _shown,
    **{act: _on_a_decision(act) for act in ("preview", "use", "refuse", "extract")},
    "record": _plain("/v1/evidence", lambda dossier: person(dossier, type="register:marriage", fields=["voHoTen"])),
    "answer": _plain("/v1/answers", lambda dossier: person(dossier, question="is_married")),
    "prefill": _plain("/v1/prefill", person),
    "status": lambda service, dossier: ("GET", f"/v1/dossiers/{dossier}/status", None, "once-held"),
    "report": _plain("/v1/error-reports", wrong),
    "reported": _reported,
    **{
        f"{'SOAP' if soap else 'REST'} {each}": ministry(each, soap=soap)
        for each in ("dangKyHoTich", "traTrangThaiHoSo", "ketQuaDangKyHS")
        for soap in (True, False)
    },
}
