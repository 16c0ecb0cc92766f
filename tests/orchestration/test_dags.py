"""What the DAGs of dags/ are made of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from orchestration.dag_factory import Tag
from orchestration.second_opinion import DAG_ID

ROOT = Path(__file__).resolve().parents[2]
ASKED = {"population-db"}
"""Systems that are asked when a decision needs them: nothing of them is read, so no DAG."""
OTHER_WAYS = {f"moj-registry-{way}" for way in ("rest", "signed")}
"""Other ways to the registry (`instead_of`): they tell what it tells, so they are read only where `routes` chooses one."""
SYSTEMS = sorted(
    {path.stem for path in (ROOT / "deployments" / "hcmc" / "systems").glob("*.yaml")} - ASKED - OTHER_WAYS
)


def reading(bag: Any) -> list[Any]:
    """The DAGs that read from a system."""
    return [dag for dag in bag.dags.values() if dag.dag_id != DAG_ID]


def test_every_dag_file_can_be_read(bag: Any) -> None:
    """No file of dags/ fails, and none is left out for want of the two words that Airflow looks for."""
    assert bag.import_errors == {}
    assert {"one_stop.py", "registry.py", "second_opinion.py"} == {Path(dag.fileloc).name for dag in bag.dags.values()}


def test_one_dag_a_system(bag: Any, deployed: Any) -> None:
    """The DAGs are the deployment's systems, no more and no fewer; one beside them reads from none."""
    assert set(bag.dags) - {DAG_ID} == set(deployed.read) == set(SYSTEMS)
    assert set(deployed.systems) - set(deployed.read) == ASKED
    assert len(bag.dags) == 28 + 1


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_dag_carries_what_the_person_on_duty_needs(bag: Any, deployed: Any, system: str) -> None:
    """Name, owner, a page that says what to do and whom to call, tags of the closed list, a schedule, one run at a time."""
    dag, entry = bag.dags[system], deployed.systems[system]

    assert dag.dag_display_name == entry.title
    assert dag.owner == entry.owner
    assert all(
        text in dag.doc_md
        for text in (entry.owner, entry.contact, "When it fails", "hub systems check", f"{system}|date")
    )
    assert dag.tags
    assert dag.tags <= {tag.value for tag in Tag}
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.timetable.summary == entry.schedule


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_stream_is_one_task(bag: Any, deployed: Any, system: str) -> None:
    """What `hub sync` does, whole, in the pool of the system, with the retries of the error tree."""
    [task] = bag.dags[system].tasks

    assert task.task_id == "sync"
    assert task.pool == deployed.systems[system].pool
    assert task.retries == 3
    assert type(task.retry_policy).__name__ == "ErrorTreePolicy"
    assert task.execution_timeout is not None


def test_the_registers_are_mapped(bag: Any, deployed: Any) -> None:
    """The registry's task is mapped over its four registers, each under its own name."""
    [task] = bag.dags["moj-registry"].tasks

    assert task.op_kwargs_expand_input.value == {
        "stream": [f"moj-registry.{c}" for c in ("birth", "death", "marriage", "recognition")]
    }
    assert task.map_index_template == "{{ stream }}"


def test_the_task_promises_the_warehouse(bag: Any) -> None:
    """It announces new rows of the warehouse."""
    for dag in reading(bag):
        assert [[o.name for o in task.outlets] for task in dag.tasks] == [["warehouse"]]


def test_every_pool_is_made(bag: Any, deployed: Any) -> None:
    """No task waits for a pool that nobody makes, and each stream has a slot at first."""
    pools = deployed.pools

    assert {task.pool for dag in reading(bag) for task in dag.tasks} == set(pools)
    assert sum(pools.values()) == len(deployed.streams) == 39


def test_dags_survive_airflows_database(bag: Any) -> None:
    """Each DAG can be stored and restored, its custom timetable included."""
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in reading(bag):
        restored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
        assert restored.dag_id == dag.dag_id
        assert type(restored.timetable).__name__ == "DayPartitions"


def test_dag_files_are_short_and_show_their_task() -> None:
    """A reader sees what a stream does in 10 to 40 lines."""
    for path in (ROOT / "dags").glob("*.py"):
        text = path.read_text()
        assert 10 <= len(text.splitlines()) <= 40, path.name
        assert re.search(r"^ +(sync|second_opinion)(\.expand)?\(", text, re.MULTILINE), path.name
    assert not (ROOT / "dags" / "__init__.py").exists()
