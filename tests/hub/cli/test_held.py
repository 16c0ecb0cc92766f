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
    assert invoke("list", "--json").stdout.strip() == "[]"


def test_a_decision_needs_a_reason_and_a_batch(invoke) -> None:  # type: ignore[no-untyped-def]
    """Without --because nothing happens; a blank one, or a batch that nobody knows, is refused by name."""
    assert invoke("release", "abc").exit_code == 2
    assert isinstance(invoke("release", "abc", "--because", "x").exception, NotFound)
    assert isinstance(invoke("discard", "abc", "--because", " ").exception, ReasonMissing)


def test_the_former_name_works_with_a_notice(invoke) -> None:  # type: ignore[no-untyped-def]
    """Scripts that still say `hub held pass` do the same, and the output names the command as deprecated."""
    former = invoke("pass", "abc", "--because", "x")
    assert isinstance(former.exception, NotFound)
    assert "deprecated" in former.output
