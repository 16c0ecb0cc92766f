"""The DAGs of key listings: one for each system whose file has a schedule, and no reading waits for it."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from hub.cli import app
from orchestration.key_listing import key_listing, key_listing_dag, listing_id


def listings(bag: Any) -> dict[str, Any]:
    return {name: dag for name, dag in bag.dags.items() if Path(dag.fileloc).name == "key_listing.py"}


def hub(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_one_dag_a_system_with_a_schedule(bag: Any, deployed: Any) -> None:
    """At its hour in the deployment's zone, a task a stream, in no pool of a system; it never catches up."""
    due = {name: entry for name, entry in deployed.read.items() if entry.listing is not None}

    assert set(listings(bag)) == {listing_id(name) for name in due}
    assert {"one-stop-760", "moj-registry", "digitised-store"} < set(due)
    for name, entry in due.items():
        dag = listings(bag)[listing_id(name)]
        [task] = dag.tasks
        at = entry.listing.at
        assert dag.timetable.summary == f"{at.minute} {at.hour} * * *"
        assert str(dag.timetable._timezone) == deployed.timezone
        assert (dag.catchup, dag.max_active_runs, dag.is_paused_upon_creation) == (False, 1, False)
        assert task.op_kwargs_expand_input.value == {
            "stream": [s for s in deployed.streams if s.startswith(f"{name}.")]
        }
        assert (task.pool, task.max_active_tis_per_dag, task.retries) == ("default_pool", 1, 3)
        assert type(task.retry_policy).__name__ == "ErrorTreePolicy"
        assert entry.owner in dag.doc_md
        assert all(words in dag.doc_md for words in ("hub systems listing --last", "ListingImplausible", "release"))


def test_no_two_systems_are_listed_at_once(deployed: Any) -> None:
    """Each listing is a process of its own: 22 at the same minute would need the memory of 22."""
    hours = [entry.listing.at for entry in deployed.read.values() if entry.listing is not None]
    assert len(set(hours)) == len(hours)


def test_they_survive_airflows_database(bag: Any) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in listings(bag).values():
        assert DagSerialization.from_dict(DagSerialization.to_dict(dag)).dag_id == dag.dag_id


@pytest.mark.timeout(240)
def test_what_left_a_district_is_found(airflow_tables: None, world: psycopg.Connection[Any], deployed: Any) -> None:
    """A dossier is deleted without a word; the DAG finds it, and is not due again on the same day."""
    assert hub("sync", "one-stop-760").exit_code == 0
    asked = {"system": "one-stop-760", "what": "deleted", "count": 1, "seed": 3}
    twins = f"http://127.0.0.1:{int(os.environ['HUB_PORT_BASE']) + 2}/control/depart"
    with urllib.request.urlopen(twins, json.dumps(asked).encode(), timeout=10) as reply:
        [[deleted, _]] = json.load(reply)["departed"]
    left = "select record_key from hub.finding where rule = 'record.left-source' and resolved_at is null"

    with key_listing_dag(deployed.systems["one-stop-760"]) as dag:
        key_listing.expand(stream=["one-stop-760.dossier"])
    assert dag.test().state == "success"

    assert world.execute(left).fetchall() == [(deleted,)]
    assert dag.test().state == "success"
    assert world.execute("select count(*) from hub.key_listing").fetchone() == (1,)

    [row] = json.loads(hub("systems", "listing", "one-stop-760", "--json").stdout)
    [last] = json.loads(hub("systems", "listing", "--last", "--json").stdout)
    assert (row["gone"], row["waiting"], last["state"]) == (0, 0, "taken")
