"""`hub contracts rehearse`: a changed contract on landed bytes, and the feeds and grants that it touches."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from typer.testing import CliRunner

from contracts.changes.compare import compare
from contracts.load import load_contracts
from hub.access.grants.load import read_grants
from hub.cli import app
from hub.core.errors import NotFound
from hub.core.settings import ROOT
from hub.feeds.declared import read_feeds
from hub.operations.rehearsal.effects import touched
from hub.operations.rehearsal.landed import Rehearsal, RehearsedDataset
from quality.errors import NoEngine

HCMC = ROOT / "deployments" / "hcmc"
SHIPPED = ROOT / "contracts" / "unit_sources" / "listed_codes.odcs.yaml"
CODES = "'[A-Z]{2}|[0-9]{2}'"
ETHNIC = "code,name,other_names,is_nfc_at_source\n01,Kinh,Việt,true\n02,Tày,Thổ,true\n03,Thái,Tày,true\nX,Lạ,,true\n"


@pytest.fixture
def hub(pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command line on a deployment that has read one list: three good codes and a bad one."""
    folder, lists = tmp_path / "one-list", tmp_path / "lists"
    (folder / "systems").mkdir(parents=True)
    lists.mkdir()
    shutil.copy(HCMC / "deployment.yaml", folder)
    shutil.copytree(HCMC / "reference", folder / "reference")
    text = (HCMC / "data" / "list-ethnic-groups.yaml").read_text(encoding="utf-8")
    text = text.replace('"{data}/code_lists"', f'"{lists.as_uri()}"')
    (folder / "systems" / "list-ethnic-groups.yaml").write_text(text, encoding="utf-8")
    (lists / "vn_ethnic_groups.csv").write_text(ETHNIC, encoding="utf-8")
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"list-ethnic-groups": {}}), encoding="utf-8")
    secrets.chmod(0o600)
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    monkeypatch.setenv("HUB_DEPLOYMENT", str(folder))
    monkeypatch.setenv("HUB_SECRETS_FILE", str(secrets))
    runner = CliRunner()
    read = runner.invoke(app, ["sync", "list-ethnic-groups"])
    assert 0 == read.exit_code, read.output
    return lambda *words: runner.invoke(app, ["contracts", "rehearse", *words])


def changed(tmp_path: Path, old: str, new: str) -> str:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "listed_codes.odcs.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return str(path)


def test_newly_rejected_records_are_counted_by_rule(hub: Callable[..., Result], tmp_path: Path, pg_url: str) -> None:
    """A stricter pattern: two of the three good codes would become cases; the bad one is bad under both. Nothing is written."""
    engine = sa.create_engine(pg_url)
    tables = "hub.batch", "hub.run", 'hub."case"', "hub.landing", "warehouse.listed_codes"

    def rows() -> list[int]:
        with engine.connect() as connection:
            return [connection.scalar(sa.text(f"select count(*) from {each}")) or 0 for each in tables]

    before = rows()
    done = hub(changed(tmp_path, CODES, "'[A-Z]{2}|01'"), "--days", "3650", "--json")

    assert 0 == done.exit_code, done.output
    said = json.loads(done.stdout)
    [stream] = said["streams"]
    assert (4, 1, 3, 0) == tuple(
        stream[name] for name in ("records", "rejected today", "rejected then", "newly accepted")
    )
    assert [("code.pattern", 2)] == [(each["rule"], each["newly rejected"]) for each in said["rules"]]
    assert before == rows()
    engine.dispose()


def test_what_would_come_in_is_counted_too(hub: Callable[..., Result], tmp_path: Path) -> None:
    """A wider pattern takes the bad code; nothing is newly rejected."""
    said = json.loads(hub(changed(tmp_path, CODES, "'[A-Z]{1,2}|[0-9]{2}'"), "--days", "3650", "--json").stdout)

    assert (0, 1) == (said["streams"][0]["rejected then"], said["streams"][0]["newly accepted"])
    assert [] == said["rules"]


def test_a_batch_that_would_be_held_is_named(hub: Callable[..., Result], tmp_path: Path) -> None:
    """By its rule about the batch, with the number of groups of pages."""
    row_count = "        mustBeBetween: ["
    text = SHIPPED.read_text(encoding="utf-8")
    line = next(each for each in text.splitlines() if each.startswith(row_count))

    said = json.loads(hub(changed(tmp_path, line, f"{row_count}100, 20000]"), "--days", "3650", "--json").stdout)

    assert ["listed_codes.row-count: 1 groups"] == said["streams"][0]["held for"]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("name: listed_codes\nversion", "name: unheard_of\nversion", NotFound),
        ("        metric: rowCount", "        metric: duplicateValues", NoEngine),
    ],
)
def test_what_cannot_be_rehearsed_is_said(
    hub: Callable[..., Result], tmp_path: Path, old: str, new: str, error: type[Exception]
) -> None:
    """A contract that the hub does not know, and one that nothing carries out."""
    assert isinstance(hub(changed(tmp_path, old, new)).exception, error)


def test_feeds_and_grants_are_named_with_what_happens_to_them(tmp_path: Path) -> None:
    """A field of the feed of births is taken away, and three births would stay out: the feed and its grants say so."""
    contracts = load_contracts()
    birth = contracts["birth"]
    grants = read_grants(HCMC, contracts)
    feeds = read_feeds(HCMC, contracts, grants)
    mine = [feed for feed in feeds.values() if feed.contract.name == "birth"]
    column = mine[0].file.columns[1]
    [dataset] = [each for each in birth.datasets if each.name == mine[0].dataset.name]
    smaller = replace(dataset, fields=tuple(each for each in dataset.fields if each.name != column))
    new = replace(birth, version="2.0.0", datasets=tuple(smaller if d is dataset else d for d in birth.datasets))
    tried = RehearsedDataset(
        "moj.birth", dataset.name, 10, rules=Counter(), rejected_keys={(n,): ("x",) for n in range(3)}
    )

    uses = touched(new, compare(birth, new), Rehearsal(datetime(2026, 1, 1, tzinfo=UTC), 1, (tried,)), feeds, grants)

    assert {feed.id for feed in mine} == {each.id for each in uses if each.kind == "feed"}
    for each in uses:
        assert "3 records would stay out" in each.why
        assert (each.kind == "feed") == ("promised version" in each.why)
    assert any(f"{column}: the field is taken away" in each.why for each in uses if each.kind == "grant")
    assert {"grant", "feed"} == {each.kind for each in uses}


def test_an_unchanged_contract_touches_nothing() -> None:
    """Nothing is rejected otherwise, and no use is listed."""
    contracts = load_contracts()
    grants = read_grants(HCMC, contracts)
    tried = Rehearsal(datetime(2026, 1, 1, tzinfo=UTC), 1, (RehearsedDataset("moj.birth", "birth", 10),))

    assert [] == touched(contracts["birth"], [], tried, read_feeds(HCMC, contracts, grants), grants)
