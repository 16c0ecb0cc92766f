"""`hub contracts export` and `init`: what they write, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from lxml import etree
from typer.testing import CliRunner

from contracts.errors import DeploymentInvalid
from contracts.load import read_document
from hub.cli import app
from hub.core.settings import ROOT

EXAMPLE = ROOT / "tests" / "contracts" / "odcs" / "column-custom.odcs.yaml"


def run(*words: str):
    return CliRunner().invoke(app, ["contracts", *words])


def test_each_form_is_printed_or_written(tmp_path: Path) -> None:
    """JSON Schema, XML Schema, a page in each language, and the document itself with every word of it."""
    assert "urn:contract:birth:1.2.0" == json.loads(run("export", "birth", "--json-schema").stdout)["$id"]
    assert etree.XMLSchema(etree.fromstring(run("export", "birth", "--xsd").stdout.encode()))
    assert "**Chỗ dễ hiểu nhầm.**" in run("export", "birth", "--page").stdout
    assert "**Where it misleads.**" in run("export", "birth", "--page", "--language", "en").stdout
    out = tmp_path / "again.odcs.yaml"
    assert 0 == run("export", str(EXAMPLE), "--odcs", "--out", str(out)).exit_code
    assert read_document(EXAMPLE).data == read_document(out).data


@pytest.mark.parametrize("words", [(), ("--xsd", "--page"), ("--page", "--language", "fr")])
def test_one_form_is_named(words: tuple[str, ...]) -> None:
    """Neither none, nor two, nor an unknown language."""
    assert 2 == run("export", "birth", *words).exit_code


def test_a_draft_from_a_csv_file_is_written_once(tmp_path: Path) -> None:
    """The next command is named; a second draft does not overwrite the first, on which somebody may have worked."""
    given = tmp_path / "births.csv"
    given.write_text("id,born\nA1,1990\nA2,02.1991\n", encoding="utf-8")
    words = ("init", "--from-csv", str(given), "--contract", "own_births", "--into", str(tmp_path / "drafts"))

    done = run(*words)

    assert 0 == done.exit_code, done.output
    written = tmp_path / "drafts" / "own_births.odcs.yaml"
    assert f"hub contracts lint {written}" in done.stdout
    assert "own_births" == yaml.safe_load(written.read_text(encoding="utf-8"))["name"]
    assert isinstance(run(*words).exception, DeploymentInvalid)


@pytest.mark.parametrize("words", [(), ("--from-wsdl", "x.wsdl"), ("--from-wsdl", "x.wsdl", "--from-table", "t")])
def test_one_source_of_a_draft_is_named(words: tuple[str, ...]) -> None:
    """One of the four; a WSDL with its operation."""
    assert 2 == run("init", *words).exit_code
