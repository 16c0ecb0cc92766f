"""The two paths, step by step, from docs/paths.yaml."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypedDict

import yaml

from docs.generate.text import item

ROOT = Path(__file__).resolve().parents[2]


class Step(TypedDict):
    file: str
    function: str
    does: str


def steps() -> dict[str, list[Step]]:
    """Name of the path -> its steps in their order."""
    read: dict[str, list[Step]] = yaml.safe_load((ROOT / "docs" / "paths.yaml").read_text(encoding="utf-8"))
    return read


def path(name: str) -> Callable[[], Iterator[str]]:
    """The lines of one path."""

    def lines() -> Iterator[str]:
        for number, step in enumerate(steps()[name], 1):
            link = f"[`{step['file']}`](../{step['file']}) `{step['function']}`"
            first, *rest = item(f"{link} {step['does']}.")
            yield f"{number}. {first[2:]}"
            yield from (f" {line}" for line in rest)

    return lines
