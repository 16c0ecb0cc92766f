"""Two DAGs, run for real: Airflow's own task runner, twins on a socket, PostgreSQL."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

DATASETS = ["dossier", "dossier_component", "dossier_fee", "dossier_supplement", "dossier_result"]
REGISTERS = ["birth", "death", "marriage", "recognition"]


def outputs(run: Any) -> list[Any]:
    """What the instances of its task returned."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.scalars(
            select(XComModel).where(
                XComModel.run_id == run.run_id, XComModel.dag_id == run.dag_id, XComModel.task_id == "sync"
            )
        )
        return [XComModel.deserialize_value(x) for x in found if x.key == "return_value"]


def announced(run: Any) -> list[tuple[str, Any]]:
    """The assets that a run announced, with what it said about them."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = (
            select(AssetModel.uri, AssetEvent.extra)
            .join(AssetEvent, AssetEvent.asset_id == AssetModel.id)
            .where(AssetEvent.source_run_id == run.run_id)
        )
        return [(uri, extra) for uri, extra in session.execute(query.where(AssetEvent.source_dag_id == run.dag_id))]


@pytest.mark.timeout(180)
def test_a_district_is_synced(bag: Any, airflow_tables: None, world: psycopg.Connection[Any]) -> None:
    """One task brings a district's dossiers, children included, into the warehouse; only ids and counts leave it."""
    run = bag.dags["one-stop-760"].test(run_conf={"partition_key": "one-stop-760|2022-06-02"})

    assert run.state == "success"
    [synced] = outputs(run)
    assert set(synced) == {"stream", "run", "rows"}
    assert set(synced["rows"]) == set(DATASETS)
    assert synced["rows"]["dossier"]["received"] == 30
    stored = world.execute("select count(*) from warehouse.dossier where _system = 'one-stop-760'").fetchone()
    assert stored == (synced["rows"]["dossier"]["accepted"],)
    terms = "select sum(received), sum(accepted + unchanged + duplicate + outdated + quarantined) from hub.ledger"
    assert len(set(world.execute(terms).fetchone() or ())) == 1
    assert announced(run) == [
        ("hub://warehouse/dossier", {"stream": "one-stop-760.dossier", "run": synced["run"], "rows": synced["rows"]})
    ]


@pytest.mark.timeout(240)
def test_the_registry_is_synced_register_by_register(
    bag: Any, airflow_tables: None, world: psycopg.Connection[Any]
) -> None:
    """Four mapped registers, four task instances; a second run accepts nothing new."""
    dag = bag.dags["moj-registry"]
    first = dag.test(run_conf={"partition_key": "moj-registry|2022-06-02"})
    second = dag.test(run_conf={"full": True})

    assert first.state == second.state == "success"
    assert sorted(synced["stream"] for synced in outputs(first)) == [
        f"moj-registry.{register}" for register in REGISTERS
    ]
    merged = {name: terms for synced in outputs(first) for name, terms in synced["rows"].items()}
    assert sorted(merged) == REGISTERS
    assert sum(terms["received"] for terms in merged.values()) == 1000
    for register in REGISTERS:
        assert world.execute(f"select count(*) from warehouse.{register}").fetchone() == (merged[register]["accepted"],)
    again = {name: terms for synced in outputs(second) for name, terms in synced["rows"].items()}
    assert {terms["accepted"] for terms in again.values()} == {0}
    assert sorted(uri for uri, _ in announced(first)) == [f"hub://warehouse/{register}" for register in REGISTERS]


@pytest.mark.timeout(120)
def test_each_try_of_a_task_asks_for_the_same(bag: Any, airflow_tables: None, world: psycopg.Connection[Any]) -> None:
    """The run that a task begins bears the name of the Airflow run, by which the next try finds it."""
    run = bag.dags["one-stop-760"].test(run_conf={"partition_key": "one-stop-760|2022-06-02"})

    assert world.execute("select request from hub.run").fetchall() == [(f"airflow one-stop-760 {run.run_id}",)]


@pytest.mark.timeout(120)
def test_a_run_names_the_user_of_airflow_who_started_it(
    bag: Any, airflow_tables: None, world: psycopg.Connection[Any]
) -> None:
    """Airflow tells the task who triggered its run; a run by the schedule has nobody."""
    run = bag.dags["one-stop-760"].test(run_conf={"partition_key": "one-stop-760|2022-06-02"})

    assert run.triggering_user_name == "dag_test"
    assert world.execute("select begun_by from hub.run").fetchall() == [("airflow:dag_test",)]


def test_a_run_by_the_schedule_has_no_operator() -> None:
    from types import SimpleNamespace

    from orchestration.tasks import operator

    assert operator({"dag_run": SimpleNamespace(triggering_user_name=None)}) is None


@pytest.mark.timeout(120)
def test_a_key_of_another_system_fails_at_once(bag: Any, airflow_tables: None, world: psycopg.Connection[Any]) -> None:
    """A permanent error is not tried again: the task fails on its first try, and nothing was read."""
    run = bag.dags["one-stop-761"].test(run_conf={"partition_key": "one-stop-760|2022-06-02"})

    [sync] = run.get_task_instances()
    assert run.state == "failed"
    assert (sync.task_id, sync.state, sync.try_number) == ("sync", "failed", 1)
    assert world.execute("select count(*) from hub.run").fetchone() == (0,)


@pytest.mark.timeout(180)
def test_a_run_on_change_reads_what_its_system_has(
    bag: Any, airflow_tables: None, world: psycopg.Connection[Any]
) -> None:
    """Started by hand it has no event that names streams, so it reads all of them: the same path, under its own name."""
    run = bag.dags["one-stop-760-on-change"].test()

    assert run.state == "success"
    assert world.execute("select request, mode from hub.run").fetchall() == [
        (f"airflow one-stop-760-on-change {run.run_id}", "live")
    ]
    assert [uri for uri, _ in announced(run)] == ["hub://warehouse/dossier"]


@pytest.mark.timeout(180)
def test_a_run_on_change_that_finds_the_stream_taken_ends_quietly(
    bag: Any, airflow_tables: None, world: psycopg.Connection[Any]
) -> None:
    """Somebody else reads the stream: nothing fails and nothing is read, and the news is given back to the watcher."""
    world.execute(
        "insert into hub.watch (stream, system, since, marks, epoch) values ('one-stop-760.dossier', 'one-stop-760', '', '', 0)"
    )
    world.execute("select pg_advisory_lock(hashtextextended('one-stop-760.dossier', 0))")
    run = bag.dags["one-stop-760-on-change"].test()

    assert run.state == "success"
    assert world.execute("select count(*) from hub.run").fetchone() == (0,)
    assert world.execute("select epoch from hub.watch").fetchall() == [(None,)]


def test_the_events_of_a_run_name_its_streams() -> None:
    """Several events before one run: each stream is read once."""
    from types import SimpleNamespace

    from orchestration.tasks import changed_streams

    named = [["a.birth", "a.death"], ["a.birth"]]
    events = [SimpleNamespace(extra={"from_trigger": True, "payload": {"streams": streams}}) for streams in named]

    assert changed_streams({"triggering_asset_events": {"source": events}}) == ["a.birth", "a.death"]
    assert changed_streams({}) == []
