"""One DAG a system: schedule, owner, pool, retries and the page for the person on duty.

Read each time Airflow parses the DAGs, so it stays light: the deployment's YAML, no frames, no database.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum

from airflow.sdk import DAG, Param, get_parsing_context

from hub.core.deployment import Deployment, SystemEntry, load_deployment
from hub.core.settings import read_settings
from orchestration.partitions import key_format
from orchestration.retries import DELAY, RETRIES, ErrorTreePolicy
from orchestration.timetables import DayPartitions

LONGEST_TASK = timedelta(hours=6)
"""A task that takes longer hangs, and would keep its system's next run waiting for ever."""


class Tag(StrEnum):
    """All tags there are; filters keep working because nobody invents others."""

    SYNC = "sync"
    ONE_STREAM = "one-stream"
    SEVERAL_STREAMS = "several-streams"


@functools.cache
def deployment() -> Deployment:
    """The deployment of this environment. Raises DeploymentInvalid, which the UI shows as an import error."""
    settings = read_settings()
    return load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None)


def streams_of(system: SystemEntry) -> list[str]:
    """Ids of the streams that are read from a system."""
    return [stream.id for stream in deployment().streams.values() if stream.system.id == system.id]


def single_stream_systems() -> Iterator[SystemEntry]:
    """The systems that are read as one stream, in order."""
    return (s for s in _wanted() if len(s.contracts) == 1)


def several_stream_systems() -> Iterator[SystemEntry]:
    """The systems that are read as several streams, in order."""
    return (s for s in _wanted() if len(s.contracts) > 1)


def _wanted() -> Iterator[SystemEntry]:
    # A task process needs its own DAG only.
    only = get_parsing_context().dag_id
    return (s for s in deployment().systems.values() if only is None or s.id == only)


def dag_of(system: SystemEntry) -> DAG:
    """The DAG of a system, still without tasks: `with dag_of(system): ...`."""
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
        default_args={
            "owner": system.owner,
            "pool": system.pool,
            "retries": RETRIES,
            "retry_delay": DELAY,
            "retry_policy": ErrorTreePolicy(),
            "execution_timeout": LONGEST_TASK,
        },
    )


def _params() -> dict[str, Param]:
    """What whoever starts a run by hand may ask for; nothing of it means: read on."""
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
    """What the person on duty reads beside the DAG: what moves, when, what to do, whom to call."""
    here = deployment()
    names = "\n".join(f"* `{name}`" for name in streams_of(system))
    return f"""### {system.title}

**What moves.** The records of
{names}

**From whom, to whom.** {system.title} (`{system.id}`, dialect `{system.dialect}`) -> the warehouse of {here.title}.

**When.** `{system.schedule}` ({here.timezone}). Each run reads on from the stream's position, {_span(system)} of overlap included;
a run that finds nothing new is a good run. Its partition is `{system.id}|date`.

**When it fails.** Nothing half-done is visible. What was merged before stays, batch by batch; the next try goes on behind it.

* *up for retry*: the system was away, slow or busy. Wait; look only after {RETRIES} tries. Then `hub systems check {system.id}`.
* *failed at once*: somebody must act; the last line of the task's log says what and how. A wrong login or a changed reply is a call to the
  contact below. A held batch (`hub ledger`): the quality gate stopped it, read the Data Docs, then decide with the owner.
* *overtaken (Fenced)*: another run of this stream went first. Nothing to do.

**Make it try again.** Clear the task `sync`: it goes on where it stopped. A task that had come to its end reads its days again.

**Read some days again.** Trigger with `from` and `to`, or make a backfill: one run a day. **Pause**: the switch above; other systems go on.

**Whom to call.** {system.owner}{f" · {system.contact}" if system.contact else ""}
"""


def _span(system: SystemEntry) -> str:
    minutes = int(system.overlap.total_seconds() // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
