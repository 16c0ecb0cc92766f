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


def test_who_is_due_and_what_is_overdue(hub: Hub, engine: sa.Engine) -> None:
    """One line an office: what is open, overdue, asked for and not answered. Asking reminds."""
    [case] = said(hub("cases", "list", "--json"))
    [before] = said(hub("cases", "due", "--json"))
    said(hub("cases", "request", str(case["id"]), *WHO, "--json"))
    with engine.begin() as connection:
        connection.execute(sa.text("update hub.\"case\" set due_at = due_at - interval '6 days'"))

    assert hub("cases", "due").exit_code == 0
    [due] = said(hub("cases", "due", "--json"))

    assert (before["owner"], before["open"], before["overdue"], before["requests"]) == (case["owner"], 1, 0, 0)
    assert (due["overdue"], due["requests"], due["requests_overdue"], due["escalated"]) == (1, 1, 0, 0)
    assert due["reminded_at"]
    assert said(hub("cases", "due", "--owner", "nobody of that name", "--json")) == []


def test_cases_are_counted_by_unit_rule_and_month(hub: Hub) -> None:
    """What is asked for is counted, and nothing else: --rule and STREAM were passed over in silence."""
    [row] = said(hub("cases", "list", "--by-unit", "--json"))
    by_rule = said(hub("cases", "list", "--by-rule", "--json"))

    assert list(row) == ["unit", "owner", "rule", "month", "cases", "overdue"]
    assert row["cases"] == 1
    assert [each["cases"] for each in by_rule] == [1]
    assert said(hub("cases", "list", "--by-rule", "--rule", "record.key", "--json")) == []
    assert said(hub("cases", "list", "--by-rule", "--state", "closed", "--json")) == []


@pytest.mark.parametrize(
    "words",
    [
        ("cases", "list", "--state", "opne"),
        ("cases", "list", "--rule", "code.patern"),
        ("cases", "list", "--unit", "999"),
        ("cases", "due", "--unit", "999"),
        ("cases", "close", "--rule", "code.patern", "--fault", "digitisation", *WHO),
        ("findings", "list", "--state", "opne"),
        ("findings", "list", "--rule", "code.patern"),
        ("findings", "acknowledge", "--rule", "code.patern", *WHO),
        ("findings", "list", "--unit", "*"),
    ],
)
def test_a_wrong_word_is_not_an_empty_list(hub: Hub, words: tuple[str, ...]) -> None:
    """A mistyped rule listed nothing, as if nothing were open."""
    refused = hub(*words)

    assert isinstance(refused.exception, NotFound)
    assert refused.exception.hint


def test_a_bulk_waiver_by_rule(hub: Hub) -> None:
    """All cases of a rule, signed by two: their pages are read again once."""
    bulk = ("cases", "waive", "--rule", "code.pattern", "--until", "2022-06-30")
    first = said(hub(*bulk, *WHO, "--json"))
    second = said(hub(*bulk, "--because", "Đồng ý.", "--by", "Minh", "--json"))

    assert [each["in_force"] for each in (*first, *second)] == [False, True]
    assert said(hub("cases", "list", "--state", "released", "--json"))[0]["rules"] == ["code.pattern"]
    assert [each for each in said(hub("doctor", "--json")) if not each["ok"]] == []


def test_a_trace_says_what_is_doubted(hub: Hub) -> None:
    """The record, where it came from, and its findings with day and state."""
    [finding] = said(hub("findings", "list", "--json"))
    record = f"{finding['dataset']}/{finding['stream'].split('.')[0]}/{finding['record_key']}"
    said(hub("findings", "acknowledge", str(finding["id"]), *WHO, "--json"))

    [found] = said(hub("trace", record, *WHO, "--json"))["findings"]

    assert (found["rule"], found["state"]) == (finding["rule"], "acknowledged")
    assert found["sentence"]
    assert found["since"]


def test_a_reason_may_hold_brackets(hub: Hub) -> None:
    """It was taken for a colour of the terminal: the act was done, and the command ended with a traceback."""
    number = str(said(hub("cases", "list", "--json"))[0]["id"])

    done = hub("cases", "assign", number, "--to", "UBND [/x] Quận 1", "--because", "[/theo biên bản]", "--by", "[Lan]")

    assert done.exit_code == 0, (done.output, done.exception)
    assert "[/theo biên bản]" in done.output
    assert "[/theo biên bản]" in hub("cases", "history", number).output.replace("\n", " ")


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
