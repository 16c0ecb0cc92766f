"""Asks the declared suite about committed tables of one stream."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa

from contracts.model import Contract
from quality.gate import Staged
from quality.gate_process import GATE
from quality.interface import Gate


def judged(
    contract: Contract,
    tables: Mapping[str, str],
    received: Mapping[str, int],
    broken: Mapping[str, Mapping[str, int]],
    failed: Mapping[str, Collection[str]],
    lists: Mapping[str, frozenset[str]],
) -> list[Staged]:
    """The stage tables of a batch, by dataset, with what the row engine says of each."""
    return [
        Staged(d, "stage", tables[d.name], received[d.name], broken[d.name], lists, failed[d.name])
        for d in contract.datasets
    ]


def ask(engine: sa.Engine, tables: Sequence[Staged], docs: Path | None) -> Gate:
    """What the declared suite says of tables, beside the row engine's counts. `docs`: the folder of its Data Docs.

    Raises:
        GateUnreachable, GateFailed: as `GateProcess.ask`.
    """
    return GATE.ask(engine.url.render_as_string(hide_password=False), tables, docs)
