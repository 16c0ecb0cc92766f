"""Contract -> Airflow asset. The one place where such an address is spelled.

One asset stands for one contract in the warehouse; its partitions are `system|date`. A mapped task
of the registry serves four contracts, so tasks promise the alias and name the asset at run time.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias

WAREHOUSE = AssetAlias(name="warehouse", group="motlan")
"""What every merge promises: some contract's rows in the warehouse."""


def warehouse(contract: str) -> Asset:
    """The rows of a contract in the warehouse, e.g. `hub://warehouse/birth`."""
    return Asset(name=f"warehouse.{contract}", uri=f"hub://warehouse/{contract}", group="motlan")
