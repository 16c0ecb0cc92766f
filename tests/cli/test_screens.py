"""What the command line shows, kept as text in screens/: a change of a screen is seen in a review.

`UPDATE=1 .venv/bin/python -m pytest -n 0 tests/cli` writes the files anew.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import typer.main
from rich.console import Console
from typer.testing import CliRunner

from hub.cli import app

SCREENS = Path(__file__).parent / "screens"
GROUPS = sorted(name for name, command in typer.main.get_command(app).commands.items() if hasattr(command, "commands"))  # type: ignore[attr-defined]
COMMANDS = {
    "systems-list": ("systems", "list"),
    "systems-unknown": ("systems", "check", "no-such-system"),
    "streams": ("streams",),
    "ledger-empty": ("ledger",),
    "audit-alerts-empty": ("audit", "--alerts"),
    "feed-build-without-key": ("feed", "build", "moj-births"),
    "feed-send-fetched": ("feed", "send", "moj-births"),
    "feed-status": ("feed", "status"),
    "ledger-feeds-empty": ("ledger", "--feeds"),
    "held-list-empty": ("held", "list"),
    "contracts-list": ("contracts", "list"),
    "contracts-show": ("contracts", "show", "identification_event"),
    "contracts-lint": ("contracts", "lint"),
    "contracts-coverage": ("contracts", "coverage", "code_lists"),
    "requirements-show": ("requirements", "show", "1.003583"),
    "sync-misused": ("sync", "one-stop-760", "--full", "--from", "2022-05-01"),
}


@pytest.fixture(autouse=True)
def a_screen_of_120_columns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever runs the tests, on whatever terminal."""
    for name in ("COLUMNS", "TERMINAL_WIDTH"):
        monkeypatch.setenv(name, "120")
    for name in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    for module in [m for name, m in sys.modules.items() if name.startswith("hub.") and hasattr(m, "console")]:
        monkeypatch.setattr(module, "console", Console(width=120, highlight=False))
    monkeypatch.setenv("HUB_HOME", str(tmp_path))


def shown(*words: str) -> str:
    """The screen of a command: what it prints, its error as the console script prints it, its exit code."""
    done = CliRunner().invoke(app, list(words), prog_name="hub")
    error = (
        f"{type(done.exception).__name__}: {done.exception}\n"
        if done.exception and not isinstance(done.exception, SystemExit)
        else ""
    )
    code = getattr(done.exception, "exit_code", done.exit_code)
    lines = (line.rstrip() for line in f"$ hub {' '.join(words)}\n{done.output}{error}exit {code}".splitlines())
    return "\n".join(lines) + "\n"


def compare(name: str, screen: str) -> None:
    file = SCREENS / f"{name}.txt"
    if os.environ.get("UPDATE"):
        file.write_text(screen, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == screen, (
        "if the change is meant: UPDATE=1 .venv/bin/python -m pytest -n 0 tests/cli"
    )


def test_the_help() -> None:
    """All groups and commands, one sentence each."""
    compare("help", shown("--help"))


@pytest.mark.parametrize("group", GROUPS)
def test_the_help_of_a_group(group: str) -> None:
    """Its commands, one sentence each."""
    compare(f"help-{group}", shown(group, "--help"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_screen(name: str, pg_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command shows of a deployment that has read nothing yet."""
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    compare(name, shown(*COMMANDS[name]))


def test_every_screen_is_some_test_s() -> None:
    """A file that no test compares any more would look like a promise."""
    wanted = {"help", *(f"help-{group}" for group in GROUPS), *COMMANDS}

    assert wanted == {file.stem for file in SCREENS.glob("*.txt")}
