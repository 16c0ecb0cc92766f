"""Whether a reader of some fields still finds what an older version promised."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from contracts.changes.change import Breaks, ClauseChange
from contracts.changes.compare import compare
from contracts.changes.history import load_version, released
from contracts.model import Contract


def broken_fields(changes: Iterable[ClauseChange]) -> dict[str, dict[str, str]]:
    """Dataset -> field -> what a reader of it meets; the empty name stands for all fields of the dataset."""
    found: dict[str, dict[str, str]] = {}
    for each in changes:
        if Breaks.READERS in each.breaks:
            dataset, _, rest = each.place.partition("/")
            name, _, rule = rest.partition(".")
            whole = not rest or (rule and name == dataset)
            found.setdefault(dataset.removesuffix(" key"), {}).setdefault("" if whole else name, each.what)
    return found


def lives_for(contract: Contract, version: str, dataset: str, columns: Collection[str]) -> tuple[bool, str]:
    """Whether a released version of a contract is still kept for a reader of these columns, and if not, why.

    Two versions are live for as long as that holds: senders follow the newer one, and the reader stays with the older.

    Raises:
        ContractInvalid: the released file cannot be read.
    """
    if version not in released(contract):
        return False, f"version {version} was never released"
    broken = broken_fields(compare(load_version(contract, version), contract)).get(dataset, {})
    for name in ("", *columns):
        if name in broken:
            return False, f"{name or dataset}: {broken[name]}"
    return True, ""
