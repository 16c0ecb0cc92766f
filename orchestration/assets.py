"""Contract -> Airflow asset. The addresses of assets are written here only.

An asset stands for a contract in the warehouse; its partitions are `system|date`. A mapped task of the registry serves
four contracts, so tasks declare an alias as their outlet and name the asset at run time. Airflow knows the assets
before that, from the inlets of the DAG.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias

WAREHOUSE = AssetAlias(name="warehouse", group="motlan")
"""The outlet that every task declares: rows of some contract in the warehouse."""


def warehouse(contract: str) -> Asset:
    """The rows of a contract in the warehouse, e.g. `hub://warehouse/birth`."""
    return Asset(name=f"warehouse.{contract}", uri=f"hub://warehouse/{contract}", group="motlan")
