"""Regular expressions of files: what takes exponential time, or unfolds without measure, is refused before an engine meets it."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from contracts.errors import ContractInvalid
from contracts.load import load_contract, load_contracts
from contracts.regular_expressions.patterns import fault
from tests.contracts.good_file import GOOD, line_of

EXPONENTIAL = (
    "(a+)+$",
    "(a|a)*",
    "(a|aa)+",
    "(.*)*",
    r"(\w+\s?)*",
    "(a*)*",
    "(a*)+",
    "(a+)*b",
    "([a-z]+)*[0-9]",
    "(a|ab|b)*c",
    "(x+x+)+y",
    "(a*b*)*",
    "([0-9]{2,3})*",
    "([0-9]+,?)*",
    "([^,]*,?)*",
    "(a(b*)?)*c",
    "(([a-z])+.)+[A-Z]([a-z])+$",
    r"^(\d+|[0-9]+)*$",
    "(?:a|[a-c]b?)+x",
    "(a{1,9})*",
    "((a)|(a))+",
    "(a+?)+?$",
    "((ab)*|(ab)*c?)*d",
    "(éx|[à-ỹ]x)*y",
)
UNFOLDING = (
    "a{1000}{1000}",
    "(a{1000}){1000}",
    "(a{200}){200}",
    "((((){255}){255}){255}){255}",
    "a{256}",
    "(((a{99}){99}){99}){99}",
    "a" * 2_001,
    "(" * 900 + ")" * 900,
)
HARMLESS = (
    "[0-9]{12}",
    "[0-9A-Z]+(\\.[0-9A-Z]+)*-[0-9]{6}([0-9]{2})?-[0-9]{4,7}",
    "[0-9A-Za-z]+(,[0-9A-Za-z]+)*",
    "[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*",
    "([a-z]{1,100}-)*[a-z]{1,100}",
    "(a|b)*",
    "([^,]*,)*",
    "(ab|ac)*",
    ".{1,255}",
    "(a?){50}",
    "a*a*b",
    "([0-9]{2})*",
    "((a|b)*c|(a|b)*d)*",
    "",
    "^(Ông|Bà) ",
)


@pytest.mark.parametrize("expression", EXPONENTIAL)
def test_exponential_expressions_are_found(expression: str) -> None:
    """One such pattern in a contract kept the lint, and a batch under judgement, busy for hours over one value of forty letters."""
    assert "exponential" in (fault(expression) or "")


@pytest.mark.parametrize("expression", UNFOLDING, ids=lambda each: each[:20])
def test_unfolding_expressions_are_found_at_once(expression: str) -> None:
    """Counted repetitions of counted repetitions: no engine is asked, and the check itself does not unfold them."""
    started = time.process_time()

    assert fault(expression)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("expression", HARMLESS)
def test_harmless_expressions_pass(expression: str) -> None:
    """Repetitions of which each text has one reading."""
    assert fault(expression) is None


def test_every_shipped_pattern_passes() -> None:
    """And there are some."""
    found = [
        (r.id, r.arguments[n])
        for c in load_contracts().values()
        for d in c.datasets
        for r in d.rules
        for n in ("pattern", "take")
        if n in r.arguments
    ]

    assert len(found) > 20
    assert [] == [(rule, fault(pattern)) for rule, pattern in found if fault(pattern)]


def test_what_passes_is_quick_and_what_is_found_is_slow() -> None:
    """Python's own engine agrees, on small random expressions: of those that pass none takes long over a text made to be hard."""
    chance = random.Random(7)

    def made(depth: int) -> str:
        kind = chance.randrange(5 if depth else 1)
        if kind == 0:
            return chance.choice("aab")
        inner = made(depth - 1)
        return {
            1: f"{inner}{made(depth - 1)}",
            2: f"(?:{inner}|{made(depth - 1)})",
            3: f"(?:{inner})*",
            4: f"(?:{inner})?",
        }[kind]

    passed = found = 0
    for expression in {made(4) for _ in range(3_000)}:
        if fault(expression) is not None:
            found += 1
            continue
        passed += 1
        whole = re.compile(f"^(?:{expression})$")
        started = time.process_time()
        for text in ("a" * 24 + "!", "ab" * 12 + "!", "b" * 24 + "!", "aab" * 8 + "!"):
            whole.match(text)
        assert time.process_time() - started < 1, expression
    assert passed > 100
    assert found > 100


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("pattern: '[0-9]{4}'", "pattern: '(a+)+$'", "(a+)+"),
        (
            "rule: not_after, fields: [ngayMuon, changed]",
            "rule: avoids, pattern: '(a|aa)+', fields: [soThe]",
            "(a|aa)+",
        ),
        (
            "rule: not_after, fields: [ngayMuon, changed]",
            "rule: code_list, list: units, take: '(.*)*', fields: [soThe]",
            "(.*)*",
        ),
        ("pattern: '[0-9]{4}'", "pattern: 'a{1000}'", "a{1000}"),
    ],
)
def test_a_contract_with_such_a_pattern_names_its_line(tmp_path: Path, old: str, new: str, where: str) -> None:
    """The loader refuses it, hence `hub contracts lint` and every start of the hub."""
    text, path = GOOD.replace(old, new), tmp_path / "books.odcs.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ContractInvalid) as caught:
        load_contract(path)

    assert caught.value.message.startswith(f"{path}:{line_of(text, where)}: ")
    assert caught.value.hint
