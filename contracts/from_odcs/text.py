"""A document of the standard as text, with every word that was read: those that the hub does not act on, too."""

from __future__ import annotations

from typing import Any

import yaml


def written(document: Any) -> str:
    """The YAML of a document, its keys in their order. Read again it is the same; comments are no part of it."""
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    return text
