"""The DAG of the second opinion: a run of its own a day and stream."""

from __future__ import annotations

from typing import Any

from orchestration.second_opinion import DAG_ID


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
