"""hub systems new, hub contracts init: an id given on the command line becomes a file's name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import DeploymentInvalid
from hub.cli import app
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT, read_settings

HCMC = ROOT / "deployments" / "hcmc"
TRICKS = (
    "../../x",
    "..",
    "a/../../x",
    "/tmp/x",
    "a/b",
    "One-Stop-760",
    "a b",
    "a\n",
    "a.b",
    "a\\b",
    ".",
    "a" * 80,
    "x: y",
    "ａ",
)
"""Names that lead elsewhere, are no name, or differ from another by case alone."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment of one system, two folders deep."""
    folder = tmp_path / "city" / "deployment"
    (folder / "systems").mkdir(parents=True)
    shutil.copy(HCMC / "deployment.yaml", folder)
    shutil.copy(HCMC / "systems" / "one-stop-760.yaml", folder / "systems")
    monkeypatch.setenv("HUB_DEPLOYMENT", str(folder))
    return folder


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", [*TRICKS, ""])
def test_a_name_that_leads_elsewhere_writes_nothing(folder: Path, tmp_path: Path, name: str) -> None:
    """`hub systems new ../../x` wrote a file outside the deployment."""
    before = files(tmp_path)

    ended = CliRunner().invoke(app, ["systems", "new", "--", name])

    assert isinstance(ended.exception, DeploymentInvalid)
    assert ended.exception.hint
    assert before == files(tmp_path)


def test_what_it_writes_is_what_was_said(folder: Path) -> None:
    """A title with a line break and a colon added keys of its own to the file."""
    title, address = 'Một cửa "Quận 13"\nrepeats: true', 'https://example.invalid/"pool:x'

    ended = CliRunner().invoke(app, ["systems", "new", "one-stop-799", "--title", title, "--address", address])

    assert ended.exception is None, ended.output
    made = load_deployment(folder).systems["one-stop-799"]
    assert (title, address, False, "one_stop") == (made.title, made.address, made.repeats, made.pool)


@pytest.mark.parametrize("words", [("--address", "https://"), ("--address", "https://a\npool: x"), ("--title", " ")])
def test_what_the_hub_could_not_start_with_is_not_written(folder: Path, words: tuple[str, str]) -> None:
    """The file would be refused at the next start of the hub, for every system."""
    ended = CliRunner().invoke(app, ["systems", "new", "one-stop-799", *words])

    assert isinstance(ended.exception, DeploymentInvalid)
    assert {"one-stop-760.yaml"} == {path.name for path in (folder / "systems").iterdir()}


def test_an_unknown_dialect_writes_nothing(folder: Path) -> None:
    """The file would be refused at the next start of the hub, for every system."""
    ended = CliRunner().invoke(app, ["systems", "new", "one-stop-799", "--dialect", "one_stp"])

    assert isinstance(ended.exception, DeploymentInvalid)
    assert {"one-stop-760.yaml"} == {path.name for path in (folder / "systems").iterdir()}


@pytest.mark.parametrize("option", ["--system", "--contract"])
@pytest.mark.parametrize("name", TRICKS)
def test_a_draft_stays_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, name: str) -> None:
    """Names of a draft are names of its files."""
    monkeypatch.chdir(tmp_path)
    wsdl = HCMC.parent / "examples" / "notary" / "notary" / "notary.wsdl"

    ended = CliRunner().invoke(
        app,
        [
            "contracts",
            "init",
            "--from-wsdl",
            str(wsdl),
            "--operation",
            "danhSachToChuc",
            option,
            name,
            "--into",
            "drafts",
        ],
    )

    assert isinstance(ended.exception, DeploymentInvalid)
    assert "no name that a" in str(ended.exception) or "longer than" in str(ended.exception)
    assert set() == files(tmp_path)


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/b", ".."])
def test_a_scenario_is_a_folder_of_the_state(name: str) -> None:
    """Its name is joined to the folder of all state."""
    with pytest.raises(DeploymentInvalid, match="HUB_SCENARIO"):
        read_settings(scenario=name)
