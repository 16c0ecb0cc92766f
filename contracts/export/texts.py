"""What a field demands of its text alone, as both schemas state it."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.checks import DECIMAL, INTEGER, TIMESTAMP_COMPACT, TIMESTAMP_ISO
from contracts.model import Dataset, Effect, Field, Kind

PARTIAL_DATE = (
    r"(0[1-9]|[12][0-9]|3[01])[.](0[1-9]|1[0-2])[.][0-9]{4}|(0[1-9]|[12][0-9]|3[01])/(0[1-9]|1[0-2])/[0-9]{4}"
    r"|(0[1-9]|1[0-2])[./][0-9]{4}|[0-9]{4}|[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?"
)
"""Forms of a partial date. Whether the day exists, no pattern says: 31.02.1990 has the form."""
FORMS = {
    Kind.INTEGER: INTEGER,
    Kind.DECIMAL: DECIMAL,
    Kind.TIMESTAMP: f"{TIMESTAMP_COMPACT}|{TIMESTAMP_ISO}",
    Kind.PARTIAL_DATE: PARTIAL_DATE,
}
NOT_BLANK = r"[\s\S]*[^ ][\s\S]*"


@dataclass(frozen=True)
class TextDemand:
    """The rejecting demands on one field that its text alone can break."""

    required: bool
    max_length: int | None
    patterns: tuple[str, ...]
    """Each matches the whole text."""
    codes: tuple[str, ...]


def demand(dataset: Dataset, field: Field) -> TextDemand:
    """What rejects a record by this field's text alone: rules that make findings are left out."""
    required, longest, codes = False, None, tuple[str, ...]()
    patterns = [FORMS[field.kind]] if field.kind in FORMS else []
    for rule in dataset.row_rules:
        if rule.fields != (field.name,) or rule.effect is not Effect.QUARANTINE:
            continue
        match rule.kind:
            case "required":
                required = True
            case "max_length":
                longest = int(rule.arguments["length"])
            case "pattern":
                patterns.append(str(rule.arguments["pattern"]))
            case "code":
                codes = tuple(map(str, rule.arguments["codes"]))
    return TextDemand(required, longest, tuple(patterns), codes)
