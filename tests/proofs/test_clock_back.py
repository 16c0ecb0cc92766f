"""A moving source whose clock goes back an hour: after a full reading, or a listing, the city differs from it in nothing.

What the source has is what a second hub reads that never saw its past, under the same keys.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.app import Hub, open_hub
from hub.cases.key_listing import KeyListing
from hub.core import events
from hub.core.settings import ROOT, read_settings
from tests.databases import Databases
from tests.small_city import small_city

HCMC = ROOT / "deployments" / "hcmc"
STREAM = "one-stop-761.dossier"
MOVED = 25
"""Dossiers that change at a time, of sixty: some change before and after the clock goes back."""
STEPS: tuple[dict[str, object], ...] = ({"advance_s": 60}, {"back_s": 3600}, {"advance_s": 30}, {"advance_s": 7200})


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of a small city's twins, and the file of its secrets."""
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.json"
    with small_city(secrets, dossiers=60) as address:
        yield address, secrets


def read_full(hub: Hub, stream: str) -> None:
    hub.exchange(stream, on_event=events.ignore).sync(mode="full")


def list_keys(hub: Hub, stream: str) -> None:
    KeyListing(hub.exchange(stream, on_event=events.ignore)).take()


def content(hub: Hub, stream: str) -> dict[tuple[str, str], str]:
    """Dataset and key of each current record -> hash of its content."""
    system, contract = stream.split(".", 1)
    found: dict[tuple[str, str], str] = {}
    with hub.engine.connect() as connection:
        for dataset in hub.contracts[contract].datasets:
            query = f"select _key, encode(_hash, 'hex') from warehouse.{dataset.table} where _system = :system"
            rows = connection.execute(sa.text(query), {"system": system})
            found |= {(dataset.name, key): hash_ for key, hash_ in rows}
    return found


def known_to_differ(hub: Hub, stream: str) -> set[tuple[str, str]]:
    """Records of which a finding or an open case says that they differ."""
    query = """select dataset, record_key from hub.finding where stream = :stream and resolved_at is null
               union select dataset, record_key from hub."case" where stream = :stream and state = 'open'"""
    with hub.engine.connect() as connection:
        return {(dataset, key) for dataset, key in connection.execute(sa.text(query), {"stream": stream})}


@pytest.mark.parametrize("look", [read_full, list_keys])
def test_no_difference_without_a_finding(
    twins: tuple[str, Path], databases: Databases, tmp_path: Path, look: Callable[[Hub, str], None]
) -> None:
    """Readings of changes go on from the position, and pass over all that changed in the hour that came twice."""
    address, secrets = twins
    stream, system = STREAM, STREAM.split(".", 1)[0]

    def control(path: str, asked: dict[str, object]) -> None:
        urllib.request.urlopen(f"{address}/control/{path}", json.dumps(asked).encode(), timeout=10).close()

    def hub_on(url: str, home: str) -> Hub:
        given = {"database_url": url, "twins_url": address, "secrets_file": secrets, "key_file": tmp_path / "keys.json"}
        return hubs.enter_context(open_hub(read_settings(home=tmp_path / home, **given)))

    with ExitStack() as hubs:
        (tmp_path / "keys.json").write_text(json.dumps({"master": "00" * 32}))
        hub = hub_on(hubs.enter_context(databases.fresh()), "moving")
        read_full(hub, stream)
        for seed, step in enumerate(STEPS):
            control("clock", step)
            control("change", {"system": system, "count": MOVED, "seed": 10 + seed})
            if seed != 2:
                hub.exchange(stream, on_event=events.ignore).sync()
        missed = differing(hub, stream, hub_on(hubs.enter_context(databases.fresh()), "before"))

        look(hub, stream)

        left = differing(hub, stream, hub_on(hubs.enter_context(databases.fresh()), "after"))
    assert missed, "the readings of changes have seen it all, so nothing is tried here"
    assert left == set()


def differing(hub: Hub, stream: str, other: Hub) -> set[tuple[str, str]]:
    """What differs between a hub and one that reads the source for the first time, and nobody is shown."""
    read_full(other, stream)
    here, there = content(hub, stream), content(other, stream)
    different = {key for key in here.keys() | there.keys() if here.get(key) != there.get(key)}
    return different - known_to_differ(hub, stream)
