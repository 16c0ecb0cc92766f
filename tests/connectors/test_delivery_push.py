"""Pushing deliveries over HTTP keeps every promise of a Sink, against the twin of a ministry's inbox."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

import connectors
from connectors import Parcel, System, open_registry, open_sink, open_source
from connectors.testing.fault_proxy import FaultProxy
from connectors.testing.sink_conformance import SinkTarget, sink_checks
from connectors.testing.target import Unmet
from contracts.errors import DeploymentInvalid
from hub.feeds.samples import FEED, write_samples
from tests.sockets import listening
from twins.ministry_inbox.app import InboxCalls
from twins.ministry_inbox.misbehaviour import Misbehaviour
from twins.ministry_inbox.receiver import Receiver

KIT = Path(__file__).parents[2] / "kit/verify.py"
NOW = datetime(2022, 6, 12, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deliveries of invented people, with the keys of both sides."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder, 20)
    return folder


@contextmanager
def receiving(samples: Path, home: Path) -> Iterator[str]:
    """An inbox that has the keys of the samples; its address."""
    shutil.copytree(samples / "keys", home / "keys")
    shutil.copytree(samples / "receiver", home / "own")
    inbox = InboxCalls(Receiver(home, KIT, lambda: NOW), Misbehaviour(0, 0.0), login=("city", "secret-of-the-city"))
    with listening(inbox.app()) as address:
        yield address


def parcel(samples: Path, number: int) -> Parcel:
    folder = samples / "feeds" / FEED / f"{number:08d}"
    [payload] = folder.glob("payload.*")
    small = tuple((name, (folder / name).read_bytes()) for name in ("manifest.json", "manifest.sig", "SHA256SUMS"))
    return Parcel(f"{FEED}-{number:08d}", small, payload, payload.stat().st_size)


def system_at(address: str) -> System:
    login = {"username": "city", "password": "secret-of-the-city"}
    return System("ministry-inbox", "Bộ Tư pháp", "delivery_push", address, login, now=lambda: NOW)


@pytest.fixture
def target(samples: Path, tmp_path: Path) -> Iterator[SinkTarget]:
    with receiving(samples, tmp_path / "inbox") as address:
        yield SinkTarget(system_at(address), (parcel(samples, 1), parcel(samples, 2)))


@pytest.mark.parametrize("check", list(sink_checks()), ids=lambda check: check.name)
def test_promise(target: SinkTarget, check: object) -> None:
    """Each damaged reply is its error, and whatever was damaged, the receiver says the truth when asked."""
    check.run(target)  # type: ignore[attr-defined]


def test_the_suite_can_fail(target: SinkTarget) -> None:
    """A receiver that holds nothing after a delivery breaks a promise, and a target that holds something already does."""
    target.open().deliver(target.parcels[0])
    first = next(sink_checks())
    with pytest.raises(Unmet, match="holds nothing"):
        first.run(target)


def test_the_steps_of_a_check(target: SinkTarget) -> None:
    """`hub systems check` asks about a delivery that nobody has, and hands nothing over."""
    with FaultProxy(target.system.address, lambda request, answer: answer) as proxy:
        probes = {each.step: each.ok for each in target.open(proxy.address).check()}
    assert probes["question"] is True
    assert [b""] == [call.body for call in proxy.calls]


def test_a_wrong_password(target: SinkTarget) -> None:
    """The step of the question fails, and says that waiting does not help."""
    from dataclasses import replace

    stranger = replace(target.system, credentials={"username": "city", "password": "guessed"})
    [probe] = [each for each in open_sink(stranger).check() if each.step == "question"]
    assert (probe.ok, probe.heals) == (False, False)


def test_a_system_is_read_asked_or_sent_to() -> None:
    """Each of the three ways to open says what the dialect is not."""
    sink, registry = system_at("http://127.0.0.1:1"), "population"
    with pytest.raises(DeploymentInvalid, match="takes no deliveries"):
        open_sink(System("population-db", "Dân cư", registry, "http://127.0.0.1:1"))
    with pytest.raises(DeploymentInvalid):
        open_registry(sink)
    with pytest.raises(DeploymentInvalid):
        open_source(sink, None)  # type: ignore[arg-type]
    assert isinstance(connectors.open_unread(sink), connectors.Sink)
