"""`hub cases` and `hub findings`: a case from its reading to its end, in the words of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from typer.testing import CliRunner

from hub.cases.handling import FaultMissing
from hub.cases.selection import NoCaseNamed
from hub.cli import app
from hub.core.errors import NotFound, ReasonMissing

CITY = """ward_code,ward_name,ward_name_other_source,ward_type,province_code,valid_from
26977,Phường Tân Sơn Hoà,Phường Tân Sơn Hòa,Phường,79,2025-07-01
26737,Phường Tân Định,Phường Tân Định,Phường,79,2025-07-01
2673,Phường Đa Kao,,Phường,79,2025-07-01
"""
"""Two sources write one name otherwise: a finding. A code of four digits: a case."""
WHO = ("--because", "Đã đối chiếu.", "--by", "Lan")

Hub = Callable[..., Result]


@pytest.fixture
def hub(pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The command line on a hub that has read the city's list once."""
    folder = tmp_path / "lists" / "admin_units"
    folder.mkdir(parents=True)
    (folder / "hcmc_wards_2025.csv").write_text(CITY, encoding="utf-8")
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    monkeypatch.setenv("HUB_DATA", str(folder.parent))
    monkeypatch.setenv("HUB_GATE_SHARE", "0.0001")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    done = run("sync", "list-units-city")
    assert done.exit_code == 0, done.output
    return run


def said(result: Result) -> Any:
    """The JSON that a command printed."""
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def test_a_case_is_listed_shown_assigned_and_closed(hub: Hub, engine: sa.Engine) -> None:
    """Each step is in the history, with who and why."""
    [case] = said(hub("cases", "list", "--json"))
    number = str(case["id"])

    said(hub("cases", "assign", number, "--to", "Sở Nội vụ", *WHO, "--json"))
    assert said(hub("cases", "close", number, "--fault", "digitisation", *WHO, "--json"))["closed"] == [case["id"]]

    assert said(hub("cases", "list", "--json")) == []
    assert [each["id"] for each in said(hub("cases", "list", "--state", "closed", "--json"))] == [case["id"]]
    history = said(hub("cases", "history", number, "--json"))
    assert [(each["what"], each["who"]) for each in history] == [
        ("opened", "hub"),
        ("assigned", "Lan"),
        ("closed", "Lan"),
    ]


def test_a_look_at_the_record_needs_a_reason_and_is_recorded(hub: Hub) -> None:
    """Once anybody with a shell could print people's records, and nobody knew."""
    number = str(said(hub("cases", "list", "--json"))[0]["id"])

    assert isinstance(hub("cases", "show", number, "--record").exception, ReasonMissing)
    assert "as_received" not in said(hub("cases", "show", number, "--json"))
    assert said(hub("cases", "history", number, "--json"))[1:] == []
    shown = said(hub("cases", "show", number, "--record", *WHO, "--json"))

    assert shown["as_received"]
    assert said(hub("cases", "history", number, "--json"))[1]["what"] == "viewed"


def test_a_request_is_followed_with_hub_reports(hub: Hub) -> None:
    """The owner's answer stands in the history of the case."""
    number = str(said(hub("cases", "list", "--json"))[0]["id"])
    [made] = said(hub("cases", "request", number, *WHO, "--json"))
    [again] = said(hub("cases", "request", number, *WHO, "--json"))

    report = str(made["report"])
    said(hub("reports", "close", report, "--because", "Đã sửa.", "--by", "Sở Nội vụ", "--json"))

    assert (made["new"], again["new"]) == (True, False)
    assert said(hub("cases", "show", number, "--json"))["requests"][0]["state"] == "corrected"
    assert [each["what"] for each in said(hub("cases", "history", number, "--json"))] == [
        "opened",
        "requested",
        "corrected",
    ]


def test_two_people_let_a_record_in_and_the_doctor_agrees(hub: Hub) -> None:
    """The second signature reads the landed page again; the ledger stays balanced and comes out again."""
    number = str(said(hub("cases", "list", "--json"))[0]["id"])
    until = ("--until", "2022-06-30")
    first = said(hub("cases", "waive", number, *until, *WHO, "--json"))
    second = said(hub("cases", "waive", number, *until, "--because", "Đồng ý.", "--by", "Minh", "--json"))

    assert (first["in_force"], second["in_force"]) == (False, True)
    assert said(hub("cases", "list", "--json")) == []
    assert {each["rule"] for each in said(hub("findings", "list", "--json"))} >= {"code.pattern"}
    checks = said(hub("doctor", "--json"))
    assert [each for each in checks if not each["ok"]] == []
    assert any("cases" in each["check"] for each in checks)


def test_findings_are_listed_shown_and_acknowledged(hub: Hub) -> None:
    """By rule and month; the acknowledgement has a name."""
    [finding] = said(hub("findings", "list", "--json"))
    number = str(finding["id"])

    assert said(hub("findings", "list", "--by-rule", "--json"))[0]["open"] == 1
    assert said(hub("findings", "acknowledge", number, *WHO, "--json"))["acknowledged"] == [finding["id"]]
    shown = said(hub("findings", "show", number, "--json"))
    assert (shown["state"], shown["history"][0]["who"]) == ("acknowledged", "Lan")


def test_an_act_names_its_cases_and_its_reason(hub: Hub) -> None:
    """Nothing happens by a command that says too little."""
    assert isinstance(hub("cases", "close", *WHO, "--fault", "book", "--decision", "1").exception, NoCaseNamed)
    assert isinstance(hub("cases", "close", "999", *WHO, "--fault", "digitisation").exception, NotFound)
    number = str(said(hub("cases", "list", "--json"))[0]["id"])
    assert isinstance(hub("cases", "close", number, *WHO, "--fault", "book").exception, FaultMissing)
    assert isinstance(
        hub("cases", "close", number, "--because", " ", "--fault", "digitisation").exception, ReasonMissing
    )
    assert isinstance(hub("cases", "waive", number, "--until", "mai", *WHO).exception, NotFound)
    assert said(hub("cases", "history", number, "--json"))[1:] == []
