"""What changed between a decision on record and the same question judged now.

Pure; names of conditions and columns, never a value.

    record, candidates, version, side, law, result code  as they stand in the row
    conditions                                           which they are and what each says; of a doubt also its value,
                                                         because another candidate is another doubt

The value of a condition that holds or fails is left out: the age of a copy grows each day and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

RECORD = ("dataset", "system", "record_key")
COLUMNS: Mapping[str, str] = {
    "version": "version",
    "role": "side",
    "legal_basis": "legal-basis",
    "result_code": "result-code",
}
"""Column -> how it is named as a reason."""


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a decision no longer stands: ids of changed conditions, then `record` or other columns. Empty: it stands.

    Both have the columns of `hub.decision`, with `why` as a list of reasons.
    """
    one, other = _said(before["why"]), _said(after["why"])
    names = [each for each in dict.fromkeys([*one, *other]) if one.get(each) != other.get(each)]
    if "ask" in (before["outcome"], after["outcome"]):  # without a record on one side there is nothing more to compare
        return tuple(names or (["outcome"] if before["outcome"] != after["outcome"] else []))
    if any(before[column] != after[column] for column in RECORD):
        return *names, "record"
    # A side of None was decided before sides were kept, so it cannot be compared.
    columns = [c for c in COLUMNS if before[c] != after[c] and not (c == "role" and before[c] is None)]
    names += [COLUMNS[column] for column in columns]
    if set(before["candidates"]) != set(after["candidates"]):
        names.append("candidates")
    return tuple(names or (["outcome"] if before["outcome"] != after["outcome"] else []))


def _said(why: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, str]]:
    return {each["condition"]: (each["effect"], each["value"] if each["effect"] == "doubt" else "") for each in why}
