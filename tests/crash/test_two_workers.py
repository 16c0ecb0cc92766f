"""Two workers who both believe that the stream is theirs: the newer commits, the other stops and writes nothing."""

from __future__ import annotations

import pytest

STOPS = [
    ("sync", "run.begun", 1, 0),  # it has read nothing yet: it will land the bytes that the other has applied
    (
        "sync",
        "run.begun",
        1,
        45,
    ),  # the same, and the office went on: it will land bytes of its own, and be stopped at its commit
    ("single", "batch.landed", 2, 0),
    ("single", "batch.judged", 2, 0),
    ("single", "stage.noted", 2, 0),  # it holds locks in an open transaction: the server takes them from it
    ("sync", "stage.noted", 2, 0),
    ("single", "batch.applied", 1, 0),
    ("sync", "batch.applied", 1, 0),
]


@pytest.mark.parametrize(("order", "event", "count", "meanwhile"), STOPS)
def test_overtaken_worker_is_fenced(scene, order: str, event: str, count: int, meanwhile: int) -> None:
    """Stopped in its midst, overtaken, woken: it ends as Fenced; rows, history, ledger, cases and position stay."""
    stage = scene(staging=event == "stage.noted")
    stage.office.work(60)

    assert stage.overtake(order, event, count, meanwhile=meanwhile) == []
