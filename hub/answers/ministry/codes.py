"""The Ministry's error codes and states, as integration guides publish them, and one code of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from contracts.errors import Permanent

MINISTRY = "000.00.00.G15"
"""Identity code of the Ministry of Justice, whose system may ask for every office (G15 in its codes of the national
catalogue)."""

MEANING: Mapping[str, str] = {
    "100": "AUTHEN_ERROR",
    "101": "IP_DISALLOWED",
    "106": "AGENCY_ID_INCORRECT",
    "108": "PROVINCE_ID_INCORRECT",
    "200": "RECORD_UNCOMPLETE",
    "201": "RECORD_NOT_FOUND",
    "302": "DATA_TYPE_INVALID",
    "500": "DATA_INCORRECT",
    "429": "LIMIT_REACHED",
}
LIMIT = "429"
"""Ours: no code of the guides means that a valid message may be sent again later."""


class State(StrEnum):
    """trangThai of traTrangThaiHoSo; 6 as implementers meet it."""

    RECEIVED = "1"
    """Waits: our copy is too old. It is decided at the first poll after the next sync."""
    SUPPLEMENT = "2"
    """A statement of the question does not fit, or an officer must examine it; each reason is a sentence."""
    DONE = "4"
    REFUSED = "6"
    """Not held or not permitted; both look alike."""


class MinistryRefusal(Permanent):
    """A refused question, with one of the Ministry's codes. `faults` are (field, sentence), without a value."""

    outcome = "nothing"
    """Outcome of its question in the audit log."""

    def __init__(self, code: str, faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"{code} {MEANING[code]}" + (f": {'; '.join(text for _, text in faults)}" if faults else ""))
        self.code, self.faults = code, tuple(faults)

    @property
    def missed(self) -> bool:
        """Whether it counts towards the hourly misses: an unknown number was searched for."""
        return self.code == "201"


class Denied(MinistryRefusal):
    """Refused for lack of a right. Audited as denied; the answer looks like that for a missing entry."""

    outcome = "denied"
