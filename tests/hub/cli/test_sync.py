"""`hub sync` of a system and of everything: one table at the end, one exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hub.cli import app
from hub.core.settings import ROOT
from quality.errors import NoEngine

HCMC = ROOT / "deployments" / "hcmc"
COUNTRIES = "alpha2,alpha3,numeric,name_vi,name_en\nVN,VNM,704,Việt Nam,Viet Nam\n"
ETHNIC = "code,name,other_names,is_nfc_at_source\n01,Kinh,Việt,true\n02,Tày,Thổ,true\n"
SYSTEMS = {"list-countries": "countries_iso3166_vi.csv", "list-ethnic-groups": "vn_ethnic_groups.csv"}

Hub = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deployment that reads two lists from a folder."""
    folder, lists = tmp_path / "two-lists", tmp_path / "lists"
    (folder / "systems").mkdir(parents=True)
    lists.mkdir()
    shutil.copy(HCMC / "deployment.yaml", folder)
    shutil.copytree(HCMC / "reference", folder / "reference")
    for system, file in SYSTEMS.items():
        text = (HCMC / "data" / f"{system}.yaml").read_text(encoding="utf-8")
        text = text.replace('"{data}/code_lists"', f'"{lists.as_uri()}"')
        (folder / "systems" / f"{system}.yaml").write_text(text, encoding="utf-8")
        (lists / file).write_text(COUNTRIES if "countries" in system else ETHNIC, encoding="utf-8")
    return folder


@pytest.fixture
def hub(pg_url: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The command line on that deployment."""
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    monkeypatch.setenv("HUB_DEPLOYMENT", str(folder))
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({system: {} for system in SYSTEMS}), encoding="utf-8")
    secrets.chmod(0o600)
    monkeypatch.setenv("HUB_SECRETS_FILE", str(secrets))
    return lambda *words: CliRunner().invoke(app, list(words))


def rows(result: Result) -> dict[str, Any]:
    """The table by stream."""
    return {each["stream"]: each for each in json.loads(result.stdout)}


def test_everything_is_read_with_one_table(hub: Hub) -> None:
    """Each stream is a line with the terms of the equation."""
    done = hub("sync", "--all", "--json")

    assert 0 == done.exit_code, done.output
    found = {stream: (row["received"], row["accepted"], row["outcome"]) for stream, row in rows(done).items()}
    assert {"list-countries.listed_codes": (1, 1, "done"), "list-ethnic-groups.listed_codes": (2, 2, "done")} == found


def test_one_that_fails_stops_no_other(hub: Hub, folder: Path) -> None:
    """What was wrong with the first is its line; the second was read; the exit code says that somebody must act."""
    path = folder / "systems" / "list-countries.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("alpha2: code", "alpha_2: code"), encoding="utf-8")

    done = hub("sync", "--all", "--json")

    outcomes = {stream: row["outcome"] for stream, row in rows(done).items()}
    assert "done" == outcomes["list-ethnic-groups.listed_codes"]
    assert "done" != outcomes["list-countries.listed_codes"]
    assert done.exit_code in (70, 78)


def test_the_streams_of_a_system(hub: Hub) -> None:
    """By the name of the system alone."""
    done = hub("sync", "list-countries")

    assert 0 == done.exit_code, done.output
    assert "list-countries.listed_codes" in done.stdout


@pytest.mark.parametrize("words", [(), ("list-countries", "--all")])
def test_what_is_to_be_read_is_said_once(hub: Hub, words: tuple[str, ...]) -> None:
    """Neither nothing nor a stream beside everything."""
    assert 2 == hub("sync", *words).exit_code


SODA = """\
      - id: no-duplicates
        type: custom
        engine: soda
        implementation: {type: duplicate_percent, must_be_less_than: 1.0}
        description: Danh mục không được có dòng trùng.
"""


def test_nothing_is_read_under_a_contract_that_nothing_carries_out(hub: Hub, folder: Path) -> None:
    """A check of another tool loads; the sync names its line before the system is asked, and keeps no byte."""
    shipped = ROOT / "contracts" / "unit_sources" / "listed_codes.odcs.yaml"
    own = folder / "contracts" / "own_codes.odcs.yaml"
    own.parent.mkdir()
    text = shipped.read_text(encoding="utf-8").replace("listed_codes", "own_codes")
    own.write_text(f"{text.rstrip()}\n{SODA}", encoding="utf-8")
    path = folder / "systems" / "list-countries.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("listed_codes", "own_codes"), encoding="utf-8")

    done = hub("sync", "list-countries")
    listed = hub("contracts", "coverage", "own_codes", "--gaps", "--json")

    assert isinstance(done.exception, NoEngine)
    assert "engine `soda`" in str(done.exception)
    assert f"own_codes.odcs.yaml:{len(text.rstrip().splitlines()) + 1}: " in str(done.exception)
    assert [] == json.loads(hub("ledger", "--json").stdout)
    assert ["own_codes.no-duplicates"] == [each["clause"] for each in json.loads(listed.stdout)]
    assert 65 == listed.exception.exit_code  # type: ignore[union-attr]  # it is a HubError
