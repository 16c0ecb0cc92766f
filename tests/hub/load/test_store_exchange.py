"""The store of digitised books through the main path: landed, judged, merged, read again, and judged again from the landed bytes alone."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from hub.app import open_hub
from hub.core import events
from hub.core.settings import read_settings
from hub.load.counts import Counts
from hub.local.embedded import EmbeddedServer
from twins.digitised.store import SYSTEM, fill, stored
from twins.population import AS_OF, REFERENCE, build_city

LOGIN = ("store-reader", "reader")


@pytest.fixture
def store_url(server: EmbeddedServer) -> str:
    """A database of the store's own, by its owner's login."""
    return server.ensure("store_path", "store-path", "owner", readers=dict([LOGIN]))


def test_the_store_is_read_once_and_again(server: EmbeddedServer, pg_url: str, store_url: str, tmp_path: Path) -> None:
    """What the truth table says is wrong becomes cases, all else is accepted; a second reading and a replay without the database accept nothing."""
    city = build_city(20_000, 10, 1, AS_OF, reference=REFERENCE)
    fill(city, store_url, LOGIN[0])
    (tmp_path / "secrets.json").write_text(
        json.dumps({SYSTEM: dict(zip(("username", "password"), LOGIN, strict=True))}), encoding="utf-8"
    )
    truth = stored(city)["birth"].truth
    wrong = truth.filter(truth["expected"] == "quarantine")["record_id"].n_unique()
    settings = read_settings(
        home=tmp_path / "home", database_url=pg_url, store_url=store_url, secrets_file=tmp_path / "secrets.json"
    )
    with open_hub(settings) as hub:
        stream = hub.exchange(f"{SYSTEM}.birth", on_event=events.ignore)
        first = stream.sync()[1]["birth"]
        second = stream.sync(mode="full")[1]["birth"]
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("drop database store_path with (force)")
        third = stream.replay(None, None)[1]["birth"]

    assert wrong == first.quarantined > 0
    assert first.accepted > 100
    assert second == Counts(received=first.received, unchanged=first.accepted, quarantined=wrong)
    assert (third.accepted, third.unchanged) == (0, third.received - third.quarantined)
