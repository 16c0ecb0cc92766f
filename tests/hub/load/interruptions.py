"""Runs that are interrupted at an event: they die there, or sleep while another run overtakes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import sqlalchemy as sa

from hub.load.exchange import Exchange


class Died(BaseException):
    """The process ended where it stood."""


def interrupted(exchange: Exchange, event: str, act: Callable[[], object], heard: list[str]) -> Exchange:
    """The same stream, whose run stops once at an event until `act` is over; `heard`: the events of the run."""

    def hear(name: str, _: Mapping[str, object]) -> None:
        heard.append(name)
        if name == event and heard.count(event) == 1:
            act()

    return replace(exchange, on_event=hear, validator=replace(exchange.validator, on_event=hear), ahead=0)


def overtake(exchange: Exchange) -> None:
    """What a run misses that sleeps: its session is lost, and the lock with it; another run brings the stream to its end."""
    with exchange.engine.begin() as connection:
        connection.execute(
            sa.text("""
            select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
            where d.datname = current_database() and l.locktype = 'advisory'""")
        )
    exchange.sync()


def die() -> None:
    raise Died
