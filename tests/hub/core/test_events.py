"""Log events: what is told stands in the list."""

from __future__ import annotations

import re
from pathlib import Path

from hub.core.events import EVENTS

ROOT = Path(__file__).parents[3]
EMITTED = re.compile(r"""(?:\blog\.(?:debug|info|warning|error)|\bon_event|\bemit)[(,]\s*"([a-z_]+\.[a-z_.]+)\"""")


def test_every_event_that_is_reported_is_listed_and_the_other_way_round() -> None:
    """One list of event names: a search in the logs can rely on it."""
    files = (
        f
        for package in ("hub", "connectors", "quality", "contracts", "orchestration", "service")
        for f in (ROOT / package).rglob("*.py")
    )
    emitted = {event for file in files for event in EMITTED.findall(file.read_text(encoding="utf-8"))}

    assert set(EVENTS) == emitted
