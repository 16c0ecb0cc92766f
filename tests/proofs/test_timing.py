"""What is missing, locked or denied costs the same, because the same is asked of the database. How long it takes is measured by
`make timing-proof`; here is the cause."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from hub.access.row_security import ROLES
from hub.app import open_hub
from hub.core.settings import read_settings
from hub.local.embedded import EmbeddedServer
from proofs import timing_city
from proofs.timing_pairs import Doors, Pair, pairs


@pytest.fixture(scope="module")
def doors(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """A small city with everybody in it of whom the pairs speak."""
    folder = tmp_path_factory.mktemp("timing")
    url = server.ensure("timing", "timing", "timing", takes_on=ROLES)
    settings = read_settings(home=folder / "home", database_url=url, deployment=timing_city.deployment(folder))
    with open_hub(settings) as hub:
        timing_city.build(hub, 20)
        yield Doors(hub)
    server.drop("timing")


def heard(doors: Doors, pair: Pair, side: int) -> tuple[object, list[tuple[str, int]]]:
    """The answer, and each statement that was sent for it with how many rows of values went along."""
    statements = list[tuple[str, int]]()

    def hear(
        _connection: object, _cursor: object, statement: str, parameters: object, _context: object, many: bool
    ) -> None:
        statements.append((statement, len(parameters) if many and isinstance(parameters, list) else 1))

    sa.event.listen(doors.hub.engine, "before_cursor_execute", hear)
    try:
        return pair.ask(doors, side), statements
    finally:
        sa.event.remove(doors.hub.engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("pair", list(pairs()), ids=lambda pair: pair.title)
def test_the_same_is_asked_of_the_database(doors: Doors, pair: Pair) -> None:
    """A person locked by a death cost 20 to 70 % more than nobody: who asked a stop-watch knew of the death, also without any grant."""
    answers, statements = zip(*(heard(doors, pair, side) for side in (0, 1)), strict=True)

    assert answers[0] == answers[1]
    assert statements[0] == statements[1]


def test_the_listening_hears_a_difference(doors: Doors) -> None:
    """Two ways of asking are told apart: the comparison can fail."""
    by_number, by_book = (
        Pair("record by number", "granted", ("nobody", "dead")),
        Pair("record by book", "granted", ("nobody", "dead")),
    )

    assert heard(doors, by_number, 0)[1] != heard(doors, by_book, 0)[1]


def test_the_people_are_what_the_pairs_say(doors: Doors) -> None:
    """Who is alive and within the grant's reach is told of by every way but the answer about death: else the pairs would compare nothing with nothing."""
    reply = {pair.way: Pair(pair.way, "granted", ("nobody", "alive")).ask(doors, 1) for pair in pairs()}
    nothing = {pair.way: Pair(pair.way, "granted", ("nobody", "alive")).ask(doors, 0) for pair in pairs()}

    assert {way for way in reply if reply[way] == nothing[way]} == {"is_deceased"}
