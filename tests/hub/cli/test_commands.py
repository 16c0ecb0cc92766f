"""The table of commands, and what a command imports before it is called."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
import typer.main

from hub.cli import app
from hub.cli.commands import COMMANDS

HEAVY = ("sqlalchemy", "psycopg", "polars", "alembic", "yaml", "structlog", "requests", "cryptography", "jsonschema")
"""What no command may import before it is called."""
UNASKED = ("great_expectations", "pandas", "polars", "zeep", "lxml", "requests", "paramiko", "alembic", "airflow")
UNASKED_TOO = ("fastapi", "jsonschema", "structlog", "quality", "connectors.http.client", "hub.load.exchange")


def loaded(
    *words: str, wanted: tuple[str, ...], environment: dict[str, str] | None = None
) -> tuple[list[str], int, str]:
    """Which of some modules a process has loaded after a command; its exit code, and what it printed."""
    code = (
        "import sys\n"
        "from hub.cli import main\n"
        "sys.argv[0] = 'hub'\n"
        "code = 0\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code or 0\n"
        "from contracts.lazy_modules import is_loaded\n"
        f"print('LOADED', *(name for name in {wanted!r} if is_loaded(name)), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.splitlines()[-1].split()[1:], done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_module_says(name: str) -> None:
    """A command's line in `hub --help` is the first line of its own help, and it is hidden in both or in neither."""
    whole = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    listed = COMMANDS[name]

    assert name == whole.name
    assert listed.help == whole.help.split("\n\n")[0].replace("\n", " ")
    assert listed.hidden == whole.hidden
    assert listed.group == hasattr(whole, "commands")


def test_every_command_of_the_folder_is_listed() -> None:
    """A module that adds commands and stands in no row would be a command that nobody can call."""
    folder = Path(import_module("hub.cli").__file__ or "").parent
    serving = {f"hub.cli.{file.stem}" for file in folder.glob("*.py") if _adds(f"hub.cli.{file.stem}")}

    assert serving == {listed.module for listed in COMMANDS.values()}
    for module in serving:
        if hasattr(import_module(module), "add_to"):
            alone = typer.Typer()
            import_module(module).add_to(alone)
            added = set(typer.main.get_group(alone).commands)
            assert added == {name for name, listed in COMMANDS.items() if listed.module == module}


def _adds(module: str) -> bool:
    found = import_module(module) if not module.endswith(("__init__", "application", "commands", "lazy")) else None
    return hasattr(found, "add_to") or isinstance(getattr(found, "app", None), typer.Typer)


@pytest.mark.parametrize("words", [(), ("--help",), ("no-such-command",), ("--no-such-option",)])
def test_the_help_imports_no_command(words: tuple[str, ...]) -> None:
    """`hub --help` took 2.3 s: it imported everything that any command needs, to show one line of each."""
    found, code, said = loaded(*words, wanted=(*HEAVY, *(listed.module for listed in COMMANDS.values())))

    assert [] == found
    assert (0 if words == ("--help",) else 2) == code
    assert "Usage: hub" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_imports_nothing_heavy(name: str) -> None:
    """Its options stand in a module that waits for its libraries until the command is called."""
    assert ([], 0) == loaded(name, "--help", wanted=HEAVY)[:2]


@pytest.mark.parametrize(("typed", "offered"), [("hub str", "streams"), ("hub systems ch", "check")])
def test_completion_imports_nothing_heavy(typed: str, offered: str) -> None:
    """A person who presses TAB waits for it."""
    environment = {"_HUB_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    found, _, said = loaded(wanted=HEAVY, environment=environment)

    assert [] == found
    assert offered in said.split()


@pytest.mark.parametrize("words", [("streams",), ("ledger",), ("systems", "list"), ("cases", "list"), ("held", "list")])
def test_a_question_imports_what_it_asks_with(words: tuple[str, ...], pg_url: str, tmp_path: Path) -> None:
    """`hub streams` took 4.3 s: it imported the gate, the SOAP client, Alembic and the loading path to read one
    table."""
    environment = {"HUB_DATABASE_URL": pg_url, "HUB_STORE_URL": pg_url, "HUB_HOME": str(tmp_path)}
    found, code, said = loaded(*words, "--json", wanted=UNASKED + UNASKED_TOO, environment=environment)

    assert ([], 0) == (found, code)
    assert "[" in said


def test_the_path_of_a_sync_loads_polars_with_its_first_record() -> None:
    """A poll that finds nothing new reads no record; Polars is a seventh of its CPU and 35 MB."""
    code = (
        "import hub.app, hub.load.exchange, connectors.systems.one_stop, connectors.systems.moj_registry\n"
        "from contracts.lazy_modules import is_loaded\n"
        "print(is_loaded('polars'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
