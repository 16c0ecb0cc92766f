"""Structlog waits for the first event."""

from __future__ import annotations

import subprocess
import sys


def said(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_structlog_waits_for_the_first_event() -> None:
    """Every sync imported it, and the terminal colours that it brings, to log nothing."""
    code = (
        "import sys, connectors.http.client, connectors.rest.dossiers, hub.core.events as events\n"
        "print('structlog' in sys.modules)\n"
        "events.emit('run.finished', {'stream': 's', 'run': 'r'})\n"
        "print('structlog' in sys.modules)\n"
    )
    first, *between, last = said(code)

    assert ("False", "True") == (first, last)
    assert any("run.finished" in line for line in between)


def test_the_last_configuration_wins_once() -> None:
    """`hub serve` logs JSON although the command line asked for something else before; nothing overrides it later."""
    code = (
        "from contracts.logs import Logger, configure_with\n"
        "configure_with(lambda: print('first'))\n"
        "configure_with(lambda: print('second'))\n"
        "Logger().info('one'); Logger().info('two')\n"
    )

    assert ["second"] == [line for line in said(code) if line in ("first", "second")]
