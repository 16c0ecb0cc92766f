"""A receiver fetches its deliveries over HTTP, judges them with the kit, and posts its signed word. All people are synthetic."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub.access.logins.duty import ROLES, Duty
from hub.app import Hub
from hub.core.actions import Actor
from hub.core.database import connect
from hub.feeds import approvals, releases, signing
from hub.feeds.building import under_grants_in_force
from tests.databases import Databases

from .conftest import QUAN_1, Sign

sys.path.insert(0, str(Path(__file__).parents[2] / "kit"))
import verify as kit

MINISTRY, PURPOSE, LAW, FEED = "000.00.00.G15", "civil-status-database", "civil-status-database", "moj-births"
FIRST = f"{FEED}-00000001"
DUTY = Actor("Trần Thị Bình", "agreement 01/2022")


class FetchingMinistry:
    """The receiver's side: its keys, its token, and what it fetched."""

    def __init__(self, client: TestClient, hub: Hub, headers: dict[str, str], folder: Path) -> None:
        self.client, self.hub, self.headers, self.folder = client, hub, headers, folder
        kit.make_keys(folder / "own")

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(f"/v1/{path}", headers=self.headers, **more)

    def fetched(self, id: str) -> Any:
        """A delivery, verified by the kit with the city's pinned key."""
        into = self.folder / id
        into.mkdir(exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(self.get(f"deliveries/{id}/content").content), mode="r:") as archive:
            archive.extractall(into, filter="data")
        signers = signing.signers(self.hub.delivery_builder().signing_keys)
        return kit.verify(into, {each.id: each.private.public_key() for each in signers})

    def signed(self, delivery: Any, kind: str = "receipt", **more: object) -> str:
        own = kit.private_key(self.folder / "own/signing.pem", kit.Ed25519PrivateKey)
        said = {"outcome": "accepted", "refused": []} if kind == "receipt" else {}
        return kit.signed_answer(kind, delivery, own, self.hub.scenario.now(), **{**said, **more}).decode()

    def answer(self, id: str, said: str) -> Any:
        return self.client.post(f"/v1/deliveries/{id}/answer", json={"answer": said}, headers=self.headers)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.hub.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement))]


@pytest.fixture
def ministry(client: TestClient, app: FastAPI, hub: Hub, sign: Sign, tmp_path: Path) -> FetchingMinistry:
    """The FetchingMinistry of Justice, whose first delivery of births is released."""
    here = FetchingMinistry(client, hub, sign(MINISTRY, PURPOSE, legal_basis=LAW), tmp_path / "ministry")
    now = hub.scenario.now()
    with hub.engine.begin() as connection:
        for name in ("opening", "signing"):
            pem = (here.folder / f"own/{name}.pub.pem").read_bytes()
            approvals.pin(connection, MINISTRY, pem, DUTY, now)
    build(here)
    return here


def build(here: FetchingMinistry, *, released: bool = True) -> None:
    hub, now = here.hub, here.hub.scenario.now()
    hub.publish_feeds()
    hub.delivery_builder().build(hub.feed(FEED))
    if released:
        with hub.engine.begin() as connection:
            feed = under_grants_in_force(connection, hub.feed(FEED))
            terms = feed.terms(hub.deployment.local_day(now)).digest
            approvals.approve(connection, FEED, terms, DUTY, now)
            releases.release_waiting(connection, FEED, terms, hub.keys, now)


def test_listed_fetched_judged_and_acknowledged(ministry: FetchingMinistry) -> None:
    """From the list to the receipt: the kit finds the city's signature good, and the equation closes."""
    [entry] = ministry.get(f"feeds/{FEED}/deliveries").json()["deliveries"]
    assert (FIRST, "snapshot", "released") == (entry["id"], entry["kind"], entry["state"])
    delivery = ministry.fetched(FIRST)
    assert entry["manifest_sha256"] == delivery.digest
    assert [("sent",)] == ministry.rows("select state from hub.delivery")
    for _ in range(2):
        assert {"delivery": FIRST, "state": "acknowledged"} == ministry.answer(FIRST, ministry.signed(delivery)).json()
    query = "select released, acknowledged, refused, waiting, unknown from hub.delivery"
    assert [(1, 1, 0, 0, 0)] == ministry.rows(query)
    assert [(1,)] == ministry.rows("select count(*) from hub.delivery_answer")


def test_where_a_receiver_begins_and_goes_on(ministry: FetchingMinistry) -> None:
    """The newest snapshot, and what came behind the position that it names."""
    build(ministry)
    found = ministry.get(f"feeds/{FEED}/deliveries").json()
    assert (1, 2) == (found["snapshot"], found["last"])
    behind = ministry.get(f"feeds/{FEED}/deliveries", params={"after": 1}).json()["deliveries"]
    assert [f"{FEED}-00000002"] == [each["id"] for each in behind]


def test_a_row_that_is_refused(ministry: FetchingMinistry) -> None:
    """The receiver names its line and a code; the rest is acknowledged."""
    delivery = ministry.fetched(FIRST)
    said = ministry.signed(delivery, refused=[{"line": 1, "reason": "unknown-unit"}])
    assert "acknowledged" == ministry.answer(FIRST, said).json()["state"]
    assert [(0, 1)] == ministry.rows("select acknowledged, refused from hub.delivery")


def test_under_the_login_that_answers(
    ministry: FetchingMinistry, databases: Databases, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In production the service may read deliveries, settle them by an answer, and keep what was refused; no more."""
    hub = ministry.hub
    url = hub.engine.url.render_as_string(hide_password=False)
    engine = connect(databases.login(url, ROLES[Duty.ANSWERING]))
    monkeypatch.setattr(ministry.client.app.state, "hub", replace(hub, engine=engine))  # type: ignore[attr-defined]
    delivery = ministry.fetched(FIRST)
    said = ministry.signed(
        delivery, refused=[{"line": 1, "reason": "unknown-unit", "field": delivery.manifest["columns"][1]}]
    )
    assert "acknowledged" == ministry.answer(FIRST, said).json()["state"]
    engine.dispose()
    assert [(1, "unknown-unit")] == ministry.rows("select number, reason from hub.delivery_refusal")


def test_a_word_that_does_not_count(ministry: FetchingMinistry) -> None:
    """A receipt of another manifest, and one that was changed after it was signed: 409, and nothing is kept."""
    delivery = ministry.fetched(FIRST)
    other = json.loads(ministry.signed(delivery)) | {"outcome": "refused"}
    for said in (ministry.signed(delivery, manifest_sha256="0" * 64), kit.canonical(other).decode(), "{}"):
        reply = ministry.answer(FIRST, said)
        assert (409, "urn:motlan:problem:answer") == (reply.status_code, reply.json()["type"])
    assert [] == ministry.rows("select * from hub.delivery_answer")


ELSEWHERE = (f"feeds/{FEED}/deliveries", f"deliveries/{FIRST}", f"deliveries/{FIRST}/content")


@pytest.mark.parametrize("path", ELSEWHERE)
@pytest.mark.parametrize(
    ("agency", "purpose", "law"),
    [
        (QUAN_1, PURPOSE, LAW),
        (MINISTRY, "civil-status", LAW),
        (MINISTRY, PURPOSE, "once-held"),
        (QUAN_1, "civil-status", LAW),
    ],
)
def test_another_asker(ministry: FetchingMinistry, sign: Sign, path: str, agency: str, purpose: str, law: str) -> None:
    """Another agency, purpose or law: the answer is that of a feed which is not there, and an audit row says denied."""
    before = ministry.rows("select count(*) from hub.audit")[0][0]
    headers = sign(agency, purpose, legal_basis=law)
    denied = ministry.client.get(f"/v1/{path}", headers=headers)
    missing = ministry.client.get(f"/v1/{path.replace(FEED, 'no-such')}", headers=headers)
    same = [{k: v for k, v in each.json().items() if k != "request"} for each in (denied, missing)]
    assert (404, 404, same[0]) == (denied.status_code, missing.status_code, same[1])
    said = ministry.rows(f"select what, outcome from hub.audit order by id offset {before}")
    assert [("sending", "denied"), ("sending", "nothing")] == said


def test_what_waits_for_a_person_is_not_there(client: TestClient, hub: Hub, ministry: FetchingMinistry) -> None:
    """A delivery that nobody approved is in no list and cannot be fetched."""
    with hub.engine.begin() as connection:
        connection.execute(sa.text("update hub.delivery set state = 'built', released = 0, waiting = 0"))
    assert ([], 0) == (
        (found := ministry.get(f"feeds/{FEED}/deliveries").json())["deliveries"],
        found["last"],
    )
    assert 404 == ministry.get(f"deliveries/{FIRST}/content").status_code


def test_after_its_retention(ministry: FetchingMinistry) -> None:
    """Its content is gone for the receiver too (410); counts, hash and verdict remain."""
    with ministry.hub.engine.begin() as connection:
        past = ministry.hub.scenario.now() - timedelta(days=1)
        connection.execute(sa.text("update hub.delivery set expires_at = :past"), {"past": past})
    assert 410 == ministry.get(f"deliveries/{FIRST}/content").status_code
    verdict = ministry.get(f"deliveries/{FIRST}").json()
    assert ("accepted", 1) == (verdict["quality"]["verdict"], verdict["put"])


def test_each_fetch_is_an_audit_row(ministry: FetchingMinistry) -> None:
    """Who fetched what, under which grant and law, which fields; no value."""
    ministry.fetched(FIRST)
    query = "select agency, who, reference, outcome, array_length(fields, 1) > 5, grants from hub.audit where what = 'sending'"
    assert [(MINISTRY, "officer-1", FIRST, "answered", True, ["civil-status-to-the-ministry/000.00.00.G15"])] == (
        ministry.rows(query)
    )
