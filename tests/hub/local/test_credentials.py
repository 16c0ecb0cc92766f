"""Credentials come from the secrets file; only this machine's own city gets made-up ones."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from hub.app import open_hub
from hub.core.settings import ROOT, read_settings


def test_a_real_system_without_credentials_is_named(pg_url: str, tmp_path: Path) -> None:
    """Random credentials would only show as refused logins, far from the cause."""
    deployment = tmp_path / "hcmc"
    shutil.copytree(ROOT / "deployments" / "hcmc", deployment)
    file = deployment / "systems" / "one-stop-760.yaml"
    file.write_text(file.read_text().replace("{twins}/one-stop/760", "https://mot-cua.invalid/api"))
    secrets = tmp_path / "secrets.json"

    with open_hub(
        read_settings(home=tmp_path, deployment=deployment, database_url=pg_url, secrets_file=secrets)
    ) as hub:
        assert hub.system("one-stop-761").credentials["client_id"]
        with pytest.raises(DeploymentInvalid, match=r"one-stop-760.*secrets\.json"):
            hub.system("one-stop-760")

    assert "one-stop-760" not in json.loads(secrets.read_text())
    assert secrets.stat().st_mode & 0o077 == 0


def test_a_real_system_gets_messages_of_the_real_time(pg_url: str, tmp_path: Path) -> None:
    """WS-Security `Created` was the scenario's: a Ministry that is real answered AUTHEN_ERROR."""
    deployment = tmp_path / "hcmc"
    shutil.copytree(ROOT / "deployments" / "hcmc", deployment)
    file = deployment / "systems" / "one-stop-760.yaml"
    file.write_text(file.read_text().replace("{twins}/one-stop/760", "https://mot-cua.invalid/api"))
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"one-stop-760": {"client_id": "a", "client_secret": "b"}}))

    with open_hub(
        read_settings(home=tmp_path, deployment=deployment, database_url=pg_url, secrets_file=secrets)
    ) as hub:
        before = datetime.now(UTC)
        real, twin = hub.system("one-stop-760"), hub.system("one-stop-761")
        assert (real.theirs or real.now)() >= before
        assert (twin.theirs or twin.now)().year == 2022
        assert hub.system("one-stop-760").now().year == 2022
