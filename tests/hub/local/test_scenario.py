"""On what clock a deployment runs, and which folder has its state."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from hub.core.deployment import Deployment, load_deployment
from hub.core.settings import ROOT, read_settings
from hub.core.state_files import StateBroken
from hub.local.scenario import Scenario, open_scenario, with_its_clock

HCMC = ROOT / "deployments" / "hcmc"
JUNE = datetime.fromisoformat("2022-06-02T08:00:00+07:00")


def started(home: Path, **given: object) -> Scenario:
    settings = read_settings(home=home, **given)
    return open_scenario(settings, load_deployment(HCMC, as_of=settings.as_of))


def test_a_deployment_without_as_of_runs_on_the_real_day(tmp_path: Path) -> None:
    """There was no way to run on real time: the clock was as_of plus what had passed since the first start."""
    (tmp_path / "city").mkdir()
    text = (HCMC / "deployment.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("as_of:")]
    (tmp_path / "city" / "deployment.yaml").write_text("\n".join(lines), encoding="utf-8")
    deployment = load_deployment(tmp_path / "city")

    scenario = open_scenario(read_settings(home=tmp_path / "var", records=5000, seed=7), deployment)
    before, shown, after = datetime.now(UTC), scenario.now(), datetime.now(UTC)

    assert deployment.as_of is None
    assert before <= shown <= after
    assert "hcmc" == scenario.folder.name
    assert scenario.banner(deployment) is None


def test_now_brings_a_scenario_s_deployment_to_the_real_day(tmp_path: Path) -> None:
    """The shipped folder is a scenario; whoever wants today asks for it."""
    scenario = started(tmp_path, as_of="now")

    assert scenario.as_of is None
    assert "hcmc" == scenario.folder.name


def test_a_scenario_says_on_every_screen_that_it_is_one(tmp_path: Path) -> None:
    """A figure of June 2022 must not be taken for one of today."""
    scenario = started(tmp_path)

    assert "SCENARIO: the clock started at 2022-06-02 08:00 and shows 2022-06-02." in str(
        scenario.banner(load_deployment(HCMC))
    )


def test_the_folder_of_a_scenario_bears_its_city_and_no_day(tmp_path: Path) -> None:
    """A new day was a new, empty state."""
    assert "hcmc-5000-30-seed7" == started(tmp_path, records=5000, dossiers=30, seed=7).folder.name


def test_a_folder_of_an_earlier_release_is_found(tmp_path: Path) -> None:
    """It was named by its day; whoever upgrades must not begin with nothing."""
    older = tmp_path / "hcmc-5000-30-seed7-20220602"
    older.mkdir()
    clock = {"as_of": JUNE.isoformat(), "started": (datetime.now(UTC) - timedelta(days=40)).isoformat()}
    (older / "clock.json").write_text(json.dumps(clock), encoding="utf-8")

    found = started(tmp_path, records=5000, dossiers=30, seed=7)

    assert older == found.folder
    assert JUNE + timedelta(days=40) <= found.now()


def test_the_real_day_does_not_begin_empty_beside_an_older_state(tmp_path: Path) -> None:
    """The error names the folder and the command; following it goes on with the state."""
    older = tmp_path / "hcmc-200000-2000-seed1-20261101"
    older.mkdir()
    (older / "clock.json").write_text(
        json.dumps({"as_of": "2026-11-01T08:00:00+07:00", "started": "2026-11-01T01:00:00+00:00"}), encoding="utf-8"
    )
    (older / "keys.json").write_text("{}", encoding="utf-8")

    with pytest.raises(StateBroken, match=rf"state of an earlier release does: {older.name}") as refused:
        started(tmp_path, as_of="now")

    moved = re.search(r"mv (\S+) (\S+);", str(refused.value))
    assert moved is not None
    Path(moved[1]).rename(moved[2])
    Path(moved[2], "clock.json").unlink()
    assert (started(tmp_path, as_of="now").folder / "keys.json").exists()


@pytest.mark.parametrize(
    ("first", "then", "says"),
    [
        (JUNE, "now", r"is a scenario of 2022-06-02.*name the real day"),
        ("now", JUNE, r"runs on the real day"),
        (JUNE, JUNE + timedelta(days=1), r"is a scenario of 2022-06-02.*name 2022-06-03"),
    ],
)
def test_a_state_keeps_the_clock_it_began_with(tmp_path: Path, first: object, then: object, says: str) -> None:
    """A demonstration's rows would become a city's, or the city's clock would be set back by four years."""
    started(tmp_path, as_of=first, scenario="mine")

    with pytest.raises(StateBroken, match=says):
        started(tmp_path, as_of=then, scenario="mine")


def test_a_moment_without_a_zone_is_refused(tmp_path: Path) -> None:
    """It would be another day on another machine."""
    with pytest.raises(DeploymentInvalid, match="HUB_AS_OF"):
        read_settings(home=tmp_path, as_of="2026-01-01T08:00:00")


def test_airflow_s_parser_goes_by_the_scenario_s_clock_and_makes_no_folder(tmp_path: Path) -> None:
    """A DAG of a system that ended in the scenario would be scheduled for ever."""
    settings, deployment = read_settings(home=tmp_path / "var"), load_deployment(HCMC)

    assert JUNE == with_its_clock(settings, deployment).clock()
    assert not (tmp_path / "var").exists()
    scenario = started(tmp_path / "var")
    past = replace(scenario, started=scenario.started - timedelta(days=1200))
    (scenario.folder / "clock.json").write_text(
        json.dumps({"as_of": JUNE.isoformat(), "started": past.started.isoformat()}), encoding="utf-8"
    )

    def read(now: Deployment) -> int:
        return sum(system.startswith("one-stop-") for system in now.systems)

    assert [22, 0] == [read(deployment), read(with_its_clock(settings, deployment))]
