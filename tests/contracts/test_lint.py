"""What `hub contracts lint` finds in a contract that loads: promises that nothing keeps, and what a reader would miss."""

from __future__ import annotations

import pytest

from contracts.lint import lint
from contracts.load import load_contract
from tests.contracts.good_file import GOOD, line_of

UNFINISHED = {
    "no title": ("businessName: Ngày mượn\n        ", "", "name: ngayMuon", "title"),
    "no meaning": ("        description: Day of lending.\n", "", "name: ngayMuon", "meaning"),
    "no sentence": ("        description: Ngày mượn không thể sau thời điểm cập nhật.\n", "", "id: lent", "sentence"),
    "an English sentence": (
        "Ngày mượn không thể sau thời điểm cập nhật.",
        "Lent before it changed.",
        "id: lent",
        "sentence",
    ),
    "no owner": ("team: {name: Thư viện}\n", "", None, "owner"),
    "no legal basis": ("  - {property: legalBasis, value: House rules 1}\n", "", "customProperties", "legal basis"),
    "no retention": ("  - {property: retention, value: Five years}\n", "", "customProperties", "retention"),
    "no latency": ("  - {property: latency, value: 1, unit: h}\n", "", "slaProperties", "latency"),
    "no version field": (
        "    customProperties: [{property: versionField, value: changed}]\n",
        "",
        "- name: books",
        "version field",
    ),
    "no key": ("        primaryKey: true\n        primaryKeyPosition: 1\n", "", "properties:", "key"),
    "an unportable pattern": ("'[0-9]{4}'", "'\\d{4}'", "name: soThe", "PostgreSQL"),
    "a date rule over a text": ("fields: [ngayMuon, changed]", "fields: [soThe, changed]", "id: lent", "soThe"),
    "a file of another name": ("name: books\nversion", "name: lendings\nversion", "name: lendings", "books.odcs.yaml"),
}


SLA = "  - {property: latency, value: 1, unit: h}\n"
ENTRY = "      - id: lent-before-changed"


def _hold(words: str) -> str:
    return (
        f"      - {{id: odd, type: custom, engine: motlan, implementation: {{{words}, effect: hold}},"
        " description: Lô hồ sơ này phải có thật.}\n"
    )


MEANINGLESS = {
    "a latency that is none": (SLA, SLA.replace("1, unit: h", "banana"), "banana", "latency of `banana`"),
    "a latency without a unit": (SLA, SLA.replace(", unit: h", ""), "latency", "latency of `1`"),
    "a latency of nothing": (SLA, SLA.replace("value: 1,", "value: 0,"), "latency", "latency of `0 h`"),
    "a frequency in bananas": ("value: 1, unit: d", "value: 1, unit: bananas", "bananas", "frequency of `1 bananas`"),
    "a frequency without days": ("value: 1, unit: d", "value: 7, unit: min", "frequency", "frequency of `7 min`"),
    "a frequency of half days": ("value: 1, unit: d", "value: 1.5, unit: d", "frequency", "frequency of `1.5 d`"),
    "a completeness above all": (
        SLA,
        SLA + "  - {property: completeness, value: 101, unit: percent}\n",
        "completeness",
        "completeness of `101 percent`",
    ),
    "a calendar of nobody": (SLA, SLA + "  - {property: calendar, value: lunar}\n", "calendar", "calendar of `lunar`"),
    "a calendar for nothing": (
        "value: 1, unit: d}\n",
        "value: on change}\n  - {property: calendar, value: working days}\n",
        "slaProperties",
        "nothing is ever due",
    ),
    "a retention for some time": (
        "retention, value: permanent",
        "retention, value: some time",
        "some time",
        "retention of `some time`",
    ),
    "a term that nothing executes": (
        "retention, value: permanent",
        "retention, value: 5, unit: y",
        "property: retention",
        "retention of `5 y`",
    ),
    "a status that is none": ("status: active", "status: banana", "status: banana", "banana"),
    "a version that is none": ("version: 1.0.0", "version: banana", "version: banana", "banana"),
    "a field compared with itself": (
        "fields: [ngayMuon, changed]",
        "fields: [changed, changed]",
        "id: lent",
        "a field twice",
    ),
    "a share above all": (
        ENTRY,
        _hold("rule: null_share, fields: [ngayMuon], maximum_percent: 150, minimum_rows: 1") + ENTRY,
        "id: odd",
        "0 to 100",
    ),
    "bounds the wrong way round": (ENTRY, _hold("rule: row_count, minimum: 5, maximum: 2") + ENTRY, "id: odd", "above"),
    "a count without a bound": (ENTRY, _hold("rule: row_count") + ENTRY, "id: odd", "no bound"),
    "a kind that nothing keeps": (
        "        classification: none\n      - name: changed",
        "        classification: none\n        quality:\n          - {id: partial_date, type: custom, engine: motlan,"
        " implementation: {rule: partial_date, effect: finding}, description: Ngày mượn phải có thật.}\n"
        "      - name: changed",
        "name: ngayMuon",
        "no rule quarantines",
    ),
    "a hold by what rests encrypted": (
        "        classification: none\n      - name: changed",
        "        classification: restricted\n        quality:\n          - {id: null-share, metric: nullValues,"
        " unit: percent, mustBeLessOrEqualTo: 5, arguments: {minimum_rows: 5}, description: Phải có ngày mượn.}\n"
        "      - name: changed",
        "name: ngayMuon",
        "rests encrypted",
    ),
}


def one_problem(write, fault: tuple[str, str, str | None, str], near: int) -> None:
    """The file with this fault has exactly that one problem, near its line."""
    old, new, where, word = fault
    text = GOOD.replace(old, new, 1)
    assert text != GOOD

    problems = lint(load_contract(write(text)))

    assert 1 == len(problems), [str(problem) for problem in problems]
    assert word in problems[0].what
    assert problems[0].next
    assert where is None or abs(problems[0].line - line_of(text, where)) <= near


@pytest.mark.parametrize("case", MEANINGLESS)
def test_the_lint_finds_what_nothing_can_keep(write, case):
    """Once `latency: banana`, and a hold rule that one engine alone could count, passed without a word."""
    one_problem(write, MEANINGLESS[case], near=2)


@pytest.mark.parametrize("case", UNFINISHED)
def test_the_lint_finds_what_a_reader_would_miss(write, case):
    """A contract that loads but leaves something unsaid has exactly that one problem, near its line."""
    one_problem(write, UNFINISHED[case], near=1)
