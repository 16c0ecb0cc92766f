"""When a system is read. A backfill makes one run a day, whatever the schedule is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airflow.timetables.base import DagRunInfo
from airflow.timetables.trigger import CronPartitionTimetable

from orchestration.partitions import SEPARATOR


class DayPartitions(CronPartitionTimetable):
    """Runs by cron, partitions by day.

    Airflow's own timetable gives every run of the schedule a partition, so a backfill of one day of a half-hourly
    stream would read that day 48 times. Here all runs of a day share the day's partition (its date is the local
    midnight), and a backfill makes one run a day.
    """

    def _get_partition_date(self, *, run_date: Any) -> Any:
        return run_date.in_timezone(self._timezone).start_of("day").in_timezone("UTC")

    def iter_partition_dagrun_infos(self, *, earliest: Any, latest: Any) -> Iterator[DagRunInfo]:
        """One run for each day whose midnight lies in [earliest, latest]."""
        day = self.localize_partition_datetime(earliest).in_timezone(self._timezone)
        if day != day.start_of("day"):
            day = day.start_of("day").add(days=1)
        last = self.localize_partition_datetime(latest)
        while day <= last:
            moment = day.in_timezone("UTC")
            yield DagRunInfo(
                run_after=moment, data_interval=None, partition_date=moment, partition_key=self._format_key(moment)
            )
            day = day.add(days=1)

    def generate_run_id(self, *, run_type: Any, run_after: Any, data_interval: Any, **extra: Any) -> str:
        """The run's id, with `~` in place of our separator: Airflow puts the key into the id, whose pattern forbids the
        separator (`[scheduler] allowed_run_id_pattern`).
        """
        if key := extra.get("partition_key"):
            extra["partition_key"] = key.replace(SEPARATOR, "~")
        return super().generate_run_id(run_type=run_type, run_after=run_after, data_interval=data_interval, **extra)
