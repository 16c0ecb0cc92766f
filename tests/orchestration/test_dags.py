"""What the DAGs of dags/ are made of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.dag_factory import Tag
from orchestration.partitions import on_change_id
from orchestration.second_opinion import DAG_ID

ROOT = Path(__file__).resolve().parents[2]
ASKED = {"population-db"}
"""Systems that are asked when a decision needs them: nothing of them is read, so no DAG."""
OTHER_WAYS = {f"moj-registry-{way}" for way in ("rest", "signed")}
"""Other ways to the registry (`instead_of`): they tell what it tells, so they are read only where `routes` chooses one."""
SYSTEMS = sorted(
    {path.stem for path in (ROOT / "deployments" / "hcmc" / "systems").glob("*.yaml")} - ASKED - OTHER_WAYS
)


def test_every_dag_file_can_be_read(bag: Any) -> None:
    """No file of dags/ fails, and none is left out for want of the two words that Airflow looks for."""
    assert bag.import_errors == {}
    assert {path.name for path in (ROOT / "dags").glob("*.py")} == {Path(d.fileloc).name for d in bag.dags.values()}


def of_file(bag: Any, *names: str) -> dict[str, Any]:
    """The DAGs of some files of dags/."""
    return {name: dag for name, dag in bag.dags.items() if Path(dag.fileloc).name in names}


def scheduled(bag: Any) -> dict[str, Any]:
    return of_file(bag, "one_stop.py", "registry.py")


def test_one_dag_a_system(bag: Any, deployed: Any) -> None:
    """The scheduled DAGs are the deployment's systems, no more and no fewer."""
    assert set(scheduled(bag)) == set(deployed.read) == set(SYSTEMS)
    assert set(deployed.systems) - set(deployed.read) == ASKED
    assert len(SYSTEMS) == 28
    assert set(of_file(bag, "second_opinion.py")) == {DAG_ID}  # reads from no system


def test_one_dag_on_change_a_watched_system(bag: Any, deployed: Any) -> None:
    """A system that has no cheap question says so in its file, and has no such DAG."""
    watched = {name for name, entry in deployed.read.items() if entry.watch is not None}

    assert set(of_file(bag, "on_change.py")) == {on_change_id(name) for name in watched}
    assert set(deployed.read) - watched == {"book-files", "digitised-store"}


def test_a_dag_on_change_waits_for_its_systems_watcher(bag: Any, deployed: Any) -> None:
    """One asset a system, with one watcher that asks as often as the system's file says; no partitions, one run."""
    for dag in of_file(bag, "on_change.py").values():
        [asset] = dag.timetable.asset_condition.objects
        [watcher] = asset.watchers
        _, given = watcher.trigger.serialize()
        entry = deployed.read[given["system"]]
        assert dag.dag_id == on_change_id(entry.id)
        assert asset.uri == f"hub://source/{entry.id}"
        assert given["every_s"] == entry.watch.total_seconds()
        assert type(dag.timetable).__name__ == "AssetTriggeredTimetable"  # without partitions
        assert dag.max_active_runs == 1
        assert [task.task_id for task in dag.tasks] == ["sync_changed"]
        assert entry.owner in dag.doc_md


def test_districts_are_watched_every_3_seconds_and_the_registry_every_15(deployed: Any) -> None:
    """The twins' intervals, at which lightness and delay are measured."""
    every = {name: entry.watch.total_seconds() for name, entry in deployed.read.items() if entry.watch}

    assert [3.0] * 22 == [seconds for name, seconds in every.items() if name.startswith("one-stop")]
    assert every["moj-registry"] == 15


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


def test_the_task_promises_the_warehouse_under_a_name_of_its_own(bag: Any) -> None:
    """It announces new rows of the warehouse.

    All tasks once shared one alias, and two districts that announced dossiers at the same moment for the first time both
    noted that it stands for dossiers: one of them was failed for it, its records merged and its task never tried again.
    """
    dags = scheduled(bag) | of_file(bag, "on_change.py")

    assert {name: [[o.name for o in task.outlets] for task in dag.tasks] for name, dag in dags.items()} == {
        name: [[f"warehouse of {name}"]] for name in dags
    }


def test_airflow_knows_every_asset_before_a_task_names_it(bag: Any, deployed: Any) -> None:
    """Two districts that end at once must not both make `hub://warehouse/dossier`: one of them was failed for it, its
    records merged and its task never tried again."""
    for dag in (scheduled(bag) | of_file(bag, "on_change.py")).values():
        contracts = deployed.systems[dag.dag_id.removesuffix(on_change_id(""))].contracts
        assert [[asset.uri for asset in task.inlets] for task in dag.tasks] == [
            [f"hub://warehouse/{contract}" for contract in contracts]
        ]


def test_every_pool_is_made(bag: Any, deployed: Any) -> None:
    """No task waits for a pool that nobody makes, and each stream has a slot at first."""
    pools = deployed.pools

    assert {task.pool for dag in scheduled(bag).values() for task in dag.tasks} == set(pools)
    assert {task.pool for dag in of_file(bag, "on_change.py").values() for task in dag.tasks} <= set(pools)
    assert sum(pools.values()) == len(deployed.streams) == 40


def test_dags_survive_airflows_database(bag: Any) -> None:
    """Each DAG can be stored and restored, its custom timetable included."""
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in scheduled(bag).values():
        restored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
        assert restored.dag_id == dag.dag_id
        assert type(restored.timetable).__name__ == "DayPartitions"
    for dag in of_file(bag, "on_change.py").values():
        [asset] = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable.asset_condition.objects
        assert asset.watchers


def test_dag_files_are_short_and_show_their_task() -> None:
    """A reader sees what a stream does in 10 to 40 lines."""
    for path in (ROOT / "dags").glob("*.py"):
        text = path.read_text()
        assert 10 <= len(text.splitlines()) <= 40, path.name
        assert re.search(
            r"^ +(sync(_changed)?|second_opinion|key_listing|release|across_registers)(\.expand)?\(", text, re.MULTILINE
        ), path.name
    assert not (ROOT / "dags" / "__init__.py").exists()


FEEDS = {
    path.stem: file
    for path in sorted((ROOT / "deployments" / "hcmc" / "feeds").glob("*.yaml"))
    if (file := yaml.safe_load(path.read_text(encoding="utf-8"))).get("active", True)
}


def test_one_dag_a_feed(bag: Any, deployed: Any) -> None:
    """Each feed that is not switched off has a DAG by the schedule of its file, one run at a time, owned by who answers for it."""
    dags = of_file(bag, "feeds.py")
    assert {f"feed-{name}" for name in FEEDS} == set(dags)
    for name, file in FEEDS.items():
        dag = dags[f"feed-{name}"]
        assert (file["schedule"], 1, False) == (dag.timetable.summary, dag.max_active_runs, dag.catchup)
        assert "hub feed approve" in dag.doc_md
        assert file["owner"] == dag.owner


def test_new_terms_of_a_feed_wait_for_a_person(bag: Any) -> None:
    """What was approved before goes on at once; the first delivery waits for an answer in Airflow, and then goes."""
    dag = bag.dags[f"feed-{next(iter(FEEDS))}"]
    after = {task.task_id: set(task.downstream_task_ids) for task in dag.tasks}
    assert {"who_decides"} == after["build"]
    assert {"person", "send"} == after["who_decides"]
    assert {"release"} == after["person"]
    assert {"send"} == after["release"]
    assert "ApprovalOperator" == type(dag.get_task("person")).__name__
