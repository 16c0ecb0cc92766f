"""Keys `system|date`, and what a run of a partition reads."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest

from orchestration.partitions import NoPartition, Partition, days, key_format, partition_of, reading
from orchestration.timetables import DayPartitions

ZONE = "Asia/Ho_Chi_Minh"
SYSTEM = "one-stop-760"
DAY = Partition(SYSTEM, date(2022, 6, 2))


def context_of(run_type: str = "manual", **given: Any) -> dict[str, Any]:
    run = SimpleNamespace(run_type=run_type, run_after=datetime(2022, 6, 1, 20, 0, tzinfo=UTC))
    return {"dag_run": run, "params": given.pop("params", {}), **given}


def test_a_key_names_system_and_day() -> None:
    """A key is written and read back the same."""
    assert DAY.key == "one-stop-760|2022-06-02"
    assert Partition.parse(DAY.key) == DAY


@pytest.mark.parametrize(
    "key", ["", "one-stop-760", "one-stop-760|", "one-stop-760|2022-13-01", "one-stop-760|02/06/2022"]
)
def test_a_malformed_key_is_refused(key: str) -> None:
    """Half a key is an error that says how to write one."""
    with pytest.raises(NoPartition, match="2022-06-02"):
        Partition.parse(key)


def test_the_runs_own_key_comes_first() -> None:
    """The key that Airflow gives wins over the parameter, and that over the dates."""
    params = {"partition_key": "one-stop-760|2022-05-01"}
    moment = datetime(2022, 4, 1, tzinfo=UTC)

    assert partition_of(context_of(partition_key=DAY.key, params=params, logical_date=moment), SYSTEM, ZONE) == DAY
    assert partition_of(context_of(partition_key=None, params=params, logical_date=moment), SYSTEM, ZONE).day == date(
        2022, 5, 1
    )
    assert partition_of(context_of(logical_date=moment), SYSTEM, ZONE).day == date(2022, 4, 1)


def test_without_any_date_the_run_stands_for_its_local_day() -> None:
    """20:00 UTC is already the next day in Vietnam."""
    assert partition_of(context_of(logical_date=None), SYSTEM, ZONE) == DAY


def test_a_key_of_another_system_is_refused() -> None:
    """A key pasted into the wrong DAG reads nothing."""
    with pytest.raises(NoPartition, match="does not belong to one-stop-761"):
        partition_of(context_of(partition_key=DAY.key), "one-stop-761", ZONE)


def test_a_live_run_reads_on_from_the_position() -> None:
    """Scheduled and hand-started runs have no window: the stream's position says where to begin."""
    assert reading(context_of("scheduled"), DAY, ZONE) == (None, "live")
    assert reading(context_of("manual"), DAY, ZONE) == (None, "live")


def test_a_backfill_reads_its_day_again() -> None:
    """From the local midnight to the last moment before the next, and the position stays."""
    window, mode = reading(context_of("backfill"), DAY, ZONE)

    assert mode == "window"
    assert window == days(DAY.day, DAY.day, ZONE)
    assert window.since.changed_at == datetime(2022, 6, 1, 17, tzinfo=UTC)
    assert window.until == datetime(2022, 6, 2, 16, 59, 59, 999999, tzinfo=UTC)


def test_parameters_ask_for_another_reading() -> None:
    """Days by hand, one day by one end, or everything."""
    assert reading(context_of(params={"from": "2022-05-01", "to": "2022-05-03"}), DAY, ZONE) == (
        days(date(2022, 5, 1), date(2022, 5, 3), ZONE),
        "window",
    )
    assert reading(context_of(params={"to": "2022-05-03"}), DAY, ZONE) == (
        days(date(2022, 5, 3), date(2022, 5, 3), ZONE),
        "window",
    )
    assert reading(context_of(params={"full": True}), DAY, ZONE) == (None, "full")


@pytest.mark.parametrize("params", [{"full": True, "from": "2022-05-01"}, {"from": "2022-05-03", "to": "2022-05-01"}])
def test_contradicting_parameters_are_refused(params: dict[str, Any]) -> None:
    """Nothing is guessed."""
    with pytest.raises(NoPartition):
        reading(context_of(params=params), DAY, ZONE)


def timetable(cron: str = "*/30 * * * *") -> DayPartitions:
    return DayPartitions(cron, timezone=ZONE, key_format=key_format(SYSTEM))


def test_all_ticks_of_a_day_share_its_partition() -> None:
    """The run at 23:30 belongs to its own day, and the partition's date is the local midnight, as for a key given by hand."""
    tick = pendulum.datetime(2022, 6, 2, 23, 30, tz=ZONE).in_timezone("UTC")
    moment, key = timetable()._get_partition_info(tick)

    assert key == DAY.key
    assert moment == pendulum.datetime(2022, 6, 2, tz=ZONE) == timetable().resolve_partition_date(DAY.key)


@pytest.mark.parametrize("cron", ["*/30 * * * *", "15 * * * *", "0 2 * * 1"])
def test_a_backfill_makes_one_run_a_day(cron: str) -> None:
    """Whatever the schedule: three days are three runs, each with its own key."""
    runs = list(
        timetable(cron).iter_partition_dagrun_infos(
            earliest=pendulum.datetime(2022, 5, 30, tz=ZONE), latest=pendulum.datetime(2022, 6, 1, tz=ZONE)
        )
    )

    assert [r.partition_key for r in runs] == [
        "one-stop-760|2022-05-30",
        "one-stop-760|2022-05-31",
        "one-stop-760|2022-06-01",
    ]
    assert [r.run_after for r in runs] == [r.partition_date for r in runs]


def test_the_id_of_a_run_is_one_that_airflow_takes() -> None:
    """Airflow refuses a run whose id holds the separator of our keys: scheduled runs and backfills would both stop."""
    from airflow.configuration import conf
    from airflow.utils.types import DagRunType

    run_after = pendulum.datetime(2022, 6, 1, 17)
    made = timetable().generate_run_id(
        run_type=DagRunType.SCHEDULED, run_after=run_after, data_interval=None, partition_key=DAY.key
    )

    assert re.fullmatch(conf.get_mandatory_value("scheduler", "allowed_run_id_pattern"), made)
    assert "one-stop-760~2022-06-02" in made
