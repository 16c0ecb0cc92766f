"""Loggers of all floors. Structlog is imported with the first event, so that a command that logs none does not wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_configure: Callable[[], None] | None = None


def configure_with(configure: Callable[[], None]) -> None:
    """Let a function configure structlog before the next event is logged. The last function given wins."""
    global _configure  # noqa: PLW0603 - structlog's own configuration is global, and so is what precedes it
    _configure = configure


class Logger:
    """A logger of structlog, made when it is used: `Logger().warning("http.repeated", system=...)`."""

    def __init__(self, *name: str) -> None:
        self._name = name

    def __getattr__(self, level: str) -> Any:
        global _configure  # noqa: PLW0603
        import structlog

        if _configure is not None:
            _configure()
            _configure = None
        return getattr(structlog.get_logger(*self._name), level)
