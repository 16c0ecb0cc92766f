"""The DAG of what goes on once a day, and its tasks: rules across registers, recalls, refused rows, retention, trends, indicators.

Each task goes on from what it knew, so a task that is cleared or that missed a night changes nothing but the date.
"""

from __future__ import annotations

from airflow.sdk import DAG, task

from orchestration.apart import dag_apart
from orchestration.dag_factory import deployment

DAG_ID = "daily"
SCHEDULE = "30 3 * * *"
"""After the second opinion has begun: a finding of the night is there before offices open."""


def daily_dag() -> DAG:
    """The DAG, without its tasks yet: `with daily_dag(): ...`."""
    return dag_apart(
        DAG_ID,
        title="Việc hằng ngày",
        about="Rules across registers, recalls of corrected records, trends and indicators go on from yesterday",
        page=duty_page(),
        schedule=SCHEDULE,
        owner=deployment().title,
        tag=DAG_ID,
    )


@task
def across_registers() -> dict[str, int]:
    """Judge what changed across registers. Returns counts, never a record."""
    from hub.app import open_hub
    from hub.operations import daily

    with open_hub() as hub:
        looks = daily.across(hub)
    return {"judged": sum(each.judged for each in looks), "new": sum(each.new for each in looks)}


@task
def recalls() -> dict[str, int]:
    """Open recalls of records that were corrected or ended since the last look, and settle what is known by now."""
    from hub.app import open_hub
    from hub.operations import daily

    with open_hub() as hub:
        found = daily.recall(hub)
    return {name: int(number) for name, number in vars(found).items()}


@task
def refused_rows() -> dict[str, int]:
    """Open and close the cases of rows that receivers of feeds refused. Returns counts."""
    from hub.app import open_hub
    from hub.operations import daily

    with open_hub() as hub:
        found = daily.refused_rows(hub)
    return {name: int(number) for name, number in vars(found).items()}


@task
def retention() -> dict[str, int]:
    """Delete the deliveries of feeds whose retention is over; each leaves its proof."""
    from hub.app import open_hub
    from hub.operations import daily

    with open_hub() as hub:
        return {"deleted": daily.retention(hub)}


@task
def trends() -> dict[str, int]:
    """Count the days of units and registers that are not kept yet."""
    from hub.app import open_hub
    from hub.operations import daily

    with open_hub() as hub:
        return {"days": daily.trends(hub)}


@task
def indicators() -> dict[str, int]:
    """Bring the facts of dossiers up to date."""
    from hub.app import open_hub
    from hub.operations import daily

    with open_hub() as hub:
        return {"dossiers": daily.indicators(hub).dossiers}


def duty_page() -> str:
    """The page beside the DAG for the person on duty."""
    return f"""### What goes on once a day

**What.** Tasks that do not wait for each other: rules across registers (`hub findings list`), recalls of what was
corrected (`hub recall list`), rows that receivers refused (`hub feed refusals`), deliveries past their retention (`hub feed expire`), trends of
units (`hub trends`), indicators (`hub indicators`). Nothing is read from a system, and no reading waits for them.

**When.** `{SCHEDULE}` ({deployment().timezone}).

**When a task fails.** *up for retry*: the database was away; wait. *failed at once*: the last line of the log says what
and the next step. Clear the task afterwards, or call the command above: both go on from what was known.
"""
