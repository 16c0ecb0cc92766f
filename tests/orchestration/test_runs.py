"""Two DAGs, run for real: Airflow's own task runner, twins on a socket, PostgreSQL."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

DATASETS = ["dossier", "dossier_component", "dossier_fee", "dossier_supplement", "dossier_result"]
REGISTERS = ["birth", "death", "marriage", "recognition"]


def outputs(run: Any, step: str) -> list[Any]:
    """What the instances of a step returned."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.scalars(select(XComModel).where(XComModel.run_id == run.run_id, XComModel.dag_id == run.dag_id, XComModel.task_id.endswith(step)))
        return [XComModel.deserialize_value(x) for x in found if x.key == "return_value"]


def announced(run: Any) -> list[tuple[str, Any]]:
    """The assets that a run announced, with what it said about them."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = select(AssetModel.uri, AssetEvent.extra).join(AssetEvent, AssetEvent.asset_id == AssetModel.id).where(AssetEvent.source_run_id == run.run_id)
        return [(uri, extra) for uri, extra in session.execute(query.where(AssetEvent.source_dag_id == run.dag_id))]


@pytest.mark.timeout(180)
def test_a_district_is_synced(bag: Any, airflow_tables: None, world: psycopg.Connection[Any]) -> None:
    """Three tasks bring a district's dossiers, children included, into the warehouse; only ids and counts travel between them."""
    run = bag.dags["one-stop-760"].test(run_conf={"partition_key": "one-stop-760|2022-06-02"})

    assert run.state == "success"
    [landed], [verdict], [equation] = (outputs(run, step) for step in ("land", "judge", "merge"))
    assert landed["records"] == 30
    assert set(landed) == {"stream", "run", "batches", "records"} and set(verdict) == {*landed, "broken"}
    assert set(equation) == set(DATASETS)
    assert equation["dossier"]["received"] == 30
    stored = world.execute("select count(*) from warehouse.dossier where _system = 'one-stop-760'").fetchone()
    assert stored == (equation["dossier"]["accepted"],)
    terms = "select sum(received), sum(accepted + unchanged + duplicate + outdated + quarantined) from hub.ledger"
    assert len(set(world.execute(terms).fetchone() or ())) == 1
    assert announced(run) == [("hub://warehouse/dossier", {"stream": "one-stop-760.dossier", "run": landed["run"], "rows": equation})]


@pytest.mark.timeout(240)
def test_the_registry_is_synced_register_by_register(bag: Any, airflow_tables: None, world: psycopg.Connection[Any]) -> None:
    """Four mapped registers, twelve task instances; a second run accepts nothing new."""
    dag = bag.dags["moj-registry"]
    first = dag.test(run_conf={"partition_key": "moj-registry|2022-06-02"})
    second = dag.test(run_conf={"full": True})

    assert first.state == second.state == "success"
    assert sorted(landed["stream"] for landed in outputs(first, "land")) == [f"moj-registry.{register}" for register in REGISTERS]
    merged = {name: terms for equation in outputs(first, "merge") for name, terms in equation.items()}
    assert sorted(merged) == REGISTERS
    assert sum(terms["received"] for terms in merged.values()) == 1000
    for register in REGISTERS:
        assert world.execute(f"select count(*) from warehouse.{register}").fetchone() == (merged[register]["accepted"],)
    again = {name: terms for equation in outputs(second, "merge") for name, terms in equation.items()}
    assert {terms["accepted"] for terms in again.values()} == {0}
    assert sorted(uri for uri, _ in announced(first)) == [f"hub://warehouse/{register}" for register in REGISTERS]


@pytest.mark.timeout(120)
def test_a_key_of_another_system_fails_at_once(bag: Any, airflow_tables: None, world: psycopg.Connection[Any]) -> None:
    """A permanent error is not tried again: the task fails on its first try, and nothing was read."""
    run = bag.dags["one-stop-761"].test(run_conf={"partition_key": "one-stop-760|2022-06-02"})

    land = next(t for t in run.get_task_instances() if t.task_id == "land")
    assert run.state == "failed"
    assert (land.state, land.try_number) == ("failed", 1)
    assert world.execute("select to_regclass('hub.run')").fetchone() == (None,)
