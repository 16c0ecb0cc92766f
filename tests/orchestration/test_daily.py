"""The DAG of what goes on once a day."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from hub.cli import app
from orchestration.daily import (
    DAG_ID,
    across_registers,
    daily_dag,
    indicators,
    recalls,
    refused_rows,
    retention,
    trends,
)


def hub(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_it_runs_each_night_and_waits_for_nobody(bag: Any, deployed: Any) -> None:
    """On from the start, one run at a time, in no system's pool, and no task waits for another."""
    dag = bag.dags[DAG_ID]

    assert {"across_registers", "recalls", "refused_rows", "retention", "trends", "indicators"} == {
        each.task_id for each in dag.tasks
    }
    assert all(not each.upstream_task_ids for each in dag.tasks)
    assert all(each.pool not in deployed.pools for each in dag.tasks)
    assert ("30 3 * * *", False, False) == (dag.timetable.summary, dag.catchup, dag.is_paused_upon_creation)
    assert str(dag.timetable._timezone) == deployed.timezone
    assert all(command in dag.doc_md for command in ("hub findings", "hub recall", "hub trends", "hub indicators"))


@pytest.mark.timeout(240)
def test_what_was_read_is_judged_and_counted(airflow_tables: None, world: psycopg.Connection[Any]) -> None:
    """After a reading of registers and a district: looks, days and dossiers are kept; a second run finds nothing new."""
    for stream in ("moj-registry.birth", "moj-registry.death", "moj-registry.marriage", "one-stop-760.dossier"):
        assert hub("sync", stream).exit_code == 0
    with daily_dag() as dag:
        across_registers()
        recalls()
        refused_rows()
        retention()
        trends()
        indicators()

    assert "success" == dag.test().state
    looked = world.execute("select count(*) from hub.cross_check").fetchone()
    counted = world.execute("select count(*) from hub.daily_count").fetchone()
    facts = world.execute("select count(*) from hub.indicator_fact").fetchone()
    assert all(row and row[0] > 0 for row in (looked, counted, facts))
    again = json.loads(hub("findings", "across", "--json").stdout)
    assert again
    assert {(0, 0)} == {(each["judged"], each["new"]) for each in again}
