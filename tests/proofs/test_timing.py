"""What is missing, locked, denied or another's costs the same, because the same is asked of the database. How long it takes is measured by
`make timing-proof`; here is the cause."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from hub.access.row_security import ROLES
from hub.answers import error_reports
from hub.answers.decisions import store
from hub.app import open_hub
from hub.core.errors import NotFound
from hub.core.settings import read_settings
from hub.local.embedded import EmbeddedServer
from proofs.timing import city, ownership, people
from proofs.timing.doors import Doors
from proofs.timing.measure import BOUND, TIMES, AnswersDiffer, measure, prepare
from proofs.timing.pairs import Pair, pairs
from proofs.timing.people import PersonPair


@pytest.fixture(scope="module")
def doors(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """A small city with everybody in it of whom the pairs speak."""
    folder = tmp_path_factory.mktemp("timing")
    url = server.ensure("timing", "timing", "timing", takes_on=ROLES)
    settings = read_settings(home=folder / "home", database_url=url, deployment=city.deployment(folder))
    with open_hub(settings) as hub:
        city.build(hub, 20)
        doors = Doors(hub)
        assert doors.on_record.decisions
        yield doors
    server.drop("timing")


Statement = tuple[str, int, int]
"""What was sent, with how many rows of values, and how many rows came back."""


def heard(doors: Doors, pair: Pair, side: int) -> tuple[object, list[Statement]]:
    """The answer, and each statement that was sent for it."""
    statements = list[Statement]()

    def hear(_connection: Any, cursor: Any, statement: str, parameters: object, _context: object, many: bool) -> None:
        sent = len(parameters) if many and isinstance(parameters, list) else 1
        statements.append((statement, sent, cursor.rowcount))

    sa.event.listen(doors.hub.engine, "after_cursor_execute", hear)
    try:
        return pair.ask(doors, side), statements
    finally:
        sa.event.remove(doors.hub.engine, "after_cursor_execute", hear)


@pytest.mark.parametrize("pair", list(pairs()), ids=lambda pair: pair.title)
def test_the_same_is_asked_of_the_database(doors: Doors, pair: Pair) -> None:
    """A person locked by a death cost 20 to 70 % more than nobody: who asked a stop-watch knew of the death, also without any grant."""
    answers, statements = zip(*(heard(doors, pair, side) for side in (0, 1)), strict=True)

    assert answers[0] == answers[1]
    assert [each[:2] for each in statements[0]] == [each[:2] for each in statements[1]]


ANOTHERS = [pair for pair in ownership.pairs() if not pair.title.endswith(("| alive", "| held"))]
"""All but those about a person or record that is found, and not shown because the dossier is unknown."""


@pytest.mark.parametrize("pair", ANOTHERS, ids=lambda pair: pair.title)
def test_nothing_of_others_leaves_the_database(doors: Doors, pair: Pair) -> None:
    """A decision of the agency's other purpose was read whole, with its reasons and acts, and then refused: slower than one
    that does not exist."""
    found = [[rows for _, _, rows in heard(doors, pair, side)[1]] for side in (0, 1)]

    assert found[0] == found[1]


def test_what_is_anothers_is_there(doors: Doors) -> None:
    """Each number but the first is on record, and its owner may see it: else the pairs would compare nothing with nothing."""
    known, unknown = doors.on_record, list[str]()
    with doors.hub.engine.connect() as connection:
        for read, numbers in ((store.one, known.decisions), (error_reports.one, known.reports)):
            for whose, number in numbers.items():
                try:
                    read(connection, number)
                except NotFound:
                    unknown.append(whose)

    assert unknown == ["none", "none"]


class Slower:
    """A pair whose second side takes twice as long, or answers otherwise."""

    title = "slower"

    def __init__(self, *answers: str) -> None:
        self.answers = answers

    def ask(self, doors: Doors, side: int) -> object:
        time.sleep(0.004 * (1 + side))
        return self.answers[side]


def test_a_difference_is_measured_again_and_stays(doors: Doors, server: EmbeddedServer) -> None:
    """A slower side is apart however often it is measured, and what is others' survives that the tables are emptied."""
    admin = server.url("timing")
    prepare(doors, admin)

    measured = measure(doors, Slower("nothing", "nothing"), 10, admin)

    assert len(measured.taken[0]) == 10 * TIMES
    assert measured.ratio > 1 + 5 * BOUND
    assert not measured.within
    with doors.hub.engine.connect() as connection:
        there = connection.scalars(sa.text("select id from hub.decision")).all()
    assert set(doors.on_record.decisions.values()) - set(there) == {doors.on_record.decisions["none"]}
    with pytest.raises(AnswersDiffer):
        measure(doors, Slower("nothing", "something"), 10, admin)


def test_the_listening_hears_a_difference(doors: Doors) -> None:
    """Two ways of asking are told apart: the comparison can fail."""
    by_number, by_book = (
        PersonPair("record by number", "granted", ("nobody", "dead")),
        PersonPair("record by book", "granted", ("nobody", "dead")),
    )

    assert heard(doors, by_number, 0)[1] != heard(doors, by_book, 0)[1]


def test_the_people_are_what_the_pairs_say(doors: Doors) -> None:
    """Who is alive and within the grant's reach is told of by every way but the answer about death: else the pairs would compare nothing with nothing."""
    reply = {pair.way: PersonPair(pair.way, "granted", ("nobody", "alive")).ask(doors, 1) for pair in people.pairs()}
    nothing = {pair.way: PersonPair(pair.way, "granted", ("nobody", "alive")).ask(doors, 0) for pair in people.pairs()}

    assert {way for way in reply if reply[way] == nothing[way]} == {"is_deceased"}
