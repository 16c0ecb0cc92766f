"""Codes of the store's places that stand for several units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...sql.database import Database
from .register import RegisterTable

NO_UNIT = "(none)"


def ambiguous_places(database: Database, register: RegisterTable) -> Mapping[str, Sequence[str]]:
    """Code -> the units that it stands for, of codes that nobody decided. A place without a unit is `(none)`."""
    found: dict[str, list[str]] = {}
    rows = database.ask(
        f"comparing {register.places.table}", lambda connection: connection.execute(register.ambiguous()).all()
    )
    for code, unit in rows:
        found.setdefault(str(code), []).append(NO_UNIT if unit is None else str(unit))
    return {code: sorted(units) for code, units in sorted(found.items()) if code not in register.places.decided}
