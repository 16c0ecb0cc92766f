"""The commands of the way out, over a state of their own: what they print, and how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

HUB = Path(sys.executable).with_name("hub")


@pytest.fixture
def home(pg_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of an empty state over a database of its own."""
    url = pg_url.replace("postgresql+psycopg", "postgresql")
    return {**os.environ, "HUB_HOME": str(tmp_path / "home"), "HUB_DATABASE_URL": url}


def run(home: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    folder = Path(home["HUB_HOME"]).parent
    return subprocess.run([HUB, *words], env=home, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words", [("reconcile", "--last"), ("recall", "list"), ("recall", "list", "--all"), ("recall", "notify", "out")]
)
def test_nothing_was_compared_or_recalled_yet(home: dict[str, str], words: tuple[str, ...]) -> None:
    """Lists are empty, and no notice waits."""
    assert "[]" == run(home, *words, "--json").stdout.strip()


def test_a_look_that_finds_nothing(home: dict[str, str]) -> None:
    """What it found is counted, for a program too."""
    found = json.loads(run(home, "recall", "look", "--json").stdout)
    assert {"corrected": 0, "recalls": 0, "notices": 0, "settled": 0, "closed": 0} == found


def test_a_ledger_as_a_workbook(home: dict[str, str], tmp_path: Path) -> None:
    """Of a way out without deliveries: a sheet without a line."""
    assert 0 == run(home, "ledger", "--feeds", "--xlsx", str(tmp_path / "l.xlsx")).returncode
    assert 1 == len(openpyxl.load_workbook(tmp_path / "l.xlsx").worksheets)


def test_the_schema_of_a_shipped_feed(home: dict[str, str]) -> None:
    """It names the feed's columns, and no sealed field."""
    schema = run(home, "feed", "schema", "moj-births").stdout
    assert 'name="nksHoTen"' in schema
    assert "nksMatTich" not in schema


@pytest.mark.parametrize(
    "words",
    [
        ("reconcile", "nowhere"),
        ("recall", "show", "7"),
        ("recall", "acknowledge", "7", "--because", "x"),
        ("feed", "explain", "moj-births-00000001", "1", "so", "--because", "x"),
    ],
)
def test_what_is_not_there(home: dict[str, str], words: tuple[str, ...]) -> None:
    """A name that is none ends with its own exit code and a next step."""
    done = run(home, *words)
    assert 2 == done.returncode, done.stderr
    assert "->" in done.stderr
