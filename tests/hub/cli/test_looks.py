"""An operator's look at what is held about a person is on record before anything is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from hub.cli import app
from hub.core.database import connect
from hub.core.errors import NotFound, ReasonMissing

REFERENCE = "000.00.16.H29-220111-0001"


@pytest.fixture
def engine(pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    engine = connect(pg_url)
    yield engine
    engine.dispose()


def noted(engine: sa.Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        return [
            (row.who, row.reference, row.because)
            for row in connection.execute(sa.text("select who, reference, because from hub.audit where what = 'look'"))
        ]


def test_a_dossier_s_state(engine) -> None:  # type: ignore[no-untyped-def]
    """Also where nothing is held: somebody tried."""
    done = CliRunner().invoke(app, ["dossiers", "status", REFERENCE, "--by", "Lan", "--because", "công dân hỏi"])
    assert isinstance(done.exception, NotFound)
    assert noted(engine) == [("Lan", REFERENCE, "công dân hỏi")]


@pytest.mark.parametrize(
    "words",
    [
        ["reports", "show", "1", "--words"],
        ["cases", "show", "1", "--record"],
        ["trace", "birth/moj-registry/1"],
        ["dossiers", "status", REFERENCE],
        ["decisions", "show", REFERENCE],
        ["audit", "--about"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_look_needs_a_reason(engine, words) -> None:  # type: ignore[no-untyped-def]
    """Without a reason, and nobody at a terminal who can be asked for it, nothing is looked up."""
    done = CliRunner().invoke(app, [*words, "--by", "Lan"], input="001000000001\n")
    assert isinstance(done.exception, ReasonMissing)
    assert "needs a reason" in str(done.exception)
    assert noted(engine) == []


def test_whoever_asks_who_asked_about_a_person_is_on_record(engine) -> None:  # type: ignore[no-untyped-def]
    """Found by the same number: the auditor's own look is the newest row about the person."""
    number = "079099000017"
    words = ["audit", "--about", "--by", "Minh", "--because", "đơn hỏi số 4", "--json"]
    for looks in (1, 2):
        done = CliRunner().invoke(app, words, input=f"{number}\n")
        assert (done.exit_code, number in done.output) == (0, False)
        found = json.loads(done.stdout)
        assert [(each["who"], each["what"], each["because"]) for each in found] == [
            ("Minh", "look", "đơn hỏi số 4")
        ] * looks


def test_a_login_that_the_machine_cannot_name_is_asked_for(engine, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """A container's user without an entry: nobody looks as nobody."""

    def unknown() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr("getpass.getuser", unknown)
    done = CliRunner().invoke(app, ["dossiers", "status", REFERENCE, "--because", "công dân hỏi"])
    assert isinstance(done.exception, ReasonMissing)
    assert "--by" in str(done.exception)
    assert noted(engine) == []
