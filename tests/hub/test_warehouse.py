"""Dataset tables, made from the contracts."""

from __future__ import annotations

from contracts.load import load_contracts
from hub.warehouse import stage_columns, stage_table


def test_a_stage_table_has_the_columns_that_are_staged():
    """The list of a stage table's columns, which needs no table, is the table's."""
    for contract in load_contracts().values():
        for dataset in contract.datasets:
            assert [c.name for c in stage_table(dataset, "any").columns] == stage_columns(dataset)
