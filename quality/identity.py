"""What a verdict depends on: the rules with their lists, and the releases of the engines that execute them.

Two digests, because they change apart: a batch may be compared with later rules only if it was judged under the same,
whoever executed them.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterable, Mapping

from contracts.model import Dataset

ENGINES = ("motlan", "polars", "great_expectations")
"""Distributions whose code says what a rule means."""


def rules_digest(datasets: Iterable[Dataset], lists: Mapping[str, frozenset[str]]) -> str:
    """32 hex digits that change with any rule or field of the datasets, and with any list that a rule may look at."""
    content = repr((tuple(datasets), sorted((name, sorted(values)) for name, values in lists.items())))
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def engine_releases() -> str:
    """Names and releases of both engines, as one text. Nothing is imported."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ENGINES)
