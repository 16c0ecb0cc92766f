"""How far the twins are, as lines of their output: a city of millions takes minutes."""

from __future__ import annotations

STEPS = ("people", "birth", "death", "marriage", "recognition", "dossiers", "defects", "files", "store", "twins")
"""What is built, in its order."""


def say(step: str) -> None:
    """Print that a step begins: `building 3 of 10: death`."""
    print(f"building {STEPS.index(step) + 1} of {len(STEPS)}: {step}", flush=True)
