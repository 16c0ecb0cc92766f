"""The composition, read as data: what no container engine is needed for."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(TEXT)["services"]
WRITTEN = re.compile(r"^ +([A-Z][A-Z0-9_]*_(?:PASSWORD|KEY|SECRET)): (\S+)", re.MULTILINE)


def test_the_executor_loads() -> None:
    """The provider and the locked Celery fit together: 5.7 once took away a name that the provider imports."""
    from airflow.executors.executor_constants import CELERY_EXECUTOR
    from airflow.executors.executor_loader import ExecutorLoader
    from airflow.sdk._shared.module_loading import import_string

    named = set(re.findall(r"CORE__EXECUTOR: (\S+)", TEXT))
    executor = import_string(ExecutorLoader.executors[CELERY_EXECUTOR])

    assert named == {CELERY_EXECUTOR}
    assert executor.__name__ == CELERY_EXECUTOR


def test_every_package_is_in_the_image() -> None:
    """The API's was forgotten once: the composition came up, and the plain run in the image did not."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]["packages"]
    let_in = {
        line.removeprefix("!").strip("/")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }

    assert set(packages) <= let_in


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"migrate", "grants"}))
def test_every_lasting_part_has_a_health_check(service: str) -> None:
    """A part that hangs is seen."""
    assert SERVICES[service]["healthcheck"]["test"][0] == "CMD-SHELL"


def test_no_secret_has_a_default() -> None:
    """A secret comes from outside or stops the start: none is written down, none has a fallback."""
    names = set(re.findall(r"\$\{([A-Z_]*(?:PASSWORD|KEY|SECRET)[A-Z_]*)(?=[:}?-])", TEXT))

    assert {"HUB_DB_PASSWORD", "AIRFLOW_DB_PASSWORD", "REDIS_PASSWORD", "OPERATOR_PASSWORD"} <= names
    assert [] == [name for name in names if re.search(rf"\$\{{{name}(?!:\?run docker/secrets.sh\}})", TEXT)]
    assert [] == [(name, value) for name, value in WRITTEN.findall(TEXT) if not value.startswith("${")]


def test_secrets_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    """Every secret that the composition asks for is made, differs, stays at the second call, and is readable by its owner alone."""
    file = tmp_path / "new" / "secrets.env"
    given = {**os.environ, "MOTLAN_SECRETS": str(file)}
    command = ["bash", str(ROOT / "docker" / "secrets.sh")]
    asked = set(re.findall(r"\$\{([A-Z_]+):\?run docker/secrets.sh\}", TEXT))

    printed = subprocess.run(command, env=given, capture_output=True, text=True, check=True).stdout.strip()
    first = file.read_text()
    subprocess.run(command, env=given, capture_output=True, check=True)

    made = dict(line.split("=", 1) for line in first.splitlines() if not line.startswith("#"))
    assert printed == str(file)
    assert set(made) == asked
    assert len(set(made.values())) == len(made)
    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_that_a_newer_version_asks_for_is_added(tmp_path: Path) -> None:
    """Passwords that stand in the databases already stay as they are."""
    file = tmp_path / "secrets.env"
    file.write_text("HUB_DB_PASSWORD=known\n")

    subprocess.run(
        ["bash", str(ROOT / "docker" / "secrets.sh")],
        env={**os.environ, "MOTLAN_SECRETS": str(file)},
        capture_output=True,
        check=True,
    )

    made = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert made["HUB_DB_PASSWORD"] == "known"
    assert set(made) == set(re.findall(r"\$\{([A-Z_]+):\?run docker/secrets.sh\}", TEXT))


def test_proof_without_an_engine_says_so(tmp_path: Path) -> None:
    """Where no engine is found the proof ends with 69 and names what to install, instead of passing or crashing."""
    for tool in ("bash", "dirname"):
        (tmp_path / tool).symlink_to(Path("/usr/bin") / tool)

    done = subprocess.run(
        ["bash", str(ROOT / "docker" / "image-proof.sh")], env={"PATH": str(tmp_path)}, capture_output=True, text=True
    )

    assert done.returncode == 69
    assert "podman is not installed" in done.stderr


def test_the_composition_watches_the_systems() -> None:
    """Without a triggerer nothing is wrong and nothing is soon: the schedules alone would read."""
    script = (ROOT / "docker" / "airflow.sh").read_text(encoding="utf-8")

    assert SERVICES["triggerer"]["command"][-1] == "triggerer"
    assert re.search(r"^  api-server .*\| triggerer\)$", script, re.MULTILINE)


def test_the_api_and_the_backup_are_parts() -> None:
    """Agencies come in by one door with both locks; metrics stay inside; what is lost with the database is seconds."""
    script = (ROOT / "docker" / "airflow.sh").read_text(encoding="utf-8")
    api, backup = SERVICES["api"], SERVICES["backup"]

    assert ["${MOTLAN_API_ADDRESS:-127.0.0.1}:${MOTLAN_API_PORT:-8443}:8804"] == api["ports"]
    assert re.search(r"exec hub serve --host 0.0.0.0 .*--replicas 2 --metrics 0.0.0.0:9105$", script, re.MULTILINE)
    assert not [port for service in SERVICES.values() for port in service.get("ports", []) if "9105" in port]
    assert re.search(r"exec hub backup follow --every 10 --base-every 24 --keep 7$", script, re.MULTILINE)
    assert any(volume.startswith("backups:") for volume in backup["volumes"])


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_log_grows_without_end(service: str) -> None:
    """The log of a container is turned."""
    assert {"max-size", "max-file"} <= set(SERVICES[service]["logging"]["options"])
