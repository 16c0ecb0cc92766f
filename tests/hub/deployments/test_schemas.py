"""The published JSON Schemas say no more and no less than a first look of the loader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from contracts.errors import DeploymentInvalid
from contracts.yaml.lines import read_located
from contracts.yaml.models import load
from hub.cli import app
from hub.core.settings import ROOT
from hub.deployments.new import plan, write
from hub.deployments.schemas import SCHEMAS, files_of, first_line, schema_of, schemas_beside

HCMC = ROOT / "deployments" / "hcmc"
FILES = list(files_of(HCMC))
GRANT = (
    "grants:\n- {id: one, agencies: [], purpose: p, legal_basis: l, territory: 760, valid_from: 2022-01-01, "
    "hourly_limit: 5, approver: a}\n"
)
SYSTEM = (
    "system: one-stop-760\ntitle: Quận 1\ndialect: one_stop\naddress: https://one.example\nowner: UBND\n"
    'schedule: "*/30 * * * *"\ncontracts: [dossier]\n'
)


def marked(path: Path, kind: str) -> bool:
    """Whether an editor marks something in the file."""
    return not Draft202012Validator(schema_of(kind)).is_valid(read_located(path).data)


def refused(path: Path, kind: str) -> bool:
    """Whether the model that reads the file refuses it."""
    try:
        load(path, SCHEMAS[kind][0])
    except DeploymentInvalid:
        return True
    return False


@pytest.mark.parametrize(("path", "kind"), FILES, ids=lambda each: each if isinstance(each, str) else each.name)
def test_a_shipped_file_names_its_schema_and_fits_it(path: Path, kind: str) -> None:
    """The first line is the relative path of the published schema, which accepts the file."""
    line = first_line(path, kind, schemas_beside(HCMC))

    assert path.read_text(encoding="utf-8").startswith(line)
    assert schema_of(kind) == json.loads((path.parent / line.split("=")[1].strip()).read_text(encoding="utf-8"))
    assert not marked(path, kind)


def test_every_kind_is_a_valid_schema_with_sentences() -> None:
    """A draft that editors know; keys of systems are explained."""
    for kind in SCHEMAS:
        Draft202012Validator.check_schema(schema_of(kind))

    assert "How far behind" in schema_of("system")["properties"]["overlap"]["description"]
    assert "PT15M" not in json.dumps(schema_of("system")), "a default in a form that no file has"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (SYSTEM, True),
        (SYSTEM + "overlap: 15m\nagain: [0s, 1h]\nwatch: cron\nclosing: 0d\nunit: 760\ncontact:\n", True),
        (SYSTEM + 'maintenance: ["22:00-04:00"]\nlisting: {every: 1d, at: "05:00", most_gone: 2.5%}\n', True),
        (SYSTEM + "valid_to: 2025-06-30\n", True),
        (SYSTEM + "overlap: 15\n", False),
        (SYSTEM + "again: []\n", False),
        (SYSTEM + "watch: often\n", False),
        (SYSTEM + "listing: {every: 1h}\n", False),
        (SYSTEM + "overlapp: 15m\n", False),
        (SYSTEM + "repeats: maybe\n", False),
        (SYSTEM.replace("https://one.example", "one.example"), False),
        (SYSTEM.replace("owner: UBND", 'owner: " "'), False),
        (SYSTEM.replace("owner: UBND\n", ""), False),
        (SYSTEM.replace("one-stop-760", "../x"), False),
    ],
)
def test_a_system_is_marked_where_it_is_refused(text: str, right: bool, tmp_path: Path) -> None:
    """What the schema says of a value is what its validator says of it."""
    path = tmp_path / "one-stop-760.yaml"
    path.write_text(text, encoding="utf-8")

    assert (not right, not right) == (marked(path, "system"), refused(path, "system"))


@pytest.mark.parametrize(
    ("text", "right"),
    [(GRANT, True), (GRANT + "agency_limits:\n", True), (GRANT.replace("limit: 5", "limit: 0"), False), ("{}", False)],
)
def test_a_grant_is_marked_where_it_is_refused(text: str, right: bool, tmp_path: Path) -> None:
    """A code may be a number, and a mapping may be left empty."""
    path = tmp_path / "grants.yaml"
    path.write_text(text, encoding="utf-8")

    assert (not right, not right) == (marked(path, "grants"), refused(path, "grants"))


def test_a_new_deployment_brings_its_schemas(tmp_path: Path) -> None:
    """Wherever it lies, each of its files names a schema that is there."""
    folder = tmp_path / "binh-giang"
    write(plan("binh-giang", province="97", agency="H99"), folder, HCMC)

    found = list(files_of(folder))
    for path, kind in found:
        named = path.read_text(encoding="utf-8").split("\n")[0].removeprefix("# yaml-language-server: $schema=")
        assert schema_of(kind) == json.loads((path.parent / named).read_text(encoding="utf-8"))
        assert not marked(path, kind)

    assert {"deployment", "system", "grants", "purposes", "book_keepers", "twins"} == {kind for _, kind in found}


def test_the_command_prints_lists_and_writes(tmp_path: Path) -> None:
    """One kind, the list of kinds, all into a folder; an unknown kind names those that are."""
    run = CliRunner().invoke

    assert schema_of("grants") == json.loads(run(app, ["deployment", "schema", "grants"]).stdout)
    assert set(SCHEMAS) == {line.split()[0] for line in run(app, ["deployment", "schema"]).stdout.splitlines()}
    assert 0 == run(app, ["deployment", "schema", "--into", str(tmp_path / "schemas")]).exit_code
    assert {f"{kind}.json" for kind in SCHEMAS} == {path.name for path in (tmp_path / "schemas").iterdir()}
    assert "of the kind 'grant'" in str(run(app, ["deployment", "schema", "grant"]).exception)
