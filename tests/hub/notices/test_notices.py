"""Notices by mail and webhook, over a mail server of the twins and a real socket: once, grouped, without a person."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.errors import DeploymentInvalid
from hub.app import Hub, open_hub
from hub.core import events
from hub.core.settings import read_settings
from hub.local.scenario import Scenario
from hub.notices import sending
from hub.notices.mail import MailRefused
from hub.notices.news import gather
from hub.notices.webhook import WebhookRefused
from tests.databases import Databases
from tests.small_city import small_city
from tests.sockets import listening
from twins.smtp_sink import SmtpSink, receiving

pytestmark = pytest.mark.timeout(600)  # the city is read once, by whichever test is first
STREAM = "one-stop-770.dossier"


class TenDaysLater(Scenario):
    """A clock at which what was read is old, and cases are overdue."""

    def now(self) -> datetime:
        return super().now() + timedelta(days=10)


@pytest.fixture(scope="module")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A district that was read once, ten days ago."""
    folder = tmp_path_factory.mktemp("notices")
    secrets = folder / "secrets.json"
    with small_city(secrets, dossiers=60) as address, databases.fresh() as url:
        given = read_settings(
            home=folder / "home",
            database_url=url,
            twins_url=address,
            secrets_file=secrets,
            store_url="postgresql://nobody:nothing@127.0.0.1:1/never-asked",
        )
        with open_hub(given) as hub:
            hub.exchange(STREAM, on_event=events.ignore).sync(mode="full")
            s = hub.scenario
            later = TenDaysLater(s.folder, s.as_of, s.started)
            yield replace(hub, scenario=later, deployment=replace(hub.deployment, clock=later.now))


@pytest.fixture(autouse=True)
def nothing_sent(city: Hub) -> None:
    with city.engine.begin() as connection:
        connection.execute(sa.text("delete from hub.notice"))


def by(city: Hub, **ways: object) -> Hub:
    """The hub with ways for its notices."""
    return replace(city, settings=city.settings.model_copy(update=ways))


def by_mail(city: Hub, url: str) -> Hub:
    return by(city, smtp_url=SecretStr(url), mail_from="truc@hub.example", mail_to="a@quan.example, b@quan.example")


def test_news_say_who_why_and_what_next(city: Hub) -> None:
    """The district that has not delivered, and the office whose cases are overdue; each leads to a page and a runbook."""
    found = gather(city)
    keys = {each.key.split(":")[0] for each in found}
    assert {"missing", "overdue"} <= keys
    assert any(each.key.startswith(f"missing:{STREAM}") for each in found)
    root = Path(__file__).parents[3]
    assert all((root / each.runbook.split("#")[0]).exists() for each in found)
    assert all(each.owner and each.vi and each.en and each.next_vi and each.next_en for each in found)
    assert sorted(found, key=lambda each: (each.owner, each.key)) == found


def test_a_mail_goes_out_once_and_the_digest_each_morning(city: Hub) -> None:
    """Grouped by owner, in both languages; what was sent is not sent again until it changes."""
    sink = SmtpSink()
    with receiving(sink) as url:
        hub = by_mail(city, url)
        first = sending.send(hub)
        again = sending.send(hub)
        digest = sending.send(hub, digest=True)
    assert (first.true, 0, first.true) == (first.sent, again.sent, digest.sent)
    assert 2 == len(sink.mails)
    mail, morning = sink.mails
    assert "a@quan.example, b@quan.example" == mail["To"]
    assert "Bản tin sáng" in morning["Subject"]
    text = mail.get_content()
    owners = [line for line in text.splitlines() if line.startswith("== ")]
    assert len(owners) == len(set(owners)) >= 2
    assert "chưa giao dữ liệu" in text
    assert "has not delivered" in text


def test_no_mail_names_a_person(city: Hub) -> None:
    sink = SmtpSink()
    with receiving(sink) as url:
        sending.send(by_mail(city, url))
    with city.engine.connect() as connection:
        owners = list(
            connection.scalars(sa.text("select distinct chu_ho_so from warehouse.dossier where length(chu_ho_so) > 8"))
        )
    assert owners
    text = sink.mails[0].as_string() + sink.mails[0].get_content()
    assert [] == [name for name in owners if name in text]


def test_a_server_that_refuses_gets_it_again(city: Hub) -> None:
    """Nothing is remembered as sent, so nothing is lost."""
    sink = SmtpSink(refuses=True)
    with receiving(sink) as url:
        hub = by_mail(city, url)
        with pytest.raises(MailRefused):
            sending.send(hub)
        sink.refuses = False
        assert sending.send(hub).sent == len(gather(city))
    with pytest.raises(MailRefused):
        sending.send(by_mail(city, "smtp://127.0.0.1:9"), digest=True)


@contextmanager
def hook(status: int = 204) -> Iterator[tuple[str, list[tuple[bytes, str]]]]:
    came: list[tuple[bytes, str]] = []

    async def take(request: Request) -> Response:
        came.append((await request.body(), request.headers["hub-signature"]))
        return Response(status_code=status)

    with listening(Starlette(routes=[Route("/hook", take, methods=["POST"])])) as address:
        yield f"{address}/hook", came


def test_a_webhook_is_signed(city: Hub) -> None:
    with hook() as (url, came):
        done = sending.send(by(city, webhook_url=SecretStr(url), webhook_secret=SecretStr("a-secret")))
    [(body, signature)] = came
    assert "sha256=" + hmac.new(b"a-secret", body, hashlib.sha256).hexdigest() == signature
    said: dict[str, Any] = json.loads(body)
    assert done.sent == len(said["notices"])


def test_a_webhook_that_fails_is_tried_again(city: Hub) -> None:
    with hook(500) as (url, came):
        hub = by(city, webhook_url=SecretStr(url), webhook_secret=SecretStr("a-secret"))
        for _ in range(2):
            with pytest.raises(WebhookRefused):
                sending.send(hub)
    assert 2 == len(came)


@pytest.mark.parametrize(
    "ways",
    [
        {},
        {"smtp_url": SecretStr("smtp://127.0.0.1:9")},
        {"smtp_url": SecretStr("http://127.0.0.1"), "mail_from": "a@b.example", "mail_to": "c@d.example"},
        {"webhook_url": SecretStr("https://chat.example")},
        {"webhook_url": SecretStr("http://chat.example"), "webhook_secret": SecretStr("x")},
    ],
    ids=["none", "nobody", "no smtp", "no secret", "no https"],
)
def test_half_a_way_is_refused_with_what_is_missing(city: Hub, ways: dict[str, object]) -> None:
    with pytest.raises(DeploymentInvalid):
        sending.send(by(city, **ways))
