"""`hub held`: the words of the command line around a held batch."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.core.errors import NotFound, ReasonMissing


@pytest.fixture
def invoke(pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    return lambda *words: CliRunner().invoke(app, ["held", *words])


def test_nothing_held_is_said(invoke) -> None:  # type: ignore[no-untyped-def]
    """An empty list is told as such, to people and to programs."""
    assert "nothing to show" in invoke("list").output
    assert invoke("list", "--json").output.strip() == "[]"


def test_a_decision_needs_a_reason_and_a_batch(invoke) -> None:  # type: ignore[no-untyped-def]
    """Without --because nothing happens; a blank one, or a batch that nobody knows, is refused by name."""
    assert invoke("pass", "abc").exit_code == 2
    assert isinstance(invoke("pass", "abc", "--because", "x").exception, NotFound)
    assert isinstance(invoke("discard", "abc", "--because", " ").exception, ReasonMissing)
