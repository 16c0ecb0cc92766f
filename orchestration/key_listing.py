"""The DAGs of key listings, and their task: by the schedule of a system's file, all keys of its streams are listed.

A DAG of its own for each system that has a schedule, so that no reading waits for it: its tasks take no slot of the
system's pool, and lock a stream only while findings are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict, cast

from airflow.sdk import DAG, get_current_context, get_parsing_context, task

from hub.core.deployment import SystemEntry
from orchestration.apart import dag_apart
from orchestration.dag_factory import deployment, streams_of
from orchestration.tasks import LABEL

SUFFIX = "-key-listing"
TAG = "key-listing"


class ListingCounts(TypedDict):
    """What a task returns: counts, never a key."""

    stream: str
    counts: dict[str, int]
    """By `hub.load.key_listings.COUNTS`; empty: it is not due yet."""


def listing_id(system: str) -> str:
    """The id of a system's DAG."""
    return f"{system}{SUFFIX}"


def listed_systems() -> Iterator[SystemEntry]:
    """The systems whose keys are listed by a schedule, in order."""
    only = get_parsing_context().dag_id
    systems = (s for s in deployment().read.values() if s.listing is not None)
    return (s for s in systems if only is None or listing_id(s.id) == only)


def key_listing_dag(system: SystemEntry) -> DAG:
    """The DAG of a system, without its task yet: `with key_listing_dag(system): ...`."""
    terms = system.listing
    assert terms is not None, "listed_systems gives those that have a schedule"
    return dag_apart(
        listing_id(system.id),
        title=f"{system.title}: đối chiếu danh sách khóa",
        about=f"All keys of {system.title} are listed: what left it needs a person, what is missing is asked for",
        page=duty_page(system),
        schedule=f"{terms.at.minute} {terms.at.hour} * * *",
        owner=system.owner,
        tag=TAG,
    )


@task(map_index_template=LABEL, max_active_tis_per_dag=1)
def key_listing(stream: str) -> ListingCounts:
    """List the keys of a stream, if they are due; fails at once where the listing lacks too much."""
    context = cast("dict[str, Any]", get_current_context())
    context["stream"] = stream
    from hub.app import open_hub
    from hub.cases.key_listing import KeyListing
    from hub.load import key_listings

    terms = deployment().stream(stream).system.listing
    assert terms is not None, "its DAG has a schedule"
    with open_hub() as hub:
        exchange = hub.exchange(stream)
        with hub.engine.connect() as connection:
            is_due = key_listings.is_due(connection, stream, terms.every, hub.scenario.now())
        counts = dict(KeyListing(exchange, terms).take().counts) if is_due else {}
    return {"stream": stream, "counts": counts}


def duty_page(system: SystemEntry) -> str:
    """The page beside the DAG for the person on duty."""
    terms, streams = system.listing, "\n".join(f"* `{name}`" for name in streams_of(system))
    assert terms is not None, "listed_systems gives those that have a schedule"
    days = terms.every.days
    return f"""### {system.title}: listing of keys

**What is done.** All keys of {system.title} (`{system.id}`) are listed and compared with the warehouse, for
{streams}

What the source has no longer gets the finding `record.left-source`: decisions about it are *confirm* at once, and it
ends as evidence when a named person releases it. What the hub lacks, or has with another change time, is asked for by
its key.

**When.** At {terms.at:%H:%M} ({deployment().timezone}), every {days} day{"s" if days > 1 else ""}. No reading waits for it.

**What to look at.** `hub systems listing --last` shows what was found; `hub findings list --rule record.left-source`
lists the records. Then ask the owner, and `hub findings release` with your name.

**When it fails.** Nothing of that listing counted.

* *failed at once, ListingImplausible*: more than {100 * terms.most_gone:g} % of the records are not in it. Most likely the
  source lists wrongly: `hub systems check {system.id}`, then the contact below. If they are gone, somebody answers for it:
  `hub systems listing STREAM --most-gone 20% --because ... --by NAME`.
* *up for retry*: the source was unreachable, slow, or cut its list short. Wait.

**Whom to call.** {system.owner}{f" · {system.contact}" if system.contact else ""}
"""
