"""The DAG of the second opinion: a run of its own a day and stream."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.core.errors import EnginesDisagree, NotFound
from orchestration.second_opinion import DAG_ID, second_opinion, second_opinion_dag

READ = ["moj-registry.birth", "moj-registry.death", "moj-registry.marriage", "moj-registry.recognition"]


def hub(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_every_stream_is_judged_once_a_day(bag: Any, deployed: Any) -> None:
    """One task a stream, one at a time, at night; it runs without anybody switching it on, and never catches up."""
    dag = bag.dags[DAG_ID]
    [task] = dag.tasks

    assert task.op_kwargs_expand_input.value == {"stream": list(deployed.streams)}
    assert task.max_active_tis_per_dag == 1
    assert (dag.timetable.summary, dag.catchup, dag.is_paused_upon_creation) == ("45 2 * * *", False, False)
    assert str(dag.timetable._timezone) == deployed.timezone


def test_no_reading_waits_for_it(bag: Any, deployed: Any) -> None:
    """It takes no slot of a system's pool."""
    [task] = bag.dags[DAG_ID].tasks

    assert task.pool not in deployed.pools
    assert task.pool == "default_pool"  # Airflow's own: it need not be made


def test_it_carries_what_the_person_on_duty_needs(bag: Any) -> None:
    """What failed, what that stops, and the next command; retries by the error tree."""
    dag = bag.dags[DAG_ID]
    [task] = dag.tasks

    assert all(text in dag.doc_md for text in ("EnginesDisagree", "hub second-opinion run", "settle", "Data Docs"))
    assert (task.retries, type(task.retry_policy).__name__) == (3, "ErrorTreePolicy")
    assert dag.owner


def test_it_survives_airflows_database(bag: Any) -> None:
    """It can be stored and restored."""
    from airflow.serialization.serialized_objects import DagSerialization

    restored = DagSerialization.from_dict(DagSerialization.to_dict(bag.dags[DAG_ID]))

    assert restored.dag_id == DAG_ID


@pytest.mark.timeout(240)
def test_what_was_read_is_judged(airflow_tables: None, world: psycopg.Connection[Any]) -> None:
    """Registers and dossiers of the twins, by the shipped contracts: the engines agree on what was accepted and rejected.

    Then one engine is wrong about a row that was accepted: the command ends with exit 7, and a person ends it by name.
    """
    for stream in [*READ, "one-stop-760.dossier"]:
        assert hub("sync", stream).exit_code == 0
    with second_opinion_dag() as dag:
        second_opinion.expand(stream=["one-stop-760.dossier"])

    assert dag.test().state == "success"
    judged = {row["stream"]: row for row in json.loads(hub("second-opinion", "run", "--json").stdout)}

    assert judged["one-stop-760.dossier"]["merged"] == 0, "the DAG has judged it already"
    assert {judged[stream]["staged_again"] for stream in READ} == {1}
    accepted = world.execute("select count(*) from warehouse.birth").fetchone()
    assert accepted == (judged["moj-registry.birth"]["accepted"],)

    world.execute("update hub.second_opinion set through = 0 where through > 0")
    world.execute("alter table warehouse.birth drop constraint birth_nks_gioi_tinh")
    world.execute("update warehouse.birth set nks_gioi_tinh = '9' where _key = (select min(_key) from warehouse.birth)")
    found = hub("second-opinion", "run")
    listed = json.loads(hub("second-opinion", "list", "--json").stdout)

    assert found.exit_code == EnginesDisagree.exit_code
    assert (listed[0]["stream"], listed[0]["engines"]) == ("moj-registry.birth", "disagree: stopped")
    assert listed[0]["disagreement"] == "accepted rows, birth/nksGioiTinh.code: 0 by row, 1 in SQL"
    assert isinstance(hub("sync", "moj-registry.birth").exception, EnginesDisagree)
    assert hub("second-opinion", "settle", "moj-registry.birth", "--because", "Đã sửa.").exit_code == 0
    assert isinstance(hub("second-opinion", "settle", "moj-registry.birth", "--because", "x").exception, NotFound)
    assert hub("sync", "moj-registry.birth").exit_code == 0
