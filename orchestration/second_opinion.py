"""The DAG of the second opinion, and its task: once a day the declared suite judges what each stream merged.

No sync waits for it: it has tasks of its own, one at a time, because each holds Great Expectations in memory. A stream
that merged nothing since its engines last agreed costs no import.
"""

from __future__ import annotations

from typing import Any, TypedDict, cast

from airflow.sdk import DAG, get_current_context, task

from orchestration.apart import dag_apart
from orchestration.dag_factory import deployment
from orchestration.tasks import LABEL

DAG_ID = "second-opinion"
SCHEDULE = "45 2 * * *"
"""When offices are closed and the nightly readings have begun: what they merge meanwhile is judged the next day."""


class OpinionCounts(TypedDict):
    """What a task returns: counts, never a record."""

    stream: str
    merged: int
    accepted: int
    staged_again: int


def second_opinion_dag() -> DAG:
    """The DAG, without its task yet: `with second_opinion_dag(): ...`."""
    return dag_apart(
        DAG_ID,
        title="Ý kiến thứ hai về chất lượng",
        about="The declared suite judges what every stream merged since both engines last agreed",
        page=duty_page(),
        schedule=SCHEDULE,
        owner=deployment().title,
        tag=DAG_ID,
    )


@task(map_index_template=LABEL, max_active_tis_per_dag=1)
def second_opinion(stream: str) -> OpinionCounts:
    """Judge what the stream merged; fails at once where the engines differ, and the stream is stopped then."""
    context = cast("dict[str, Any]", get_current_context())
    context["stream"] = stream
    from hub.app import open_hub
    from hub.operations.opinions import give

    with open_hub() as hub:
        given = give(hub, stream)
    return {
        "stream": given.stream,
        "merged": given.merged,
        "accepted": given.accepted,
        "staged_again": given.staged_again,
    }


def all_streams() -> list[str]:
    """Ids of all streams of the deployment."""
    return list(deployment().streams)


def duty_page() -> str:
    """The page beside the DAG for the person on duty."""
    return f"""### Second opinion

**What is judged.** For each stream, what was merged since both rule engines last agreed. The declared suite (Great
Expectations) looks at the accepted rows, of which none may break a rule that rejects. A sample of the batches is staged
again from its landed bytes, faulty records too, and both engines count. Nothing is read from a system.

**When.** `{SCHEDULE}` ({deployment().timezone}). One stream at a time; no reading waits for it.

**When it fails.**

* *failed at once, EnginesDisagree*: the engines count differently, so one of them is wrong: a defect of the hub, not of
  the source. The stream is stopped. The last line of the log names the rule and the batches; decisions that rest on
  their records are *confirm* until it ends. `hub second-opinion list` shows all stopped streams; Data Docs are in
  `data-docs/<stream>/second-opinion/`. Call the hub's developers.
* *up for retry*: the database was away, or somebody asks about the same stream. Wait.

**When it is repaired.** Clear the task, or `hub second-opinion run STREAM`: if both engines agree, the stream goes on by
itself. A person may end it by name: `hub second-opinion settle STREAM --because ...`.
"""
