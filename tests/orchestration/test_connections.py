"""Source systems as connections of Airflow: found by it, tested by it, and read by commands and tasks alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contracts.errors import DeploymentInvalid
from hub.core.deployment import load_deployment
from hub.core.settings import read_settings
from hub.local.scenario import open_scenario
from hub.local.secret_sources import of_airflow, resolved
from orchestration.connections.lookup import FIELDS

ROOT = Path(__file__).parents[2]
HUB = "from hub.cli import main; main()"
SYSTEM, CONNECTION = "one-stop-760", "one_stop_760"


def own_secrets() -> dict[str, Any]:
    """What the twins of this test let in."""
    settings = read_settings()
    folder = open_scenario(settings, load_deployment(settings.deployment)).folder
    read: dict[str, Any] = json.loads((folder / "secrets.json").read_text())
    return read


def connection(given: Mapping[str, str], system: str = SYSTEM) -> dict[str, Any]:
    """A connection with these credentials, as Airflow writes it."""
    extra = {name: given[name] for name in FIELDS if name in given}
    return {
        "conn_type": "motlan",
        "login": given.get("username"),
        "password": given.get("password"),
        "extra": {**extra, "system": system},
    }


@pytest.fixture
def kept_in_airflow(world: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The hub's file of secrets names a connection of Airflow; returns that connection."""
    secrets = own_secrets()
    made = connection(secrets[SYSTEM])
    file = tmp_path / "named.json"
    file.write_text(json.dumps({**secrets, SYSTEM: f"airflow:{CONNECTION}"}))
    monkeypatch.setenv("HUB_SECRETS_FILE", str(file))
    return made


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: Airflow looks for its secrets backends once a process."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_airflow_finds_the_provider_its_fields_and_its_labels(tmp_path: Path) -> None:
    """By the entry point that pyproject declares; Airflow's own schema judges what it is told."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][
        "apache_airflow_provider"
    ]
    about = tmp_path / "motlan-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: motlan\nVersion: 0.1.0\n")
    lines = [f"{name} = {where}" for name, where in declared.items()]
    (about / "entry_points.txt").write_text("\n".join(["[apache_airflow_provider]", *lines, ""]))
    asked = """
import json
from airflow.providers_manager import ProvidersManager
manager = ProvidersManager()
hook = manager.hooks["motlan"]
fields = {w.field_name: w.is_sensitive for n, w in manager.connection_form_widgets.items() if n.startswith("extra__motlan__")}
print(json.dumps([hook.hook_class_name, hook.connection_id_attribute_name, fields, manager.field_behaviours["motlan"]]))
"""
    done = run(
        "-W", "error::DeprecationWarning:airflow.providers_manager", "-c", asked, PYTHONPATH=f"{tmp_path}:{ROOT}"
    )
    assert done.returncode == 0, done.stderr
    name, attribute, fields, behaviour = json.loads(done.stdout.splitlines()[-1])
    assert (name, attribute) == ("orchestration.connections.hook.SystemHook", "motlan_conn_id")
    assert {field for field, hidden in fields.items() if hidden} == {"client_secret", "access_key", "secret_key"}
    assert set(fields) == {"system", *FIELDS}
    assert behaviour["hidden_fields"] == ["host", "port", "schema"]


@pytest.mark.timeout(300)
def test_a_command_reads_airflow_s_secrets_backend(kept_in_airflow: dict[str, Any], tmp_path: Path) -> None:
    """The local filesystem backend; a connection that is not there is named, and so is what to do."""
    file = tmp_path / "connections.json"
    file.write_text(json.dumps({CONNECTION: kept_in_airflow}))
    backend = {
        "AIRFLOW__SECRETS__BACKEND": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps({"connections_file_path": str(file)}),
    }
    done = run("-c", HUB, "systems", "check", SYSTEM, "--json", **backend)
    assert done.returncode == 0, done.stderr
    assert all(each["ok"] is not False for each in json.loads(done.stdout))
    for secret in ("client_secret", "secret_key"):
        assert kept_in_airflow["extra"][secret] not in done.stdout + done.stderr
    file.write_text("{}")
    done = run("-c", HUB, "systems", "check", SYSTEM, **backend)
    assert done.returncode != 0
    assert f"have no connection {CONNECTION}" in done.stderr


@pytest.mark.timeout(300)
def test_a_task_reads_the_same_connection(
    bag: Any,
    airflow_tables: None,
    world: psycopg.Connection[Any],
    kept_in_airflow: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the environment, through Airflow's supervisor."""
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(kept_in_airflow))
    done = bag.dags[SYSTEM].test(run_conf={"partition_key": f"{SYSTEM}|2022-06-02"})
    assert done.state == "success"
    assert world.execute("select count(*) from hub.run").fetchone() == (1,)


@pytest.mark.timeout(300)
def test_the_test_button_walks_the_check(
    kept_in_airflow: dict[str, Any], airflow_tables: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good ones pass; wrong ones fail at a named step, and no secret is in the words; nothing else uses what is tried."""
    from orchestration.connections.hook import SystemHook

    good = kept_in_airflow
    wrong = {**good, "extra": {**good["extra"], "client_secret": "sai-roi", "secret_key": "sai-roi"}}
    nameless = {**good, "extra": {**good["extra"], "system": ""}}
    strange = {**good, "extra": {**good["extra"], "system": "no-such"}}
    answers = {}
    for name, given in (("good", good), ("wrong", wrong), ("nameless", nameless), ("strange", strange)):
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(given))
        answers[name] = SystemHook(name).test_connection()
    assert [ok for ok, _ in answers.values()] == [True, False, False, False]
    assert answers["good"][1].startswith(f"{SYSTEM} passes its check")
    assert answers["wrong"][1].startswith(f"{SYSTEM}: ")
    assert "sai-roi" not in answers["wrong"][1]
    assert "no-such" in answers["strange"][1]
    assert SystemHook("good").get_conn()["client_secret"] == good["extra"]["client_secret"]


def test_one_field_may_be_a_connection_s(airflow_tables: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_Q5", json.dumps({"conn_type": "motlan", "password": "bi-mat-5"}))
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", json.dumps({"conn_type": "http", "password": "bi-mat-6"}))
    given = {"username": "q5", "password": "airflow:q5"}
    assert resolved("quan-5", given, tmp_path) == {"username": "q5", "password": "bi-mat-5"}
    for value, said in (("airflow:other", "type http"), ("airflow:nowhere", "no connection nowhere")):
        with pytest.raises(DeploymentInvalid, match=said):
            resolved("quan-5", {"password": value}, tmp_path)
    with pytest.raises(DeploymentInvalid, match="no field of this name"):
        resolved("quan-5", {"client_secret": "airflow:q5"}, tmp_path)
    with pytest.raises(DeploymentInvalid, match="neither"):
        of_airflow("quan-5", "q5")
