"""Airflow's own processes, as `hub run` starts them: up, driven through the API, and gone again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import psycopg
import pytest

from hub.core.deployment import pool_purpose
from hub.local.embedded import EmbeddedServer
from orchestration.local.rest import AirflowApi, AirflowAway, AirflowRefused, wait
from orchestration.local.stack import AirflowBusy, LocalAirflow


@pytest.fixture
def airflow(server: EmbeddedServer, world: psycopg.Connection[Any], tmp_path: Path) -> Iterator[LocalAirflow]:
    """A running Airflow on a database of its own, beside the small city."""
    url = server.ensure("airflow_of_tests", "airflow_of_tests", "secret")
    twins = int(os.environ["HUB_PORT_BASE"]) + 2
    local = LocalAirflow(tmp_path / "airflow", twins - 2, url, parallelism=2)
    local.prepare()
    try:
        local.start(240)
        yield local
    finally:
        local.stop()
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("drop database airflow_of_tests with (force)")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_airflow_runs_a_district_and_backfills_it_by_days(
    airflow: LocalAirflow, world: psycopg.Connection[Any], deployed: Any
) -> None:
    """One run by hand reads on; a backfill of three days is three runs that leave the position alone; nothing stays behind."""
    api = airflow.api
    airflow.await_dags(set(deployed.read), 240)
    for pool, slots in deployed.pools.items():
        api.ensure_pool(pool, slots, pool_purpose(pool))
    *_, last = airflow.run({"one-stop-760": "one-stop-760|2022-06-02"}, "first")
    position = world.execute("select position from hub.stream").fetchone()
    api.backfill("one-stop-760", date(2022, 5, 16), date(2022, 5, 18), ZoneInfo(deployed.timezone))
    done = wait(
        lambda: [r["state"] for r in api.runs("one-stop-760") if r["run_type"] == "backfill"] == ["success"] * 3, 300, 1
    )

    assert last.runs == {"one-stop-760": "success"}
    assert last.tasks == {"success": 1}
    assert done
    backfilled = sorted(r["partition_key"] for r in api.runs("one-stop-760") if r["run_type"] == "backfill")
    assert backfilled == [f"one-stop-760|2022-05-{day}" for day in (16, 17, 18)]
    modes = dict(world.execute("select mode, count(*) from hub.run group by mode").fetchall())
    # The schedule may fire while the test runs: one live reading more, of which nothing comes.
    assert modes.pop("live") >= 1
    assert modes == {"window": 3}
    assert world.execute("select position from hub.stream").fetchone() == position

    with pytest.raises(AirflowBusy, match="already runs"):
        LocalAirflow(airflow.folder, airflow.port, airflow.database_url).start()
    with pytest.raises(AirflowRefused):
        AirflowApi(airflow.address, "operator", "guessed").dags()

    airflow.stop()
    home = f"AIRFLOW_HOME={airflow.folder}"
    assert [p.pid for p in psutil.process_iter() if home in _environment(p)] == []


def test_silence_is_not_a_no() -> None:
    """An API server that is too busy to answer ended a whole scenario; it is asked again until time is up."""
    answers = iter([AirflowAway("busy"), False, AirflowAway("busy"), True])

    def ask() -> bool:
        answer = next(answers)
        if isinstance(answer, AirflowAway):
            raise answer
        return answer

    def silent() -> bool:
        raise AirflowAway("busy")

    assert wait(ask, 5, 0)
    assert not wait(silent, 0.01, 0)


def _environment(process: psutil.Process) -> list[str]:
    try:
        return [f"{name}={value}" for name, value in process.environ().items()]
    except psutil.Error:
        return []
