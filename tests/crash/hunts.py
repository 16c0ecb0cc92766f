"""Kills of a running worker, at random times or one after another, and what the checker finds afterwards."""

from __future__ import annotations

from tests.crash.scene import ACTS

ORDERS = ("sync", "single")


def strike_often(scene, kills: int, orders: tuple[str, ...] = ORDERS) -> tuple[list[str], int]:
    """Violations after so many kills that met a running worker, and the tries that it took."""
    found: list[str] = []
    killed = tries = 0
    scene.office.work(60)
    while killed < kills and tries < 2 * kills and not found:
        tries += 1
        order = scene.chance.choice(orders)
        scene.office.work(ACTS)
        killed += scene.strike(order)
        found = scene.recover(scene.chance.choice(orders))
    assert found or killed == kills, f"only {killed} of {tries} tries met a running worker"
    return found, killed


def sweep(scene, order: str, first: int, stride: int, last: int) -> tuple[list[str], int]:
    """Violations of kills at every `stride`-th send until a run outlives its point, and the points visited."""
    found: list[str] = []
    points = 0
    scene.office.work(60)
    for send in range(first, last + 1, stride):
        scene.office.work(ACTS)
        killed = scene.strike_at(send, order)
        points += killed
        found = [f"send {send}: {violation}" for violation in scene.recover("sync")]
        if found or not killed:
            break
    return found, points
