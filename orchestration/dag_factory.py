"""The DAG of a system: schedule, owner, pool, retries and the page for the person on duty.

Airflow imports this module at each parse of the DAGs, so it reads the deployment's YAML only: no frames, no database.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum

from airflow.sdk import DAG, Param, get_parsing_context

from hub.core.deployment import Deployment, SystemEntry, load_deployment
from hub.core.settings import read_settings
from hub.local.scenario import with_its_clock
from orchestration.assets import outlet, source, warehouse
from orchestration.partitions import key_format, on_change_id
from orchestration.retries import DELAY, RETRIES, ErrorTreePolicy
from orchestration.timetables import DayPartitions

LONGEST_TASK = timedelta(hours=6)
"""A task that takes longer is taken to hang; without this limit the next run of its system would wait for ever."""


class Tag(StrEnum):
    """All tags of the DAGs, so that the filters of operators keep working."""

    SYNC = "sync"
    ONE_STREAM = "one-stream"
    SEVERAL_STREAMS = "several-streams"
    ON_CHANGE = "on-change"


@functools.cache
def deployment() -> Deployment:
    """The deployment of this environment. Raises DeploymentInvalid, which Airflow shows as an import error."""
    settings = read_settings()
    read = load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None)
    return with_its_clock(settings, read)


def streams_of(system: SystemEntry) -> list[str]:
    """Ids of the streams that are read from a system."""
    return [stream.id for stream in deployment().streams.values() if stream.system.id == system.id]


def single_stream_systems() -> Iterator[SystemEntry]:
    """The systems that are read as one stream, in order."""
    return (s for s in _wanted() if len(s.contracts) == 1)


def several_stream_systems() -> Iterator[SystemEntry]:
    """The systems that are read as several streams, in order."""
    return (s for s in _wanted() if len(s.contracts) > 1)


def watched_systems() -> Iterator[SystemEntry]:
    """The systems that are watched, in order."""
    only = get_parsing_context().dag_id
    systems = (s for s in deployment().read.values() if s.watch is not None)
    return (s for s in systems if only is None or on_change_id(s.id) == only)


def _wanted() -> Iterator[SystemEntry]:
    # A task process builds its own DAG only.
    only = get_parsing_context().dag_id
    return (s for s in deployment().systems.values() if only is None or s.id == only)


def dag_of(system: SystemEntry) -> DAG:
    """The DAG of a system, without tasks yet: `with dag_of(system): ...`."""
    here = deployment()
    tag = Tag.ONE_STREAM if len(system.contracts) == 1 else Tag.SEVERAL_STREAMS
    return DAG(
        dag_id=system.id,
        dag_display_name=system.title,
        description=f"{', '.join(system.contracts)}: {system.title} -> city warehouse",
        doc_md=duty_page(system),
        schedule=DayPartitions(system.schedule, timezone=here.timezone, key_format=key_format(system.id)),
        catchup=False,
        max_active_runs=1,
        tags=sorted(t.value for t in (Tag.SYNC, tag)),
        params=_params(),
        default_args=_default_args(system, system.id),
    )


def on_change_dag_of(system: SystemEntry) -> DAG:
    """The DAG that runs when a system's watcher has news, without tasks yet.

    It has no partitions: Airflow gives an event of a watcher no partition key, and a partitioned DAG gets no run of it.
    """
    return DAG(
        dag_id=on_change_id(system.id),
        dag_display_name=f"{system.title}: khi có thay đổi",
        description=f"{', '.join(system.contracts)}: {system.title} -> city warehouse, as soon as something changes",
        doc_md=on_change_page(system),
        schedule=[source(system)],
        catchup=False,
        max_active_runs=1,
        tags=[Tag.ON_CHANGE.value],
        default_args=_default_args(system, on_change_id(system.id)),
    )


def _default_args(system: SystemEntry, dag: str) -> dict[str, object]:
    return {
        "owner": system.owner,
        "pool": system.pool,
        "retries": RETRIES,
        "retry_delay": DELAY,
        "retry_policy": ErrorTreePolicy(),
        "execution_timeout": LONGEST_TASK,
        # A task compares with these rows before it adds to them; Airflow makes the assets of a parsed file.
        "inlets": [warehouse(contract) for contract in system.contracts],
        "outlets": [outlet(dag)],
    }


def _params() -> dict[str, Param]:
    """Parameters of a run that is started by hand. Without them it reads what is new."""
    text = ["null", "string"]
    return {
        "full": Param(False, type="boolean", title="Read everything again", description="Nothing is accepted twice."),
        "from": Param(None, type=text, format="date", title="First day to read again"),
        "to": Param(
            None,
            type=text,
            format="date",
            title="Last day to read again",
            description="Alone, or equal to the first: one day.",
        ),
        "partition_key": Param(
            None, type=text, title="Partition", description="Only where Airflow gives none of its own (dag.test)."
        ),
    }


def duty_page(system: SystemEntry) -> str:
    """The page beside the DAG for the person on duty: what it reads, when, what to do, whom to call."""
    here = deployment()
    names = "\n".join(f"* `{name}`" for name in streams_of(system))
    return f"""### {system.title}
{_clock()}
**What is read.** The records of
{names}

**From whom, to whom.** {system.title} (`{system.id}`, dialect `{system.dialect}`) -> the warehouse of {here.title}.

**When.** `{system.schedule}` ({here.timezone}). Each run reads from the stream's position, less an overlap of
{_span(system)}. A run that finds nothing new is a good run. Its partition is `{system.id}|date`.

**When it fails.** A batch is visible as a whole or not at all. Batches that were merged stay, and the next try goes on
behind them.

* *up for retry*: the system was unreachable, slow or busy. Wait for {RETRIES} tries. Then `hub systems check {system.id}`.
* *failed at once*: somebody must act. The last line of the task's log says what happened and what to do. After a wrong
  login or a changed reply, call the contact below. If a batch is held (`hub ledger`), the quality gate stopped it: read
  the Data Docs, then decide with the owner.
* *overtaken (Fenced)*: a newer run of this stream has taken over. There is nothing to do.

**Make it try again.** Clear the task `sync`: it goes on where it stopped. A task that had ended reads its days again.

**Read some days again.** Trigger with `from` and `to`, or make a backfill: one run a day. **Pause**: the switch above;
other systems go on.

**Whom to call.** {system.owner}{f" · {system.contact}" if system.contact else ""}
"""


def on_change_page(system: SystemEntry) -> str:
    """The page beside the DAG that runs on news, for the person on duty."""
    return f"""### {system.title}: when something changes
{_clock()}
**What it does.** A watcher on Airflow's triggerer asks the system every {system.watch} whether anything has changed. If so,
this DAG reads the streams that changed, from their positions. The DAG `{system.id}` reads the same by its schedule, as
the safety net; it also has the backfills and the readings by hand.

**When both come at once**, the second one ends without reading, and the watcher announces its news again.

**Is it watched?** `hub systems` shows the last question, the last news, and since when it fails or is unwatched.
**Pause** this DAG to stop the watching only.

**When it fails**: see the page of `{system.id}`.

**Whom to call.** {system.owner}{f" · {system.contact}" if system.contact else ""}
"""


def _clock() -> str:
    """What every page of a scenario says first."""
    as_of = deployment().as_of
    return f"\n**Scenario**: its clock started at {as_of:%Y-%m-%d %H:%M}; this is not the real day.\n" if as_of else ""


def _span(system: SystemEntry) -> str:
    minutes = int(system.overlap.total_seconds() // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
