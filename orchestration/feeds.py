"""The DAG of a feed: its next delivery is built by its schedule, let go by a person where its terms are new, and pushed.

    build ──terms approved before──> send
      └─────new terms──> person (Airflow asks, a named person answers) ──> release ──> send

Airflow imports this module at each parse of the DAGs, so it reads the feed's YAML only: whether its contract, receiver
and grants are right is found when the delivery is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypedDict

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, get_current_context, get_parsing_context, task

from contracts.deployment.feed import FeedFile
from contracts.yaml.models import load
from orchestration.apart import dag_apart
from orchestration.dag_factory import deployment

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.feeds.declared import Feed

PREFIX = "feed-"
TAG = "feed"
PERSON, RELEASE, SEND = "person", "release", "send"


class BuiltDelivery(TypedDict):
    """What a task returns: an id, a state and counts, never a record."""

    delivery: str
    kind: str
    state: str
    put: int
    deleted: int


def feed_id(feed: str) -> str:
    """The id of a feed's DAG."""
    return f"{PREFIX}{feed}"


def built_feeds() -> Iterator[FeedFile]:
    """The feeds that are switched on, in order."""
    only = get_parsing_context().dag_id
    files = sorted((deployment().folder / "feeds").glob("*.yaml"))
    found = (load(path, FeedFile).value for path in files if only is None or feed_id(path.stem) == only)
    return (file for file in found if file.active)


def feed_dag(file: FeedFile) -> DAG:
    """The DAG of a feed, without its tasks yet: `with feed_dag(file): ...`."""
    dag = dag_apart(
        feed_id(file.id),
        title=file.title,
        about=f"{file.contract}: the next delivery to {file.receiver} is built, and sent where it is pushed",
        page=duty_page(file),
        schedule=file.schedule,
        owner=file.owner,
        tag=TAG,
    )
    dag.is_paused_upon_creation = True  # a person begins a feed: with a pinned key, then with this switch
    return dag


@task
def build(feed: str) -> BuiltDelivery:
    """Build the next delivery, as `hub feed build` does."""
    from hub.app import open_hub
    from hub.feeds.releases import row_of

    with open_hub() as hub:
        declared = hub.feed(feed)
        hub.publish_feeds()
        if declared.submitted:
            return _submitted(hub, declared)
        made = hub.delivery_builder().build(declared)
        with hub.engine.connect() as connection:
            row = row_of(connection, feed, int(made.rpartition("-")[2]))
    return {"delivery": made, "kind": row.kind, "state": row.state, "put": row.put, "deleted": row.deleted}


def _submitted(hub: Hub, feed: Feed) -> BuiltDelivery:
    """Of a feed whose records are submitted one by one nothing is built; it waits where its terms are new."""
    from hub.feeds import approvals
    from hub.feeds.building import under_grants_in_force

    with hub.engine.connect() as connection:
        terms = under_grants_in_force(connection, feed).terms(hub.deployment.local_day(hub.scenario.now())).digest
        state = "released" if approvals.approved(connection, feed.id, terms) else "built"
    return {"delivery": feed.id, "kind": "records", "state": state, "put": 0, "deleted": 0}


@task.branch
def who_decides(built: BuiltDelivery) -> str:
    """A delivery under new terms waits for a person; the others go."""
    return PERSON if built["state"] == "built" else SEND


def person(file: FeedFile) -> ApprovalOperator:
    """Asks a person in Airflow whether the feed may begin under its terms; who answers is named in the approval."""
    return ApprovalOperator(
        task_id=PERSON,
        subject=f"{file.title}: may it begin under these terms?",
        body=terms_page(file),
        pool="default_pool",
        execution_timeout=None,
    )


@task(task_id=RELEASE)
def release(feed: str, answered: Any) -> list[int]:
    """Note who let the feed begin, as `hub feed approve` does, and release what waits under these terms."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.feeds import approvals, releases
    from hub.feeds.building import under_grants_in_force

    context = get_current_context()
    actor = Actor(_name(answered), f"approved in Airflow: {context['dag_run'].run_id}")  # type: ignore[union-attr]
    with open_hub() as hub:
        now = hub.scenario.now()
        declared = hub.feed(feed)
        with hub.engine.begin() as connection:
            terms = under_grants_in_force(connection, declared).terms(hub.deployment.local_day(now)).digest
            approvals.approve(connection, feed, terms, actor, now)
            return releases.release_waiting(connection, feed, terms, hub.keys, now)


@task(task_id=SEND, trigger_rule="none_failed_min_one_success")
def send(feed: str) -> dict[str, int]:
    """Push or submit what waits, as `hub feed send` does; a feed that is fetched waits in its inbox."""
    from connectors import open_record_sink, open_sink
    from hub.app import open_hub
    from hub.sending import refusals
    from hub.sending.sender import require_settled, send_each
    from hub.submitting.submitter import require_submitted

    with open_hub() as hub:
        declared = hub.feed(feed)
        if declared.submitted:
            system = hub.system(declared.file.system)
            submitted = hub.submitter().submit(declared, open_record_sink(system, declared.file.service))
            require_submitted([submitted])
            return dict(submitted.states)
        pushed = [declared] if declared.file.system else []
        done = send_each(hub.feed_sender(), pushed, lambda each: open_sink(hub.system(each.file.system)))
        refusals.look(hub.engine, [declared], hub.scenario.now())
    if not done:
        return {}
    require_settled(done)
    return dict(done[0].states)


def _name(answered: Any) -> str:
    """Who answered, by Airflow's word."""
    user = (answered or {}).get("responded_by_user") or {}
    return str(user.get("name") or user.get("id") or "a person, unnamed by Airflow")


def terms_page(file: FeedFile) -> str:
    """What a person decides about."""
    return f"""* receiver: `{file.receiver}`
* contract: `{file.contract}` {file.version}
* columns: {", ".join(file.columns)}
* purpose and law: {file.purpose}, {file.legal_basis}
* agreement: {file.agreement}
* how it gets there: {file.system or "fetched by the receiver"}

The first delivery is built and waits here. `hub feed show {file.id}` shows it. *Reject* leaves it waiting.
"""


def duty_page(file: FeedFile) -> str:
    """The page beside the DAG for the person on duty."""
    return f"""### {file.title}

**What is done.** What changed since the delivery before is built as the next one, signed, and sealed for
`{file.receiver}`. It goes to {f"`{file.system}`" if file.system else "the inbox, where the receiver fetches it"}.

**When.** `{file.schedule}` ({deployment().timezone}). The content has use value for {file.valid_days} days.

**When it waits for a person.** The first delivery, and the first under new terms. Answer in *Required Actions*, or
`hub feed approve {file.id} --because ...`.

**When it fails.** A delivery is built whole or not at all, and what was built stays.

* *up for retry, NotSettled*: the receiver did not answer as agreed. It is asked before anything is sent again:
  `hub feed status`, `hub systems check {file.system or "SYSTEM"}`.
* *failed at once, NotGranted*: what the feed carries is not granted today: `hub grants show`.
* *failed at once, KeyNotPinned*: `hub feed pin`.

**Whom to call.** {file.owner}
"""
