"""`hub audit`: questions, and the alerts that wait for somebody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from structlog.testing import capture_logs
from typer.testing import CliRunner

from hub.access import alerts
from hub.access.alerts import AlreadyAcknowledged
from hub.cli import app
from hub.core.database import connect
from hub.core.errors import AlertsOpen, DatabaseRefused, NotFound, ReasonMissing

AGENCY = "000.00.16.H29"


@pytest.fixture
def engine(pg_url: str):  # type: ignore[no-untyped-def]
    engine = connect(pg_url)
    yield engine
    engine.dispose()


@pytest.fixture
def invoke(engine: sa.Engine, pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    return lambda *words: CliRunner().invoke(app, ["audit", *words])


def note(engine: sa.Engine, kind: str, agency: str = AGENCY) -> None:
    with engine.begin() as connection:
        alerts.note(connection, kind, agency)


def test_an_alert_waits_for_a_named_person_with_a_reason(engine, invoke) -> None:  # type: ignore[no-untyped-def]
    """Limits were reached and nobody heard of it: no list, no hint, no exit code for a watchdog."""
    assert (invoke("--alerts").exit_code, "open" in invoke().stderr) == (0, False)
    for kind in ("misses", "misses", "census"):
        note(engine, kind)
    assert "2 alerts are open: hub audit --alerts" in invoke().stderr
    listed = invoke("--alerts", "--json")
    assert isinstance(listed.exception, AlertsOpen)
    assert listed.exception.exit_code == 6
    assert [(each["kind"], each["agency"], each["count"]) for each in json.loads(listed.stdout)] == [
        ("census", AGENCY, 1),
        ("misses", AGENCY, 2),
    ]
    numbers = [str(each["alert"]) for each in json.loads(listed.stdout)]
    assert isinstance(invoke("--acknowledge", numbers[0]).exception, ReasonMissing)
    for number in numbers:
        assert (
            invoke("--acknowledge", number, "--by", "Nguyễn Văn Trực", "--because", "chạy thử của Quận 1").exit_code
            == 0
        )
    assert (invoke("--alerts").exit_code, "open" in invoke().stderr) == (0, False)
    assert "Nguyễn Văn Trực: chạy thử của Quận 1" in invoke("--alerts", "--all", "--json").stdout
    assert isinstance(invoke("--acknowledge", numbers[0], "--because", "x").exception, AlreadyAcknowledged)
    assert isinstance(invoke("--acknowledge", "999", "--because", "x").exception, NotFound)


def test_once_an_hour_a_kind_and_an_agency(engine) -> None:  # type: ignore[no-untyped-def]
    """The log hears of the first one; the row counts the others."""
    structlog.reset_defaults()  # Airflow, started by other tests of this process, has levels of its own
    with capture_logs() as logs:
        for kind, agency in (("misses", AGENCY), ("misses", AGENCY), ("hour", AGENCY), ("misses", "000.00.28.H29")):
            note(engine, kind, agency)
    assert [(each["event"], each["kind"], each["agency"]) for each in logs] == [
        ("alert.raised", "misses", AGENCY),
        ("alert.raised", "hour", AGENCY),
        ("alert.raised", "misses", "000.00.28.H29"),
    ]
    with engine.begin() as connection:
        connection.execute(sa.text("update hub.alert set hour = hour - interval '1 hour'"))
    note(engine, "misses")
    with engine.connect() as connection:
        assert [(each.kind, each.count) for each in alerts.listed(connection) if each.agency == AGENCY] == [
            ("misses", 1),
            ("hour", 1),
            ("misses", 2),
        ]


@pytest.mark.parametrize(
    "change", ["update hub.alert_act set who = 'y'", "delete from hub.alert_act", "truncate hub.alert_act"]
)
def test_who_acknowledged_stays(engine, invoke, change: str) -> None:  # type: ignore[no-untyped-def]
    note(engine, "hour")
    assert invoke("--acknowledge", "1", "--by", "x", "--because", "y").exit_code == 0
    with pytest.raises(DatabaseRefused, match="only ever appended"), engine.begin() as connection:
        connection.execute(sa.text(change))


def test_a_system_that_nobody_watches_any_more_is_an_alert(engine, invoke) -> None:  # type: ignore[no-untyped-def]
    """The schedules hid a dead watcher: news came late, and nothing said why."""
    assert invoke("--alerts").exit_code == 0
    with engine.begin() as connection:
        row = "('one-stop-760.dossier', 'one-stop-760', '2022-06-01')"
        connection.execute(sa.text(f"insert into hub.watch (stream, system, seen_at) values {row}"))

    assert isinstance(invoke("--alerts").exception, AlertsOpen)
    listed = invoke("--alerts", "--json")  # the event of the first time is in the log already
    assert [(each["kind"], each["agency"]) for each in json.loads(listed.stdout)] == [("unwatched", "one-stop-760")]
