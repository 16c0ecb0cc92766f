"""What `hub run` shows is the deployment's: the districts that its twins.yaml names, or its first ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.errors import DeploymentInvalid
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT
from hub.demonstration.shown import shown_districts
from hub.deployments.new import plan, write

HCMC = ROOT / "deployments" / "hcmc"
New = Callable[[str], Path]


def hub_of(folder: Path, as_of: datetime | None = None) -> Any:
    """What the function reads of a hub: its deployment."""
    return SimpleNamespace(deployment=load_deployment(folder, as_of=as_of))


@pytest.fixture
def new(tmp_path: Path) -> New:
    """A new deployment, with more lines in its twins.yaml."""

    def make(more: str) -> Path:
        folder = tmp_path / "binh-giang"
        write(plan("binh-giang", province="97", agency="H99"), folder, HCMC)
        with (folder / "twins.yaml").open("a", encoding="utf-8") as file:
            file.write(more)
        return folder

    return make


def test_the_districts_that_the_deployment_names() -> None:
    """Systems, and the agencies that serve their units."""
    found = shown_districts(hub_of(HCMC))

    assert found is not None
    assert ("one-stop-760", "one-stop-774", "one-stop-770") == (found.asked, found.asking, found.held)
    assert ("000.00.16.H29", "000.00.28.H29", "79") == (found.first.code, found.second.code, found.province)


def test_the_first_districts_of_a_deployment_that_names_none(new: New) -> None:
    """A new province shows its own two."""
    found = shown_districts(hub_of(new("")))

    assert found is not None
    assert ("one-stop-970", "one-stop-971", "one-stop-971") == (found.asked, found.asking, found.held)
    assert ("000.00.16.H99", "000.00.17.H99", "97") == (found.first.code, found.second.code, found.province)


def test_nothing_where_no_district_is_left() -> None:
    """The level ended: nothing is shown, and nothing fails."""
    assert shown_districts(hub_of(HCMC, datetime(2026, 1, 1, 1, tzinfo=UTC))) is None


def test_a_system_that_is_not_there_is_named_with_its_line(new: New) -> None:
    """A slip in twins.yaml is no silent skip."""
    folder = new("shown: {asked: one-stop-970, asking: one-stop-979, held: one-stop-970}\n")

    with pytest.raises(DeploymentInvalid, match=r"twins.yaml:\d+.*no system one-stop-979"):
        shown_districts(hub_of(folder))
