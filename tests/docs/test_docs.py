"""The documents say what is there: links, commands, the article's rows, and nothing of the machine they were written on."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from docs import check
from docs.generate import errors

ROOT = Path(__file__).parents[2]


def committed() -> list[Path]:
    """Every file that git keeps, and that still stands."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


if not (ROOT / ".git").exists():
    pytest.skip("not a clone: git tells which files count", allow_module_level=True)

FILES = committed()
PAGES = sorted({p for p in FILES if p.suffix == ".md"} | set(ROOT.glob("*.md")) | set((ROOT / "docs").rglob("*.md")))
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARTICLE = (ROOT / "docs" / "article.md").read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# -- links and commands ------------------------------------------------------------------------------


def test_links_are_whole_and_lines_fit() -> None:
    """Every relative link names a file, and a heading where it names one; no line is longer than a page is wide."""
    assert [] == list(check.complaints())


def test_make_targets_exist() -> None:
    """Each `make ...` that a page tells the reader to type is a target."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:`|^ *)make ([a-z-]+)", text, re.MULTILINE))
        assert named <= targets, f"{name_of(page)} tells of make {', '.join(sorted(named - targets))}"
    assert {"run", "test"} <= set(re.findall(r"^make ([a-z]+)", README, re.MULTILINE))


def test_hub_commands_exist() -> None:
    """Each `hub <word>` in a code span or block is a command."""
    import typer.main

    from hub.cli import app

    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    for page in PAGES:
        named = set(
            re.findall(r"(?:`|^ {4}|^\$ |bin/)hub ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.MULTILINE)
        )
        assert named <= known, f"{name_of(page)} tells of hub {', '.join(sorted(named - known))}"


# -- the article -------------------------------------------------------------------------------------

ROWS = [
    (number, what, state, " ".join(answer.split()))
    for number, what, state, answer in re.findall(
        r"^### (S?[0-9]+) · (.+) · (.+)\n\n((?:.+\n)+)", ARTICLE, re.MULTILINE
    )
]


def test_article_is_complete() -> None:
    """All 10 systems and 26 capabilities stand there, in order, each with a known state."""
    assert [f"S{n}" for n in range(1, 11)] + [str(n) for n in range(1, 27)] == [number for number, *_ in ROWS]
    assert {"done", "in part", "not yet", "not the hub's job"} >= {state for _, _, state, _ in ROWS}


@pytest.mark.parametrize(("number", "state", "answer"), [(n, s, a) for n, _, s, a in ROWS], ids=[n for n, *_ in ROWS])
def test_article_names_what_exists(number: str, state: str, answer: str) -> None:
    """Files and tests named in a row exist; done and in part name both; the other states say why."""
    named = [word for word in re.findall(r"`([^`]+)`", answer) if "/" in word]
    for word in named:
        file, _, test = word.partition("::")
        assert (ROOT / file).is_file(), f"row {number} names {file}"
        if test:
            assert re.search(rf"^def {re.escape(test)}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), (
                f"row {number} names {word}"
            )
    if state in ("done", "in part"):
        assert any("::" in word for word in named), f"row {number} names no test"
        assert any("::" not in word for word in named), f"row {number} names no file"
    if state in ("in part", "not yet"):
        assert "missing:" in answer.lower()
    if state == "not the hub's job":
        assert answer.startswith("Because ")


# -- what no file may say --------------------------------------------------------


FORBIDDEN = {
    # Written in pieces, so that this file does not hold what it looks for.
    "a path of some machine": "/" + r"(?:work|home/[a-z]+|Users/[a-z]+|root)/(?!\{)" + "|/" + r"tmp/[a-z]{1,2}/",
    "a package registry": "py" + "pi|index" + "-url|find" + "-links|python" + "hosted",
    "how the work was organised": r"\b(?:is"
    + r"sue|tick"
    + r"et) #?[0-9]+\b|\bhel"
    + r"pers?\b|\b(?<!user-)(?<!user_)ag"
    + r"ents?\b|\bsub-?ag"
    + r"ent",
}
VENDORED = (
    "contracts/schema/",
    "LICENSE",
    "deployments/hcmc/reference/",
    "requirements.lock",
    "service/workbench/static/htmx.min.js",
    "tests/service/workbench/axe.min.js",
)
"""Texts of others, and lists: their words are not ours. The lock is looked at for registries all the same."""


@pytest.mark.parametrize(("what", "pattern"), FORBIDDEN.items(), ids=FORBIDDEN)
def test_no_file_says(what: str, pattern: str) -> None:
    """The repository stands alone: nothing in it points to where or how it was made."""
    found = []
    for path in FILES:
        name = name_of(path)
        if name.startswith(VENDORED) and not (name == "requirements.lock" and "registry" in what):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{name}:{text.count(chr(10), 0, m.start()) + 1}: {m[0]}" for m in re.finditer(pattern, text, re.IGNORECASE)
        ]

    assert [] == found


# -- sentences that a file of the tree decides ---------------------------------------------------------


def test_the_exceptions_to_the_floors_are_all_named() -> None:
    """Decision 1 named one exception while import-linter had two: a reader took the second for a mistake."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    ignored = {each for contract in linter for each in contract.get("ignore_imports", [])}
    page = (ROOT / "docs" / "decisions" / "0001-floors.md").read_text(encoding="utf-8")

    assert ignored == set(re.findall(r"`([a-z_.]+ -> [a-z_.]+)`", page))


def test_the_words_of_a_contract_that_nothing_acts_on_are_named() -> None:
    """The page said that every such word is refused; some pass, and somebody relied on them."""
    page = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
    kept = page[page.index("Some words about the contract as a whole") :].split("\n\n")[0]

    for word in ("status", "usage"):
        assert re.search(rf"`[a-z.]*{word}`", kept), f"docs/contracts.md does not name {word}"


def test_operating_names_the_errors_as_they_end() -> None:
    """The heading for a full disk said exit 1 where the code said 75: each heading's code is its errors'."""
    page = "".join((ROOT / "docs" / f"operate{part}.md").read_text(encoding="utf-8") for part in ("", "-answers"))
    ends = {kind.__name__: kind.exit_code for kind in errors.tree()}
    named = [
        (code, name)
        for heading in re.findall(r"^## .*\(exit .*\)$", page, re.MULTILINE)
        for code, names in re.findall(r"exit (\d+), ((?:`\w+`(?:, )?)+)", heading)
        for name in re.findall(r"`(\w+)`", names)
    ]

    assert {"LandingFull", "BatchHeld", "Fenced", "AlertsOpen"} <= {name for _, name in named}
    assert [(str(ends[name]), name) for _, name in named] == named
