"""The decision rules, as the cases that the code is held to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from docs.generate.text import item

CASES = Path(__file__).resolve().parents[2] / "tests" / "hub" / "answers" / "decisions" / "decision_cases.yaml"
OUTCOMES = {
    "reuse": ("Reuse · dùng lại", "The city holds it: the paper is not demanded."),
    "confirm": ("Confirm · đối chiếu", "Probably this one: an officer looks and confirms."),
    "ask": ("Ask · yêu cầu nộp", "Not held, expired, contradictory or not permitted: the paper is demanded."),
}


def cases() -> Iterator[str]:
    """Each case under its outcome, with the conditions that decide it."""
    read = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    for outcome, (title, sentence) in OUTCOMES.items():
        yield from (f"## {title}", "", sentence, "")
        for case in (c for c in read if c["outcome"] == outcome):
            because = ", ".join(f"`{b}`" for b in case.get("because", []))
            yield from item(f"**{case['case']}**: {case['vietnamese']}{f' ({because})' if because else ''}.")
        yield ""
