"""The settings, from the class that reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.generate.text import item
from hub.core.settings import ROOT, Settings


def reference() -> Iterator[str]:
    """Each environment variable with its default and its meaning."""
    for name, field in Settings.model_fields.items():
        yield from item(
            f"**`HUB_{name.upper()}`** · {_default(field.get_default(call_default_factory=True))}.",
            str(field.description),
        )


def _default(value: Any) -> str:
    if value is None or value == "":
        return "no default"
    if isinstance(value, Path) and value.is_relative_to(ROOT):
        return f"default `{value.relative_to(ROOT)}/` of the project"
    return f"default `{value}`"
