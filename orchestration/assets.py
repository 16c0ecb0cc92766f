"""Contract -> Airflow asset, system -> watched Airflow asset. The addresses of assets are written here only.

An asset of the warehouse stands for a contract; its partitions are `system|date`. A mapped task of the registry serves
four contracts, so tasks declare an alias as their outlet and name the asset at run time. Each DAG has its own alias, and
Airflow knows the assets from its inlets: at the end of a task nothing is made that another task could make at the same
moment. Airflow 3.3.2 fails one of two tasks that do, although its work is done.

An asset of a source stands for what one system holds; its watcher announces that it has changed.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias, AssetWatcher

from hub.core.deployment import SystemEntry
from orchestration.watching import SystemWatch


def outlet(dag: str) -> AssetAlias:
    """The outlet that the tasks of a DAG declare: rows of some contract in the warehouse."""
    return AssetAlias(name=f"warehouse of {dag}", group="motlan")


def warehouse(contract: str) -> Asset:
    """The rows of a contract in the warehouse, e.g. `hub://warehouse/birth`."""
    return Asset(name=f"warehouse.{contract}", uri=f"hub://warehouse/{contract}", group="motlan")


def source(system: SystemEntry) -> Asset:
    """What a watched system holds, e.g. `hub://source/one-stop-760`, with its watcher."""
    assert system.watch is not None, f"{system.id} is not watched"
    watcher = AssetWatcher(
        name=f"watch.{system.id}", trigger=SystemWatch(system.id, every_s=system.watch.total_seconds())
    )
    return Asset(name=f"source.{system.id}", uri=f"hub://source/{system.id}", group="motlan", watchers=[watcher])
