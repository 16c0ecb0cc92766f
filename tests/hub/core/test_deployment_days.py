"""A deployment on its day: the districts of 2022, the city of 2026, and lists whose rows have days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from hub.core.deployment import load_deployment
from hub.core.errors import NotFound
from quality.rows import judge

from .spoilt import HCMC, spoil

REFORMED = datetime.fromisoformat("2026-01-01T08:00:00+07:00")


def test_the_city_of_2022_knows_its_codes_and_no_later_ones() -> None:
    """22 districts, 312 communes, the city, and the two codes that ended with 2020: a book may still name them."""
    units = load_deployment(HCMC).code_lists()["units"]

    assert 22 + 312 + 1 + 2 == len(units)
    assert {"760", "26734", "762", "763"} <= units
    assert not {"26732", "718", "74"} & units


def test_the_city_of_2026_has_no_districts_to_read() -> None:
    """The registry and its books are left; no system of the 168 communes is invented; codes of before stay known."""
    deployment = load_deployment(HCMC, frozenset(load_contracts()), REFORMED)

    assert ["book-files", "digitised-store", "moj-registry"] == list(deployment.read)
    assert date(2026, 1, 1) == deployment.today
    units = deployment.code_lists()["units"]
    assert {"760", "762", "26734", "26732", "26898"} <= units
    assert load_deployment(HCMC).code_lists()["units"] < units


def test_the_last_day_of_the_districts_is_a_local_day() -> None:
    """A day ends in the city seven hours before it ends in UTC. The districts' last is 2025-06-30, and they are read for a week longer."""
    count = [
        sum(s.startswith("one-stop-") for s in load_deployment(HCMC, as_of=datetime.fromisoformat(moment)).systems)
        for moment in ("2025-07-07T23:59:00+07:00", "2025-07-07T16:59:00+00:00", "2025-07-07T17:00:00+00:00")
    ]
    assert [22, 22, 0] == count


def test_a_day_that_is_none_is_reported_with_its_line(folder: Path) -> None:
    """A system's last day is a day."""
    spoil(folder, "valid_to: 2025-06-30", "valid_to: soon")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:13: valid_to 'soon' is no day"):
        load_deployment(folder)


def test_an_as_of_without_a_zone_is_refused() -> None:
    """A naive moment would mean another day on another machine."""
    with pytest.raises(DeploymentInvalid, match="no time zone"):
        load_deployment(HCMC, as_of=datetime(2026, 1, 1, 8))


def test_a_dated_list_needs_its_days(folder: Path) -> None:
    """`dated: true` over a file without valid_from would let every row pass."""
    (folder / "reference").mkdir()
    (folder / "reference" / "units.csv").write_text("code\n760\n", encoding="utf-8")

    with pytest.raises(DeploymentInvalid, match=r"units\.csv:1: no column valid_from"):
        load_deployment(folder).code_lists()


def test_a_registration_after_its_office_ended_is_a_finding() -> None:
    """District 1 registered until 2025-06-30. A book of 1990 is older than the list: unknown, and no finding."""
    birth = load_contracts()["birth"].datasets[0]
    lists = load_deployment(HCMC, as_of=REFORMED).code_lists()
    rule = next(r for r in birth.rules if r.id == "birth.office-of-its-day")
    only = replace(birth, rules=(rule,))
    registered = [
        ("760", "30.06.2025"),
        ("760", "01.07.2025"),
        ("760", "1990"),
        ("762", "05.05.2021"),
        ("26737", "01.07.2025"),
        ("27136", "02.01.2025"),
    ]
    frame = pl.DataFrame(
        {f.name: [None] * len(registered) for f in birth.fields},
        schema=dict.fromkeys((f.name for f in birth.fields), pl.String),
    )
    frame = frame.with_columns(
        noiDangKy=pl.Series([code for code, _ in registered]), ngayDangKy=pl.Series([day for _, day in registered])
    )

    judged = judge(only, frame, lists).frame

    assert [None, rule.id, None, rule.id, None, rule.id] == judged["_findings"].to_list()
    assert judged["_broken"].is_null().all()


class Clock:
    """A clock that a test moves."""

    def __init__(self, at: str) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return datetime.fromisoformat(self.at)


def test_one_deployment_goes_over_the_night_of_the_reform() -> None:
    """Today never moved: a unit of tomorrow stayed unknown, and a system that had ended was read, until a restart.

    What the districts entered on their last day is read after it; a week later their streams end.
    """
    clock = Clock("2025-06-30T23:59:59+07:00")
    deployment = replace(load_deployment(HCMC), clock=clock)
    before = (set(deployment.streams), deployment.code_lists()["units"])

    clock.at = "2025-07-01T00:00:00+07:00"

    assert {"one-stop-760.dossier", "moj-registry.birth"} <= before[0]
    assert "26732" not in before[1]
    assert {"one-stop-760.dossier", "moj-registry.birth"} <= set(deployment.streams)
    assert "26732" in deployment.code_lists()["units"]

    clock.at = "2025-07-08T00:00:00+07:00"

    assert "moj-registry.birth" in deployment.streams
    assert "one-stop-760.dossier" not in deployment.streams
    with pytest.raises(NotFound, match=r"System one-stop-760 is not read on 2025-07-08: its file says to 2025-07-07"):
        deployment.stream("one-stop-760")


def test_what_a_batch_is_judged_with_is_the_same_while_no_list_changes() -> None:
    """A day on which nothing begins or ends is no other basis."""
    clock = Clock("2022-06-02T08:00:00+07:00")
    deployment = replace(load_deployment(HCMC), clock=clock)
    days = []
    for at in (
        "2022-06-02T08:00:00+07:00",
        "2022-06-09T23:00:00+07:00",
        "2025-07-01T00:30:00+07:00",
        "2025-07-09T00:30:00+07:00",
    ):
        clock.at = at
        days.append(deployment.unchanged_since().date())

    assert days[0] == days[1]
    assert [date(2025, 7, 1), date(2025, 7, 8)] == days[2:]
