"""The promises of a contract's service level: what each may say."""

from __future__ import annotations

import re
from collections.abc import Mapping

PROMISES = ("latency", "frequency", "retention")
"""The service level of every contract."""

CASE_DAYS, MOST_CASE_DAYS = "case_days", 3650
"""What a contract may promise beside: after how many days a case is overdue."""

UNITS: Mapping[str, tuple[str, ...]] = {
    "latency": ("s", "min", "h", "d"),
    "frequency": ("s", "min", "h", "d", "w", "m", "y"),
    "retention": ("d", "m", "y"),
}
"""Promise -> units of its number."""
WORDS: Mapping[str, tuple[str, ...]] = {
    "latency": (),
    "frequency": ("on change",),
    "retention": ("permanent", "sharing agreement"),
}
"""Promise -> what it may say instead of a number."""

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


def fault(promise: str, said: str) -> tuple[str, str] | None:
    """What is wrong with a promise as it is written, `24 h`, and what it may be; None if it is one.

    A promise that is none of ours is no fault here.
    """
    if promise not in UNITS or said in WORDS[promise]:
        return None
    number, _, unit = said.partition(" ")
    if _NUMBER.fullmatch(number) and float(number) > 0 and unit in UNITS[promise]:
        return None
    words = f"; or {' or '.join(f'`{word}`' for word in WORDS[promise])}" if WORDS[promise] else ""
    return f"promises a {promise} of `{said}`", f"A number above 0 with unit {', '.join(UNITS[promise])}{words}."
