"""The documents say what is there: links, commands, exit codes, the article's rows, and nothing of the machine they were written on."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors
import contracts
import hub
import quality
from contracts.errors import HubError

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


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file of this repository."""
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert [] == missing


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
        named = set(re.findall(r"(?:`|^ {4}|^\$ |bin/)hub ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= known, f"{name_of(page)} tells of hub {', '.join(sorted(named - known))}"


def test_exit_codes() -> None:
    """README's table is the error tree's, and 0 and 1; the command's own help tells no other."""
    for package in (contracts, connectors, quality, hub):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("errors") or module.name in ("hub.core.crypto", "hub.local.embedded", "hub.local.private_files"):
                importlib.import_module(module.name)
    table = {int(code) for code in re.findall(r"^\| ([0-9]+) \|", README, re.MULTILINE)}
    of_tree = {kind.exit_code for kind in tree(HubError)} | {0, 1}
    from hub import cli

    assert of_tree == table
    assert {int(code) for code in re.findall(r"(?:: |· |^)([0-9]+) [a-z]", cli.__doc__ or "", re.MULTILINE)} <= table


def tree(kind: type[HubError]) -> Iterator[type[HubError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from tree(below)


# -- the article -------------------------------------------------------------------------------------

ROWS = re.findall(r"^\| (S?[0-9]+) \| (.+?) \| ([^|]+?) \| (.+?) \|$", ARTICLE, re.MULTILINE)


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
            assert re.search(rf"^def {re.escape(test)}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), f"row {number} names {word}"
    if state in ("done", "in part"):
        assert any("::" in word for word in named), f"row {number} names no test"
        assert any("::" not in word for word in named), f"row {number} names no file"
    if state in ("in part", "not yet"):
        assert "missing:" in answer.lower()
    if state == "not the hub's job":
        assert answer.startswith("because ")


# -- generated parts, and what no file may say --------------------------------------------------------


def test_generated_parts_are_fresh() -> None:
    """Tables made from code are what the code says; `python docs/generate.py` writes them anew."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)

    assert [] == [name_of(page) for page in generate.stale()], "run: python docs/generate.py"


FORBIDDEN = {
    # Written in pieces, so that this file does not hold what it looks for.
    "a path of some machine": "/" + r"(?:work|home/[a-z]+|Users/[a-z]+|root)/(?!\{)" + "|/" + r"tmp/[a-z]{1,2}/",
    "a package registry": "py" + "pi|index" + "-url|find" + "-links|python" + "hosted",
    "how the work was organised": r"\b(?:is" + r"sue|tick" + r"et) #?[0-9]+\b|\bhel" + r"pers?\b|\b(?<!user-)(?<!user_)ag" + r"ents?\b|\bsub-?ag" + r"ent",
}
VENDORED = ("contracts/schema/", "LICENSE", "deployments/hcmc/reference/", "requirements.lock")
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
        found += [f"{name}:{text.count(chr(10), 0, m.start()) + 1}: {m[0]}" for m in re.finditer(pattern, text, re.IGNORECASE)]

    assert [] == found
