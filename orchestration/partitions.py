"""Partition keys `system|date`, and what a run reads.

A live run reads from the stream's position; its partition only names the day of the run. A backfill run reads the whole
day of its partition again, and does not move the position. The parameters of a run that is started by hand may ask for
something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from contracts.errors import Permanent

if TYPE_CHECKING:
    from connectors.interface import Window
    from hub.load.stream_state import Mode

SEPARATOR = "|"
DAY = "%Y-%m-%d"


class NoPartition(Permanent):
    """The key of a run is no `system|date`, or its parameters contradict each other."""


@dataclass(frozen=True)
class Partition:
    """One day of one system."""

    system: str
    day: date

    @property
    def key(self) -> str:
        """`one-stop-760|2022-06-02`."""
        return f"{self.system}{SEPARATOR}{self.day:{DAY}}"

    @classmethod
    def parse(cls, key: str) -> Partition:
        """The partition of a key. Raises NoPartition."""
        system, _, day = key.partition(SEPARATOR)
        try:
            return cls(system, datetime.strptime(day, DAY).date())
        except ValueError:
            raise NoPartition(
                f"Partition key {key!r} is not system{SEPARATOR}date", hint="write it like one-stop-760|2022-06-02"
            ) from None


def key_format(system: str) -> str:
    """The strftime pattern of a system's keys."""
    return f"{system.replace('%', '%%')}{SEPARATOR}{DAY}"


def partition_of(context: Mapping[str, Any], system: str, timezone: str) -> Partition:
    """The partition of a run: from its key, else from the parameter of that name, else from its day.

    `dag.test()` and a run started by hand have no key of their own.

    Raises:
        NoPartition: the key is malformed or belongs to another system.
    """
    key = context.get("partition_key") or (context.get("params") or {}).get("partition_key")
    if not key:
        moment: datetime = context.get("logical_date") or context["dag_run"].run_after
        return Partition(system, moment.astimezone(ZoneInfo(timezone)).date())
    partition = Partition.parse(key)
    if partition.system != system:
        raise NoPartition(
            f"Partition key {key} does not belong to {system}", hint=f"write {system}{SEPARATOR}{partition.day:{DAY}}"
        )
    return partition


def reading(context: Mapping[str, Any], partition: Partition, timezone: str) -> tuple[Window | None, Mode]:
    """What the run reads: (None, "live") | (None, "full") | (days, "window").

    Raises:
        NoPartition: parameters that contradict each other.
    """
    params = context.get("params") or {}
    first, last, full = params.get("from"), params.get("to"), bool(params.get("full"))
    if full and (first or last):
        raise NoPartition(
            "A run reads everything (full) or some days (from, to), not both", hint="leave out full, or from and to"
        )
    if full:
        return None, "full"
    if first or last:
        begin = date.fromisoformat(str(first or last))
        end = date.fromisoformat(str(last or first))
        if end < begin:
            raise NoPartition(f"No day lies between {begin} and {end}", hint="write the earlier day in from")
        return days(begin, end, timezone), "window"
    if context["dag_run"].run_type == "backfill":
        return days(partition.day, partition.day, timezone), "window"
    return None, "live"


def on_change_id(system: str) -> str:
    """Id of the DAG that runs when a system has news; the scheduled one bears the system's own id."""
    return f"{system}-on-change"


def request_of(dag: str, run_id: str) -> str:
    """The request of a run of a DAG, by which the hub knows it: the same in each try, unique to a run."""
    return f"airflow {dag} {run_id}"


def days(first: date, last: date, timezone: str) -> Window:
    """The window of whole local days, both inclusive."""
    from connectors.interface import Position, Window  # loads the frames library: inside a task only

    zone = ZoneInfo(timezone)
    end = datetime.combine(last + timedelta(days=1), time(), zone) - timedelta(microseconds=1)
    return Window(Position(datetime.combine(first, time(), zone)), end)
