"""A feed's DAG under Airflow, over a real database: what `hub feed build` and `hub feed send` do, by the schedule."""

from __future__ import annotations

from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.app import open_hub
from hub.core.actions import Actor
from hub.feeds import approvals
from hub.feeds.building import under_grants_in_force

FEED, DUTY = "moj-births", Actor("Trần Thị Bình", "agreement 01/2022")


def test_a_feed_that_was_approved_goes_by_itself(
    bag: Any, airflow_tables: None, world: psycopg.Connection[Any]
) -> None:
    """The person is not asked, and the delivery is released for its receiver to fetch."""
    pem = X25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with open_hub() as hub:
        now, feed = hub.scenario.now(), hub.feed(FEED)
        hub.publish_feeds()
        with hub.engine.begin() as connection:
            approvals.pin(connection, feed.file.receiver, pem, DUTY, now)
            terms = under_grants_in_force(connection, feed).terms(hub.deployment.local_day(now))
            approvals.approve(connection, FEED, terms.digest, DUTY, now)
    run = bag.dags[f"feed-{FEED}"].test()
    states = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
    assert {
        "build": "success",
        "who_decides": "success",
        "person": "skipped",
        "release": "skipped",
        "send": "success",
    } == states
    assert [(1, "released")] == world.execute("select sequence, state from hub.delivery").fetchall()
