"""GLOSSARY.md has every noun of the command line's help, each in both languages.

More than 300 lines stand here on purpose: most of them are lists of words, one a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from hub.cli import app

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
SECTIONS = {part.split(" · ")[0]: part for part in re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]}

VERBS = {
    "again",
    "refused",
    "export",
    "add",
    "disable",
    "link",
    "seen",
    "look",
    "notify",
    "explain",
    "schema",
    "reconcile",
    "view",
    "withdraw",
    "correct",
    "object",
    "extend",
    "answer",
    "enrol",
    "renew",
    "revoke",
    "acknowledge",
    "admit",
    "dismiss",
    "migrate",
    "apply",
    "ask",
    "approve",
    "build",
    "pin",
    "rebuild",
    "send",
    "assign",
    "check",
    "close",
    "compare",
    "confirm",
    "convert",
    "detect",
    "diff",
    "discard",
    "draft",
    "forward",
    "init",
    "lint",
    "list",
    "map",
    "new",
    "pass",
    "pause",
    "prepare",
    "refuse",
    "reject",
    "release",
    "follow",
    "rotate",
    "reseal",
    "retire",
    "prune",
    "rehearse",
    "restore",
    "verify",
    "run",
    "score",
    "serve",
    "settle",
    "show",
    "status",
    "sync",
    "use",
    "waive",
}
"""Commands that say what to do. The others are called after what they show, and that stands in the glossary."""

PLAIN = {
    "later",
    "end",
    "xlsx",
    "what",
    "row",
    "line",
    "kind",
    "sign",
    "note",
    "system stream feed",
    "metrics",
    "base every",
    "every",
    "keep",
    "no digest",
    "workbench at",
    "pages",
    "csr",
    "dev",
    "plain",
    "replica",
    "replicas",
    "found",
    "anew",
    "bulletin",
    "csv",
    "id",
    "published",
    "scope",
    "about",
    "acknowledge",
    "address",
    "airflow",
    "all",
    "anyway",
    "because",
    "by",
    "by rule",
    "by unit",
    "days",
    "day",
    "date",
    "whole",
    "and",
    "at",
    "least",
    "each",
    "fault",
    "file",
    "files",
    "folder",
    "from",
    "from csv",
    "from openapi",
    "from table",
    "from wsdl",
    "json schema",
    "language",
    "odcs",
    "xsd",
    "full",
    "held",
    "host",
    "html",
    "identified",
    "into",
    "install completion",
    "json",
    "last",
    "most gone",
    "keys",
    "left",
    "limit",
    "minutes",
    "month",
    "most hours",
    "new",
    "number",
    "old",
    "numbers",
    "once",
    "operation",
    "out",
    "overdue",
    "pdf",
    "port",
    "refresh",
    "confirm",
    "reject",
    "rejected",
    "review",
    "unjustified",
    "resume",
    "rotate",
    "share",
    "show",
    "show completion",
    "state",
    "text",
    "title",
    "to",
    "until",
    "why",
    "words",
    "write",
    "wsdl",
    "year",
    "name",
}
"""Arguments and options that mean here what they mean everywhere."""

NOUNS = {
    "workbench",
    "account",
    "agency",
    "alert",
    "audit",
    "batch",
    "case",
    "contract",
    "dataset",
    "decision",
    "deployment",
    "dossier",
    "encoding",
    "evidence",
    "extract",
    "field",
    "grant",
    "incident",
    "ledger",
    "legal basis",
    "officer",
    "owner",
    "paper",
    "position",
    "procedure",
    "purpose",
    "register",
    "registration",
    "report",
    "requirement",
    "rule",
    "scenario",
    "stream",
    "system",
    "token",
    "twin",
    "unit",
    "warehouse",
    "window",
}
"""What the help's sentences speak of. A sentence with a new noun adds it here and to the glossary."""


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command from this one down, with the words that call it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


ALL = list(commands(typer.main.get_command(app)))
HELP = " ".join(
    [command.help or "" for _, command in ALL]
    + [getattr(p, "help", None) or "" for _, command in ALL for p in command.params]
).lower()


def singular(word: str) -> str:
    """The word as the glossary has it: `agencies` is `agency`, `batches` is `batch`, `cases` is `case`."""
    for ending, instead in (("ies", "y"), ("ches", "ch"), ("ss", "ss"), ("s", "")):
        if word.endswith(ending):
            return word.removesuffix(ending) + instead
    return word


def has(word: str) -> bool:
    word = word.replace("-", " ")
    return word in SECTIONS or singular(word) in SECTIONS or f"{word} batch" in SECTIONS


@pytest.mark.parametrize("term", SECTIONS)
def test_an_entry_is_one_sentence_in_each_language(term: str) -> None:
    """A heading with both words, then one sentence in English and one in Vietnamese."""
    heading, *sentences = [line for line in SECTIONS[term].splitlines() if line and not line.startswith("## ")]

    assert re.fullmatch(r".+ · .+", heading)
    assert 2 == len(sentences)
    assert [True, True] == [
        bool(re.fullmatch(r"[^.]+(?:\.[a-z\d][^.]*)*\.", s.replace("000.00.16.H29", "x"))) for s in sentences
    ]
    assert re.search(r"[à-ỹđ]", sentences[1], re.IGNORECASE)


@pytest.mark.parametrize("path", [path for path, _ in ALL if path], ids=" ".join)
def test_a_command_is_a_verb_or_a_word_of_the_glossary(path: tuple[str, ...]) -> None:
    """Groups and commands called after a thing: the thing is explained. A new `hub feeds` needs its entry."""
    assert path[-1] in VERBS or path[-1] in PLAIN or has(path[-1]), f"GLOSSARY.md does not have {path[-1]}"


def parameters() -> dict[str, str]:
    """Name of each argument, metavar and option of the help -> the first command that has it."""
    found: dict[str, str] = {}
    for path, command in ALL:
        for p in command.params:
            names = [
                *(o.lstrip("-") for o in p.opts if o.startswith("--")),
                *([p.name] if p.param_type_name == "argument" else []),
            ]
            names += re.findall(r"[A-Z]{3,}", p.metavar or "")
            for name in names:
                found.setdefault(name.lower().replace("-", " ").replace("_", " "), " ".join(path))
    return found


@pytest.mark.parametrize(("name", "command"), parameters().items(), ids=str)
def test_what_a_command_takes_is_plain_or_a_word_of_the_glossary(name: str, command: str) -> None:
    """Arguments, metavars and options."""
    assert name in PLAIN or name == "help" or has(name), f"GLOSSARY.md does not have {name} (hub {command})"


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_what_the_help_speaks_of_is_explained(noun: str) -> None:
    """The list is honest too: a noun that no help text has any more leaves it."""
    assert re.search(rf"\b{re.escape(noun[:-1])}", HELP), f"no help text speaks of {noun}"
    assert has(noun)


WORDS = (
    "system",
    "stream",
    "batch",
    "landing",
    "verdict",
    "case",
    "ledger",
    "evidence",
    "requirement",
    "decision",
    "receipt",
    "feed",
    "delivery",
    "manifest",
    "twin",
    "position",
    "epoch",
    "fenced",
    "finding",
    "quarantine",
    "grant",
    "gate",
    "subject",
    "hold",
    "replay",
    "overlap",
    "warehouse",
    "contract",
)


@pytest.mark.parametrize("word", WORDS)
def test_the_words_of_the_design_are_there(word: str) -> None:
    """What code, screens and pages are written with."""
    assert word in SECTIONS
