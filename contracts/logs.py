"""Loggers of all floors. Structlog is imported with the first one, so that a short command need not wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_configure: Callable[[], None] | None = None


def configure_with(configure: Callable[[], None]) -> None:
    """Let a function configure structlog before the next event is logged. The last function given wins."""
    global _configure  # noqa: PLW0603 - structlog's own configuration is global, and so is what precedes it
    _configure = configure


def logger(*name: str) -> Any:
    """A logger of structlog, configured by what `configure_with` was given, if anything."""
    global _configure  # noqa: PLW0603
    import structlog

    if _configure is not None:
        _configure()
        _configure = None
    return structlog.get_logger(*name)
