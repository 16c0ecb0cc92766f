"""The classes of planted defects: who can decide each, and by which kinds of rules.

record      a rule over one record decides, and the record is quarantined: all or nothing is due
records     several records together decide (the same key again): the merge, not a rule
registers   two registers together decide that they contradict each other: a finding, all or nothing is due
judgement   only a person can decide: a finding, and how often it is right is measured
harmless    looks odd and is lawful: nothing may be rejected
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Decided = Literal["record", "records", "registers", "judgement", "harmless"]
VERSION_CONFLICT, OWNER_HELD = "record.version-conflict", "record.owner-quarantined"
"""Rules that the exchange itself keeps, without a contract."""


@dataclass(frozen=True)
class DefectClass:
    """One class of the truth table."""

    decided: Decided
    rules: frozenset[str] = frozenset()
    """Kinds of the contracts' rules that are there for it, or ids of the exchange's own."""


def _by(decided: Decided, *rules: str) -> DefectClass:
    return DefectClass(decided, frozenset(rules))


CLASSES: dict[str, DefectClass] = {
    "control-character": _by("record", "no_control_characters"),
    "end-before-start": _by("record", "not_after"),
    "forbidden-field": _by("record", "avoids"),
    "identity-11-digits": _by("record", "pattern"),
    "identity-letters": _by("record", "pattern"),
    "impossible-date": _by("record", "partial_date", "timestamp"),
    "literal-null": _by("record", "not_placeholder"),
    "missing-change-time": _by("record", "required"),
    "missing-name": _by("record", "required"),
    "missing-number": _by("record", "required"),
    "negative-fee": _by("record", "range"),
    "overlong-text": _by("record", "max_length"),
    "registered-before-event": _by("record", "not_after"),
    "scan-of-no-entry": _by("record", "required"),
    "unknown-channel": _by("record", "code"),
    "unknown-code": _by("record", "code"),
    "unknown-procedure": _by("record", "code_list"),
    "unknown-status": _by("record", "code"),
    "unknown-unit": _by("record", "code_list"),
    "unmapped-place": _by("record", "required"),
    "unreadable-date": _by("record", "partial_date", "timestamp"),
    "unreadable-number": _by("record", "decimal"),
    "double-child-key": _by("records", VERSION_CONFLICT),
    "exact-duplicate": _by("records"),
    "held-with-its-dossier": _by("records", OWNER_HELD),
    "same-version-other-content": _by("records", VERSION_CONFLICT),
    "birth-without-recognised-father": _by("registers", "across.birth-without-recognised-father"),
    "married-after-death": _by("registers", "across.married-after-death"),
    "married-while-married": _by("registers", "across.married-while-married"),
    "parent-younger-than-child": _by("registers", "across.parent-younger-than-child"),
    "recognised-parent-differs": _by("registers", "across.recognised-parent-differs"),
    "two-births-of-one-person": _by("registers", "across.two-births-of-one-person"),
    "abolished-unit": _by("judgement", "valid_on"),
    "digit-in-name": _by("judgement", "pattern"),
    "dummy-identity": _by("judgement", "not_placeholder"),
    "identity-against-birth-year": _by("judgement", "identity_matches_birth"),
    "identity-against-sex": _by("judgement", "identity_matches_sex"),
    "initial-in-name": _by("judgement", "pattern"),
    "odd-result-code": _by("judgement", "pattern"),
    "other-script-in-name": _by("judgement", "pattern"),
    "punctuation-in-name": _by("judgement", "pattern"),
    "received-before-filed": _by("judgement", "not_after"),
    "title-before-name": _by("judgement", "avoids"),
    "decomposed-text": _by("harmless"),
    "double-space-in-name": _by("harmless"),
    "foreign-single-name": _by("harmless"),
    "icelandic-eth": _by("harmless"),
    "keyed-otherwise": _by("harmless"),
    "partial-date-month": _by("harmless"),
    "partial-date-year": _by("harmless"),
    "surname-like-title": _by("harmless"),
}


def effect_of(decided: Decided) -> str:
    """What the hub does with a record of such a class when it finds it."""
    return "finding" if decided in ("judgement", "registers") else "quarantine"
