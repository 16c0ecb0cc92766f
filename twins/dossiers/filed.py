"""All dossiers of the city with their children, one column a field."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Filed:
    """All dossiers: children say by `_parent` to which row of `dossier` they belong."""

    dossier: pl.DataFrame
    """DOSSIER_FIELDS plus `_system`, `_owner` (person), `_online` (procedure is offered online), `_group`, `_changed` (local seconds)."""
    children: dict[str, pl.DataFrame]
    offers: pl.DataFrame
    """{system, code, name, field, group}: the procedures each district offers online."""
