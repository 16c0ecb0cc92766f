"""The files of a deployment, key by key, from docs/generate/deployment.yaml; a test holds it against the loaders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from docs.generate.text import item, paragraph

DESCRIBED = Path(__file__).with_suffix(".yaml")


def described() -> list[dict[str, Any]]:
    """One entry a file: `file`, `about`; key -> sentence in `needed`, `may` and `beside` (beside the file's list)."""
    read: list[dict[str, Any]] = yaml.safe_load(DESCRIBED.read_text(encoding="utf-8"))
    return read


def files() -> Iterator[str]:
    """Each file with its keys."""
    for each in described():
        yield from (f"## `{each['file']}`", "")
        yield from (*paragraph(each["about"]), "")
        for key, sentence in each.get("needed", {}).items():
            yield from item(f"**`{key}`**: {sentence}")
        for key, sentence in each.get("may", {}).items():
            yield from item(f"`{key}` (may be left out): {sentence}")
        for key, sentence in each.get("beside", {}).items():
            yield from item(f"`{key}` (beside the list; may be left out): {sentence}")
        if "needed" in each or "may" in each:
            yield ""
