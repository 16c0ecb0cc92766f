"""hub feed refused, again: records that a receiver takes one by one, and refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from hub.terminal import AsJson, Because, By, show, show_one

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.feeds.declared import Feed
    from hub.submitting.submitter import SubmittedNow


def add_to_feed(app: typer.Typer) -> None:
    for command in (refused, again):
        app.command()(command)


def submit_each(hub: Hub, feeds: Iterable[Feed]) -> list[SubmittedNow]:
    """Submit several feeds, one after the other."""
    from connectors import open_record_sink

    submitter = hub.submitter()
    return [submitter.submit(feed, open_record_sink(hub.system(feed.file.system), feed.file.service)) for feed in feeds]


def show_submitted(done: Iterable[SubmittedNow], *, as_json: bool) -> None:
    """What a run did with each feed."""
    rows = [
        {
            "feed": each.feed,
            "acknowledged": each.states["acknowledged"],
            "held already": each.unchanged,
            "taken, not judged": each.states["taken"],
            "refused": each.states["refused"],
            "not settled": each.left,
            "last error": f"{type(each.errors[-1]).__name__}: {each.errors[-1].message}" if each.errors else "none",
        }
        for each in done
    ]
    show(rows, as_json=as_json, title="Submitted now")


def require_each_submitted(done: Iterable[SubmittedNow]) -> None:
    """Raise NotAllSubmitted where something is not settled."""
    from hub.submitting.submitter import require_submitted

    require_submitted(done)


def refused(
    feed: str,
    limit: Annotated[int, typer.Option(min=1, help="At most this many rows.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What the receiver of a feed refused, record by record, with its codes; each is a case of its unit too."""
    from hub.app import open_hub
    from hub.submitting import reading

    with open_hub() as hub, hub.engine.connect() as connection:
        found = reading.refused(connection, hub.feed(feed).id, limit)
    show(found, as_json=as_json, title=f"Refused of {feed}")


def again(
    feed: str,
    because: Because,
    by: By,
    keys: Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="Keys; none: all refused ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Submit refused records again, after the receiver changed: what changed at the source is submitted again by itself."""
    from hub.app import open_hub
    from hub.core import actions
    from hub.core.actions import Actor
    from hub.submitting import reading

    with open_hub() as hub, hub.engine.begin() as connection:
        now = hub.scenario.now()
        done = reading.again(connection, hub.feed(feed).id, keys or [], now)
        actor = Actor(by, because)
        for case in reading.cases(connection, feed, keys or []):
            actions.append(connection, actions.CASES, (case, feed), "retried", actor, now)
    show_one({"feed": feed, "wait again": done}, as_json=as_json)
