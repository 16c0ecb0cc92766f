"""Budgets of bad records (`contracts/budget.py`), read from the ODCS `quality` entries of a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.budget import RULE, SEVERITIES, Budget, default
from contracts.model import Effect
from contracts.yaml.lines import Located, Steps

_HINT = f"implementation: {{rule: {RULE}, maximum_percent: 10, maximum_rows: 10}}, and severity: error or warning"


def is_budget(entry: Mapping[str, Any]) -> bool:
    """Whether a `quality` entry is a budget and no rule."""
    inside = entry.get("implementation")
    return isinstance(inside, dict) and inside.get("rule") == RULE


def budgets_of(file: Located, entries: list[dict[str, Any]], steps: Steps, dataset: str) -> tuple[Budget, ...]:
    """The budgets of a dataset: its own, and the default for quarantined records where it has none.

    Raises:
        ContractInvalid: a budget that could not be executed as it is written, or two of one severity.
    """
    found: dict[Effect, Budget] = {}
    for index, entry in enumerate(entries):
        if not is_budget(entry):
            continue
        here = (*steps, index)
        severity = entry.get("severity", "error")
        if severity not in SEVERITIES:
            raise file.invalid((*here, "severity"), f"severity `{severity}` of a budget", hint=_HINT)
        effect = SEVERITIES[severity]
        if effect in found:
            raise file.invalid(here, f"a second budget of severity {severity}", hint="one for each severity")
        percent, rows = _numbers(file, entry["implementation"], here)
        found[effect] = Budget(f"{dataset}.{entry['id']}", effect, percent, rows, entry.get("description", ""))
    found.setdefault(Effect.QUARANTINE, default(dataset))
    return tuple(found.values())


def refuse_misplaced(file: Located, entries: Iterable[Mapping[str, Any]], steps: Steps) -> None:
    """Refuse a budget on a field: records are bad, not values. Raises ContractInvalid."""
    for index, entry in enumerate(entries):
        if is_budget(entry):
            raise file.invalid((*steps, index), f"`{RULE}` on a field", hint="it stands in `quality` of the dataset")


def _numbers(file: Located, words: Mapping[str, Any], here: Steps) -> tuple[float, int]:
    inside = (*here, "implementation")
    if strange := words.keys() - {"rule", "maximum_percent", "maximum_rows"}:
        raise file.invalid((*inside, min(strange)), f"`{min(strange)}` of a budget", hint=_HINT)
    percent, rows = words.get("maximum_percent"), words.get("maximum_rows")
    if not isinstance(percent, int | float) or isinstance(percent, bool) or not 0 <= percent <= 100:
        raise file.invalid(inside, "`maximum_percent` of a budget is no number from 0 to 100", hint=_HINT)
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0:
        raise file.invalid(inside, "`maximum_rows` of a budget is no whole number", hint=_HINT)
    return percent, rows
