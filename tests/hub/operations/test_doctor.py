"""`hub doctor` stays true: each batch is counted again with what it was judged with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.model import Effect, Rule
from hub.app import Hub, open_hub
from hub.core import events
from hub.core.settings import ROOT, read_settings
from hub.operations.doctor import Diagnosis, PastJudges, examine

LIST = """ward_code,ward_name,ward_name_other_source,ward_type,province_code,valid_from
26977,Phường Tân Sơn Hoà,Phường Tân Sơn Hòa,Phường,79,2025-07-01
26737,Phường Tân Định,Phường Tân Định,Phường,79,2025-07-01
2673,Phường Đa Kao,,Phường,79,2025-07-01
"""
STREAM = "list-units-city.listed_units"


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    """A deployment of the test's own, which it changes later."""
    shutil.copytree(ROOT / "deployments" / "hcmc", tmp_path / "deployment")
    return tmp_path / "deployment"


@pytest.fixture
def opened(pg_url: str, tmp_path: Path, deployment: Path) -> Callable[[], AbstractContextManager[Hub]]:
    """A hub over it, with one stream read; opened anew as often as a test likes."""
    lists = tmp_path / "lists" / "admin_units"
    lists.mkdir(parents=True)
    (lists / "hcmc_wards_2025.csv").write_text(LIST, encoding="utf-8")
    settings = read_settings(home=tmp_path / "home", database_url=pg_url, data=lists.parent, deployment=deployment)
    with open_hub(settings) as hub:
        hub.exchange(STREAM, on_event=events.ignore).sync()
    return lambda: open_hub(settings)


def recount(hub: Hub) -> Diagnosis:
    return list(examine(hub))[-1]


def test_a_sound_hub_is_green(opened) -> None:  # type: ignore[no-untyped-def]
    """Three records, one of them quarantined, come out again."""
    with opened() as hub:
        found = list(examine(hub))

    assert [] == [each for each in found if not each.ok]
    assert "3 records of 1 batches counted again" in found[-1].detail


def test_what_is_changed_later_does_not_change_what_was_judged(opened, deployment: Path) -> None:  # type: ignore[no-untyped-def]
    """A reading option that was changed afterwards made the check red for ever."""
    system = deployment / "data" / "list-units-city.yaml"
    text = system.read_text(encoding="utf-8")
    text = text.replace("ward_code: code", "ward_code: parent_code").replace(
        "province_code: parent_code", "province_code: code"
    )
    system.write_text(text, encoding="utf-8")

    with opened() as hub:
        assert recount(hub).ok, recount(hub).detail


def test_a_code_appended_to_a_list_later_judges_nothing_of_before(opened, deployment: Path) -> None:  # type: ignore[no-untyped-def]
    """One code more made hub doctor red for ever."""
    countries = deployment / "reference" / "countries.csv"
    head, row, *_ = countries.read_text(encoding="utf-8").splitlines()
    code = row.split(",")[head.split(",").index("alpha_2")]
    with countries.open("a", encoding="utf-8") as file:
        file.write(row.replace(code, "XX") + "\n")

    with opened() as hub, hub.engine.connect() as connection, ExitStack() as stack:
        kept = connection.scalar(sa.text("select basis from hub.batch"))
        judge = PastJudges(hub, connection, stack).of(STREAM, kept)

        assert {"XX"} == hub.lists["countries"] - judge.lists["countries"]


def test_a_newer_contract_counts_its_own_batches_only(opened) -> None:  # type: ignore[no-untyped-def]
    """Its rules judge what comes; what came was judged by the rules of then."""
    with opened() as hub:
        contract = hub.contracts["listed_units"]
        [dataset] = contract.datasets
        field = dataset.fields[0].name
        nothing = Rule(f"{field}.nothing", "pattern", (field,), "Không có.", Effect.QUARANTINE, {"pattern": "x"})
        newer = replace(contract, version="9.0.0", datasets=(replace(dataset, rules=(*dataset.rules, nothing)),))
        later = replace(hub, contracts={**hub.contracts, "listed_units": newer})

        assert recount(later).ok, recount(later).detail


def test_what_was_judged_with_is_kept_once(opened) -> None:  # type: ignore[no-untyped-def]
    """Another reading under the same lists, options and contract names the same basis."""
    with opened() as hub:
        hub.exchange(STREAM, on_event=events.ignore).sync(mode="full")
        with hub.engine.connect() as connection:
            kept = connection.execute(
                sa.text("select count(*), count(distinct b.basis) from hub.batch b join hub.basis k on k.id = b.basis")
            ).one()

    assert (2, 1) == tuple(kept)


def test_a_false_ledger_is_still_found(opened) -> None:  # type: ignore[no-untyped-def]
    """The recount is no ornament: a term that somebody rewrote is named."""
    with opened() as hub:
        with hub.engine.begin() as connection:
            connection.execute(sa.text("update hub.ledger set accepted = accepted + 1, quarantined = quarantined - 1"))
        found = recount(hub)

    assert not found.ok
    assert "landing gives" in found.detail


def test_a_basis_that_was_altered_is_named(opened) -> None:  # type: ignore[no-untyped-def]
    """Without it the batch cannot be counted again, and nobody may think that it was."""
    with opened() as hub:
        with hub.engine.connect() as connection:
            digest = connection.scalar(sa.text("select deployment from hub.basis"))
        (hub.landing.folder / digest[:2] / f"{digest}.page").unlink()
        found = recount(hub)

    assert not found.ok
    assert "missing" in found.detail
