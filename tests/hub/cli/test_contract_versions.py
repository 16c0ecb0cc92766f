"""`hub contracts diff`, `history`, `release`: versions by name, by number and by file; the exit code says the number's worth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.core.errors import NotFound
from hub.core.settings import ROOT
from tests.contracts.good_file import GOOD

EXAMPLE = ROOT / "tests" / "contracts" / "odcs" / "full-example.odcs.yaml"


def run(*words: str):
    return CliRunner().invoke(app, ["contracts", *words])


def files(tmp_path: Path, *pairs: tuple[str, str]) -> tuple[str, str]:
    old, new = tmp_path / "old.odcs.yaml", tmp_path / "new.odcs.yaml"
    old.write_text(GOOD, encoding="utf-8")
    text = GOOD
    for before, after in pairs:
        text = text.replace(before, after, 1)
    new.write_text(text, encoding="utf-8")
    return str(old), str(new)


def test_a_breaking_change_under_a_small_number_is_refused(tmp_path: Path) -> None:
    """The list says what breaks whom; the exit code is that of a wrong contract."""
    done = run("diff", *files(tmp_path, ("'[0-9]{4}'", "'[0-9]{5}'")), "--json")

    assert 65 == done.exception.exit_code  # type: ignore[union-attr]  # it is a HubError
    said = json.loads(done.stdout)
    assert ("breaking", "2.0.0") == (said["verdict"], said["least"])
    assert [("books/soThe.pattern", "pattern")] == [(each["place"], each["kind"]) for each in said["changes"]]


def test_the_same_change_under_its_number_passes(tmp_path: Path) -> None:
    """2.0.0 says that something breaks."""
    done = run("diff", *files(tmp_path, ("'[0-9]{4}'", "'[0-9]{5}'"), ("1.0.0", "2.0.0")))

    assert 0 == done.exit_code, done.output
    assert "breaks readers, senders" in " ".join(done.stdout.split())


def test_a_contract_is_compared_with_its_released_version() -> None:
    """By name and number; nothing has changed since."""
    [last] = [each["version"] for each in json.loads(run("history", "birth", "--json").stdout)][-1:]

    done = run("diff", f"birth@{last}", "birth", "--json")

    assert 0 == done.exit_code, done.output
    assert ("the same", []) == (json.loads(done.stdout)["verdict"], json.loads(done.stdout)["changes"])


def test_a_contract_of_others_is_listed_and_compared(tmp_path: Path) -> None:
    """The standard's full example: every gap has a line; a query or a tag that changes needs no engine to be compared."""
    newer = tmp_path / "newer.odcs.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    newer.write_text(text.replace("mustBeGreaterThan: 1000000", "mustBeGreaterThan: 10"), encoding="utf-8")

    listed = run("coverage", str(EXAMPLE), "--gaps", "--json")
    compared = run("diff", str(EXAMPLE), str(newer), "--json")

    assert 65 == listed.exception.exit_code  # type: ignore[union-attr]
    assert all("NOTHING" in each["carried out by"] for each in json.loads(listed.stdout))
    assert [("tbl.rowCount", "breaks readers")] == [
        (each["place"], each["verdict"]) for each in json.loads(compared.stdout)["changes"]
    ]


@pytest.mark.parametrize("said", ["births", "births@1.0.0"])
def test_an_unknown_contract_is_named(said: str) -> None:
    """With the known ones."""
    done = run("diff", said, "birth")

    assert isinstance(done.exception, NotFound)
    assert "birth" in str(done.exception)
