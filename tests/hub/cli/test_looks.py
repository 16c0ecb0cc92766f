"""An operator's look at what is held about a person is on record before anything is shown."""

from __future__ import annotations

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


def test_the_words_of_a_report_need_a_reason(engine) -> None:  # type: ignore[no-untyped-def]
    done = CliRunner().invoke(app, ["reports", "show", "1", "--words"])
    assert isinstance(done.exception, ReasonMissing)
    assert noted(engine) == []
