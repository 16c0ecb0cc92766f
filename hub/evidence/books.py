"""Finds the records that an entry of a register book, as an old paper names it, may be.

Every office has a number 12 in a book 1, so the place decides, by its name of that time or of today. A place may not
be comparable: the day is before the lists of units begin, or they do not have the code. Then the day of registration
must agree, if it agrees for any record.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from contracts.model import Contract
from hub.core.partial_dates import dates_agree
from hub.core.places import Same, same_place
from hub.core.units import Units
from hub.evidence.evidence import Moment, at_moment
from hub.evidence.people import Entry
from hub.evidence.registers import Register


def in_book_condition(register: Register, contracts: Mapping[str, Contract]) -> str:
    """SQL: a number in a book, with or without the year. `in_book` gives its values."""
    named = register.in_contract(contracts).by_name
    return f"r.{named[register.entry].column} = any(:numbers) and r.{named[register.book].column} = :book"


def in_book(entry: Entry) -> dict[str, object]:
    """Values of `in_book_condition`."""
    plain = entry.number.split("/")[0]
    return {"numbers": [entry.number, plain, f"{plain}/{entry.book[-4:]}"], "book": entry.book}


def near(
    connection: sa.Connection,
    register: Register,
    contracts: Mapping[str, Contract],
    entry: Entry,
    units: Units,
    moment: Moment,
    most: int,
) -> Mapping[tuple[str, str], Same]:
    """At most `most` records (system, key) that may be the entry, with how the places compare; equal places first."""
    dataset = register.in_contract(contracts)
    place_column, day_column = (dataset.by_name[each].column for each in (register.place, register.day))
    there = in_book_condition(register, contracts)
    query = at_moment(
        f"select r._system, r._key, r.{place_column}, r.{day_column} from {{table}} r"
        f" where {there} and r._known_from <= :known_at",
        dataset.table,
    )
    placed, of_the_day = dict[tuple[str, str], Same](), set[tuple[str, str]]()
    for system, key, place, registered in connection.execute(
        sa.text(query), {**in_book(entry), "known_at": moment.known_at}
    ):
        same = same_place(units, entry.place, entry.registered, place, registered, moment.today)
        if same is not Same.NO:
            placed[system, key] = same
            if dates_agree(entry.registered, registered):
                of_the_day.add((system, key))
    may_be = (
        record for record, same in placed.items() if record in of_the_day or same is not Same.UNKNOWN or not of_the_day
    )
    return {
        record: placed[record]
        for record in sorted(may_be, key=lambda record: (placed[record] is Same.UNKNOWN, record))[:most]
    }
