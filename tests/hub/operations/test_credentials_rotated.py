"""New credentials are tried before the old ones go; where a secret comes from is decided in one place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connectors.errors import AuthenticationFailed, CheckFailed, Unreachable
from contracts.errors import DeploymentInvalid
from hub.app import Hub, open_hub
from hub.core import events
from hub.core.settings import ROOT, read_settings
from hub.local.secret_sources import resolved
from hub.operations.credentials import ended, rotated, staged
from tests.small_city import small_city

HCMC = ROOT / "deployments" / "hcmc"
SYSTEM, STREAM = "one-stop-761", "one-stop-761.dossier"


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address of a small city's twins, and the credentials that they let in."""
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.json"
    with small_city(secrets, dossiers=20) as address:
        yield address, json.loads(secrets.read_text())


@pytest.fixture
def secrets(twins: tuple[str, dict[str, Any]], tmp_path: Path) -> Path:
    """A file in which the secrets of the system are those of last year."""
    file = tmp_path / "secrets.json"
    old = {name: f"old-{name}" for name in twins[1][SYSTEM]}
    file.write_text(json.dumps({**twins[1], SYSTEM: old}))
    return file


@pytest.fixture
def hub(twins: tuple[str, dict[str, Any]], secrets: Path, pg_url: str, tmp_path: Path) -> Iterator[Hub]:
    with open_hub(
        read_settings(home=tmp_path / "home", database_url=pg_url, twins_url=twins[0], secrets_file=secrets)
    ) as hub:
        yield hub


def test_good_ones_come_into_use_and_the_old_stay_beside_them(
    hub: Hub, twins: tuple[str, dict[str, Any]], secrets: Path
) -> None:
    """The system lets them in, the file has them, the next task reads with them; no other system is touched. The old
    ones go by a second act, which tries what stays."""
    before = json.loads(secrets.read_text())
    assert all(each.ok is not False for each in rotated(hub, SYSTEM, twins[1][SYSTEM]))

    kept = {**twins[1][SYSTEM], "second": before[SYSTEM]}
    assert {**before, SYSTEM: kept} == json.loads(secrets.read_text())
    assert ended(open_again(hub), SYSTEM)[0]
    assert {**before, SYSTEM: twins[1][SYSTEM]} == json.loads(secrets.read_text())
    assert 0o600 == secrets.stat().st_mode & 0o777
    with open_hub(hub.settings) as later:
        later.exchange(STREAM, on_event=events.ignore).sync(mode="full")


def test_a_reading_that_is_refused_with_the_first_tries_the_second_and_says_so(
    hub: Hub, twins: tuple[str, dict[str, Any]], secrets: Path
) -> None:
    """The district changed its password in the night; the new one stood beside the old. Nobody has to be awake."""
    staged(hub, SYSTEM, twins[1][SYSTEM])
    structlog.reset_defaults()
    with capture_logs() as logs, open_hub(hub.settings) as later:
        _, counts = later.exchange(STREAM, on_event=events.ignore).sync(mode="full")

    assert sum(each.received for each in counts.values()) > 0
    assert [each for each in logs if each["event"] == "credentials.second"] == [
        {"event": "credentials.second", "system": SYSTEM, "stream": STREAM, "log_level": "info"}
    ]
    assert "old-" not in str(logs)
    assert not ended(open_again(hub), SYSTEM)[0]
    assert twins[1][SYSTEM] == json.loads(secrets.read_text())[SYSTEM]


def test_where_both_are_refused_both_stay(hub: Hub, secrets: Path) -> None:
    staged(hub, SYSTEM, {"client_secret": "wrong-secret", "secret_key": "wrong-secret"})
    before = secrets.read_text()
    with pytest.raises(CheckFailed, match="both stay") as refused:
        ended(open_again(hub), SYSTEM)
    assert "wrong-secret" not in str(refused.value)
    assert before == secrets.read_text()
    with open_hub(hub.settings) as later, pytest.raises(AuthenticationFailed):
        later.exchange(STREAM, on_event=events.ignore).sync(mode="full")


def open_again(hub: Hub) -> Hub:
    """The hub of a process that begins now: it reads the file of secrets anew."""
    return replace(hub)


def test_wrong_ones_leave_the_old_in_their_place(hub: Hub, secrets: Path) -> None:
    """A typing error in a new password must not cut the city off from a system."""
    before = secrets.read_text()
    with pytest.raises((CheckFailed, Unreachable), match="the old ones stay") as refused:
        rotated(hub, SYSTEM, dict.fromkeys(json.loads(before)[SYSTEM], "wrong-secret"))

    assert "wrong-secret" not in str(refused.value)
    assert before == secrets.read_text()
    with pytest.raises(DeploymentInvalid, match="has no credential pasword"):
        rotated(hub, SYSTEM, {"pasword": "x"})
    with pytest.raises(DeploymentInvalid, match="Nothing"):
        rotated(hub, SYSTEM, {})


def test_a_secret_comes_from_the_file_from_the_environment_or_from_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands and tasks ask the same resolver; what is missing is named, and no secret is."""
    monkeypatch.setenv("QUAN_1", "from-environment")
    (tmp_path / "q1").write_text("from-file\n")
    given = {"username": "q1", "password": "env:QUAN_1", "client_secret": "file:q1", "key_file": "key.pem"}

    found = resolved("quan-1", given, tmp_path)

    assert ["q1", "from-environment", "from-file", str(tmp_path / "key.pem")] == list(found.values())
    (tmp_path / "empty").touch()
    for value, said in (("env:QUAN_2", "QUAN_2"), ("file:nowhere", "nowhere"), ("file:empty", "is empty")):
        with pytest.raises(DeploymentInvalid, match=said) as refused:
            resolved("quan-1", {"username": "hidden-name", "password": value}, tmp_path)
        assert "password of quan-1" in str(refused.value)
        assert "hidden-name" not in str(refused.value)
