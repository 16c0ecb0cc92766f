"""Watching under Airflow's own processes: news becomes a run, once; what dies or is silent takes nothing with it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.core.deployment import pool_purpose
from hub.core.settings import read_settings
from hub.demonstration.twin_process import Twins
from hub.local.embedded import EmbeddedServer
from hub.local.scenario import open_scenario
from orchestration.local.rest import wait
from orchestration.local.stack import TRIGGERER, LocalAirflow
from orchestration.partitions import on_change_id

SYSTEM, OTHER = "one-stop-760", "one-stop-761"
ON_CHANGE = on_change_id(SYSTEM)
PATIENCE_S = 240
"""For what takes seconds on a quiet machine."""


@pytest.fixture
def twins(world: psycopg.Connection[Any], deployed: Any) -> Twins:
    """The twins' control API."""
    settings = read_settings()
    return Twins(settings, open_scenario(settings, deployed), deployed)


@pytest.fixture
def airflow(
    server: EmbeddedServer, world: psycopg.Connection[Any], deployed: Any, tmp_path: Path
) -> Iterator[LocalAirflow]:
    """Airflow with two districts read once and watched."""
    url = server.ensure("airflow_watching", "airflow_watching", "secret")
    local = LocalAirflow(tmp_path / "airflow", int(os.environ["HUB_PORT_BASE"]), url, parallelism=2)
    local.prepare()
    try:
        local.start(240)
        local.await_dags({SYSTEM, OTHER, *map(on_change_id, (SYSTEM, OTHER))}, 240)
        for pool, slots in deployed.pools.items():
            local.api.ensure_pool(pool, slots, pool_purpose(pool))
        *_, _last = local.run({name: f"{name}|2022-06-02" for name in (SYSTEM, OTHER)}, "first")
        for name in (SYSTEM, OTHER):
            local.api.pause(name, True)  # no schedule: what is read from here on is read because of an event
        local.watch([SYSTEM, OTHER])
        for name in (SYSTEM, OTHER):  # what a watcher finds at first is news to it
            assert wait(lambda dag=on_change_id(name): runs(local, dag) == ["success"], PATIENCE_S, 0.5)
        yield local
    finally:
        local.stop()
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("drop database airflow_watching with (force)")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_news_becomes_one_run(airflow: LocalAirflow, world: psycopg.Connection[Any], twins: Twins) -> None:
    """A dossier filed at a district is in the warehouse seconds later, by one run of the event, and by no other."""
    filed = file_at(twins, SYSTEM)

    assert wait(lambda: held(world, filed), PATIENCE_S, 0.5)
    assert wait(lambda: runs(airflow) == ["success"] * 2, PATIENCE_S, 0.5)
    assert not wait(lambda: len(runs(airflow)) > 2, 15, 0.5)
    newest = max(airflow.api.runs(ON_CHANGE), key=lambda run: run["run_after"])
    assert newest["run_type"] == "asset_triggered"
    assert newest["partition_key"] is None
    assert request_of(world, filed) == f"airflow {ON_CHANGE} {newest['dag_run_id']}"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_killed_triggerer_loses_nothing_and_repeats_nothing(
    airflow: LocalAirflow, world: psycopg.Connection[Any], twins: Twins
) -> None:
    """kill -9 of its processes: what is filed meanwhile is read once when another one stands; the old news is not."""
    before = len(runs(airflow))
    os.killpg(airflow.process(TRIGGERER).pid, signal.SIGKILL)
    airflow.process(TRIGGERER).wait()
    filed = file_at(twins, SYSTEM)
    meanwhile = wait(lambda: held(world, filed), 10, 0.5)
    airflow.watch([])

    assert not meanwhile
    assert wait(lambda: held(world, filed), PATIENCE_S, 0.5)
    assert not wait(lambda: len(runs(airflow)) > before + 1, 15, 0.5)
    assert len(runs(airflow)) == before + 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_silent_district_holds_up_no_other(
    airflow: LocalAirflow, world: psycopg.Connection[Any], twins: Twins
) -> None:
    """A district that answers nothing is shown as failing, the others are read, and it is read when it answers again."""
    silence = {"kind": "slow", "seconds": 3600, "match": {"system": OTHER, "op": "DongBoHoSoMC"}, "times": 3}
    twins.control("POST", "faults", [silence])
    failing = wait(lambda: failure(world, OTHER) == "TimedOut", PATIENCE_S, 0.5)
    there, silent = file_at(twins, SYSTEM), file_at(twins, OTHER)

    assert failing
    assert wait(lambda: held(world, there), PATIENCE_S, 0.5)
    assert wait(lambda: held(world, silent), PATIENCE_S, 0.5)
    assert wait(lambda: failure(world, OTHER) is None, PATIENCE_S, 0.5)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_paused_system_starts_no_run(airflow: LocalAirflow, world: psycopg.Connection[Any], twins: Twins) -> None:
    """While somebody has paused a stream, its news waits; it is announced when they resume it."""
    world.execute("update hub.stream set paused = true where system = %s", [SYSTEM])
    filed = file_at(twins, SYSTEM)
    early = wait(lambda: len(runs(airflow)) > 1, 15, 0.5)
    world.execute("update hub.stream set paused = false where system = %s", [SYSTEM])

    assert not early
    assert wait(lambda: held(world, filed), PATIENCE_S, 0.5)


def file_at(twins: Twins, system: str) -> str:
    """A dossier of nobody, filed at a district."""
    person = {"ChuHoSo": "Nguyễn Thị Thử", "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "079190000001"}]}
    dossier = {
        "MaTTHC": "1.003583",
        **person,
        "SoGiayToChuHoSo": "079190000001",
        "LoaiDoiTuong": "1",
        "KenhThucHien": "1",
        "TrangThaiHoSo": "2",
        "TaiLieuNop": [],
    }
    answer = twins.control("POST", "file", {"system": system, "dossier": dossier})
    return str(answer["MaHoSo"])


def held(world: psycopg.Connection[Any], dossier: str) -> bool:
    """Whether a dossier is in the warehouse."""
    return world.execute("select 1 from warehouse.dossier where _key = %s", [dossier]).fetchone() is not None


def request_of(world: psycopg.Connection[Any], dossier: str) -> str:
    """What asked for the run that brought a dossier."""
    found = world.execute(
        """select r.request from warehouse.dossier w join hub.batch b on b.serial = w._batch join hub.run r on r.id = b.run
           where w._key = %s""",
        [dossier],
    ).fetchone()
    assert found is not None
    return str(found[0])


def failure(world: psycopg.Connection[Any], system: str) -> str | None:
    """Why a system cannot be watched."""
    found = world.execute("select failure from hub.watch where system = %s", [system]).fetchone()
    return None if found is None else found[0]


def runs(local: LocalAirflow, dag: str = ON_CHANGE) -> list[str]:
    """States of the runs on change, of the first district."""
    return [run["state"] for run in local.api.runs(dag)]
