"""Waivers: two different people sign that a record may come in although it breaks rules, until a day.

The first signature proposes, the second puts it in force: from then on the record comes in with the finding
(`hub/load/waivers.py`), every answer carries it, and a decision is *confirm* at most. After the day the record is no
evidence any more, and its case is open again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from contracts.errors import Permanent
from contracts.local_time import LOCAL, local_day
from contracts.model import Dataset
from hub.cases.selection import CLOSED, OPEN, RELEASED, Case, CaseClosed, Selection, anew, locked, update
from hub.cases.tables import case_signature
from hub.core import actions
from hub.core.actions import HUB, Actor
from hub.load import repeats
from hub.load.waivers import case_waiver, waivable

MOST_DAYS = 366
"""Longest waiver: whoever wants it longer signs again."""


class NotWaivable(Permanent):
    """A record breaks a rule that nobody can answer for, or the day is none that a waiver may have."""


@dataclass(frozen=True)
class Signed:
    """A waiver after a signature."""

    case: int
    until: date
    """Last day."""
    signatures: int
    in_force: bool
    now_in_force: bool
    """Whether this signature put it in force."""


def sign(connection: sa.Connection, number: int, dataset: Dataset, until: date, person: Actor, now: datetime) -> Signed:
    """Sign a waiver of one case, as `sign_all`."""
    return sign_all(connection, Selection((number,)), lambda case: dataset, until, person, now)[0]


def sign_all(
    connection: sa.Connection,
    selection: Selection,
    dataset_of: Callable[[Case], Dataset],
    until: date,
    person: Actor,
    now: datetime,
) -> list[Signed]:
    """Sign waivers of cases until the end of a local day: as the first of two people, or as the second.

    Signing again changes nothing. Of a list with one that cannot be waived none is signed.

    Raises:
        NotFound: no such case.
        CaseClosed: one is closed.
        NotWaivable: a rule that nobody can answer for; a day that is past or too far, or another than was signed; a
            name that could be somebody else's.
    """
    who = signer(person.who)
    return [
        _sign(connection, case, dataset_of(case), until, person, who, now) for case in locked(connection, selection)
    ]


def proposed(connection: sa.Connection, *, without: str) -> list[dict[str, Any]]:
    """Waivers with one signature, oldest first: case, rules, who signed and why; none that a person signed already."""
    query = sa.text("""
        select w."case", c.rules, g.who, g.why, w.proposed_at, w.until
        from hub.case_waiver w join hub."case" c on c.id = w."case" join hub.case_signature g on g.waiver = w.id
        where w.ended_at is null and w.signed_at is null and c.state <> 'closed' and g.who <> :without
        order by w.proposed_at, w."case" limit 500""")
    return [dict(row) for row in connection.execute(query, {"without": signer(without)}).mappings()]


def pages_of(connection: sa.Connection, cases: Sequence[int]) -> list[tuple[str, datetime, datetime]]:
    """Streams with the times at which the first and the last page with these cases' records landed."""
    query = sa.text("""
        select c.stream, min(l.fetched_at), max(l.fetched_at) from hub."case" c join hub.landing l on l.id = c.landing
        where c.id = any (:cases) group by 1 order by 1""")
    return [(stream, first, last) for stream, first, last in connection.execute(query, {"cases": list(cases)})]


def _sign(
    connection: sa.Connection, case: Case, dataset: Dataset, until: date, person: Actor, who: str, now: datetime
) -> Signed:
    number = case["id"]
    if case["state"] == CLOSED:
        raise CaseClosed(f"Case {number} is closed: nothing is to be waived", hint="hub cases list shows open ones")
    _require_waivable(case, dataset)
    waiver = _standing(connection, case, now)
    if waiver is None:
        _require_day(until, now)
        values = {"case": number, "until": _end_of(until), "proposed_at": now}
        connection.execute(sa.insert(case_waiver).values(**values))
        waiver = _standing(connection, case, now)
        assert waiver is not None
    elif waiver["until"] != _end_of(until):
        signed = last_day(waiver["until"])
        raise NotWaivable(f"The waiver of case {number} is signed until {signed}", hint=f"--until {signed}")
    people = _signers(connection, waiver["id"])
    if who in people or waiver["signed_at"] is not None:
        in_force = waiver["signed_at"] is not None
        return Signed(number, until, len(people), in_force=in_force, now_in_force=False)
    connection.execute(sa.insert(case_signature).values(waiver=waiver["id"], who=who, why=person.why, at=now))
    actions.append(connection, actions.CASES, (number, until.isoformat()), "signed", person, now)
    in_force = len(people) + 1 == 2
    if in_force:
        connection.execute(sa.update(case_waiver).where(case_waiver.c.id == waiver["id"]).values(signed_at=now))
        update(connection, number, state=RELEASED)
        repeats.forget(connection, case["stream"])  # the record must be judged when it comes again
        actions.append(connection, actions.CASES, (number, until.isoformat()), "released", person, now)
    return Signed(number, until, len(people) + 1, in_force=in_force, now_in_force=in_force)


def expire(connection: sa.Connection, case: Case, now: datetime) -> bool:
    """End the waiver of a locked case if its day is past. Returns whether a waiver that was in force ended."""
    waiver = connection.execute(_of(case["id"]).where(case_waiver.c.until <= now)).mappings().first()
    if waiver is None:
        return False
    connection.execute(sa.update(case_waiver).where(case_waiver.c.id == waiver["id"]).values(ended_at=now))
    day = last_day(waiver["until"]).isoformat()
    by_clock = Actor(HUB, "its last day is past")
    actions.append(connection, actions.CASES, (case["id"], day), "expired", by_clock, now)
    if waiver["signed_at"] is None or case["state"] != RELEASED:
        return False
    update(connection, case["id"], state=OPEN, **anew(now))
    return True


def signer(who: str) -> str:
    """A name in one form: spellings of one login or one name are one person.

    Letters' case, accents, blanks, dots, hyphens, marks that nobody sees, and what stands before a backslash or behind
    an @ make no second person. So two people who really are called alike must write more of their names.

    Raises:
        NotWaivable: a letter is of another script, in which another name may look like this one; or there is no letter.
    """
    known = unicodedata.normalize("NFKC", who).rpartition("\\")[2]
    name, _, _ = known.partition("@")
    plain = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    letters = [each for each in plain if each.isalnum()]
    if not any(each.isalpha() for each in letters) or not all(each.isascii() for each in letters):
        raise NotWaivable(
            "The name of who signs is written in letters that can pass for others",
            hint="--by with the name in Vietnamese letters; which one is refused is not repeated here",
        )
    return "".join(letters)


def _standing(connection: sa.Connection, case: Case, now: datetime) -> Any:
    """The waiver of a locked case that is proposed or in force; one whose day is past is ended first."""
    expire(connection, case, now)
    return connection.execute(_of(case["id"])).mappings().first()


def _of(case: int) -> sa.Select[Any]:
    return sa.select(case_waiver).where(case_waiver.c.case == case, case_waiver.c.ended_at.is_(None)).with_for_update()


def _signers(connection: sa.Connection, waiver: int) -> set[str]:
    return set(connection.scalars(sa.select(case_signature.c.who).where(case_signature.c.waiver == waiver)))


def _require_waivable(case: Case, dataset: Dataset) -> None:
    if unfit := [rule for rule in case["rules"] if not waivable(dataset, rule)]:
        raise NotWaivable(
            f"Nobody can answer for {', '.join(unfit)} (case {case['id']}): such a record has no place in the warehouse",
            hint=f"the source must correct it: hub cases request {case['id']}",
        )


def _require_day(until: date, now: datetime) -> None:
    today = local_day(now)
    if not today <= until <= today + timedelta(days=MOST_DAYS):
        raise NotWaivable(
            f"A waiver until {until} is past or too long",
            hint=f"from {today} to {today + timedelta(days=MOST_DAYS)}; it can be signed again",
        )


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), LOCAL)


def last_day(until: datetime) -> date:
    """The last local day of a waiver that ends at a moment."""
    return local_day(until - timedelta(microseconds=1))
