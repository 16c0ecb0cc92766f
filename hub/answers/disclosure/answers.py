"""Answers in place of records: yes or no, drawn from an entry.

Without an entry there is no answer, because that proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from hub.answers.disclosure.entries import certain, sole
from hub.evidence.doubts import ENDED
from hub.evidence.evidence import Evidence, nothing_in
from hub.evidence.locator import Found, Locator
from hub.evidence.people import Subject
from hub.evidence.registers import DEATH, register_of
from hub.load.warehouse import lookup_column


@dataclass(frozen=True)
class DrawnAnswer:
    """An answer with the entry that gives it."""

    answer: bool
    reason: str
    found: Found

    @property
    def entry(self) -> Evidence:
        """The entry in the leading system."""
        return self.found.evidence


def is_married(locator: Locator, subject: Subject, other: Subject | None) -> DrawnAnswer | None:
    """Yes: an entry in force names the person. No: every entry held was ended by divorce or annulment."""
    entries = certain(locator.find("register:marriage", subject))
    force = [each for each in entries if each.evidence.ended is None]
    if force:
        return DrawnAnswer(True, "entry in force", force[0])
    return DrawnAnswer(False, "every entry held is ended", entries[0]) if entries else None


def is_deceased(locator: Locator, subject: Subject, other: Subject | None) -> DrawnAnswer | None:
    """Yes: a death is registered.

    No: the declaration of death was annulled. A living person has no entry that could say so.
    """
    entries = certain(locator.find(DEATH, subject))
    force = [each for each in entries if each.evidence.ended is None]
    if force:
        return DrawnAnswer(True, "death registered", force[0])
    return DrawnAnswer(False, "declaration of death annulled", entries[0]) if entries else None


def matches(locator: Locator, subject: Subject, other: Subject | None) -> DrawnAnswer | None:
    """Whether the name and birth date of the question match the birth entry of its number; names what differs."""
    if not (subject.personal_id and (subject.name or subject.born)):
        return None
    found = [
        each
        for each in locator.find("register:birth", subject, "child")
        if each.by == "personal id" and not each.evidence.disputed and not ENDED & {*each.evidence.findings}
    ]
    if len(found) != 1:
        return None
    [only] = found
    if {"nksHoTen", "nksNgaySinh"} & set(only.conflicts):  # the systems with this entry contradict each other
        return None
    return DrawnAnswer(
        only.certain, f"differs: {', '.join(only.differs)}" if only.differs else "name and birth date agree", only
    )


def parent_of(locator: Locator, subject: Subject, other: Subject | None) -> DrawnAnswer | None:
    """Whether the other person's number is a parent's in the first one's birth entry.

    No: both parents have other numbers.
    """
    found = sole(locator.find("register:birth", subject, "child"))
    if other is None or not other.personal_id:
        return None
    entry = found.evidence if found else nothing_in(register_of(locator.contracts, "register:birth"))
    dataset = locator.contracts["birth"].dataset("birth")
    mother, father = (dataset.by_name[name] for name in ("meSoGiayToTuyThan", "chaSoGiayToTuyThan"))
    theirs = bytes.fromhex(locator.keys.lookup(other.personal_id))
    query = " union all ".join(
        f"""
        select coalesce({lookup_column(mother)} = :theirs, false) or coalesce({lookup_column(father)} = :theirs, false) as is_theirs,
               coalesce(length({mother.column}) = 12 and length({father.column}) = 12, false) as both_known
        from {schema}.{dataset.table} where _system = :system and _key = :key and _version = :version"""
        for schema in ("warehouse", "history")
    )
    row = locator.connection.execute(
        sa.text(query), {"theirs": theirs, "system": entry.system, "key": entry.key, "version": entry.version}
    ).first()
    if found is None or row is None or {"meSoGiayToTuyThan", "chaSoGiayToTuyThan"} & set(found.conflicts):
        return None
    if row.is_theirs:
        return DrawnAnswer(True, "number stands as a parent's", found)
    return DrawnAnswer(False, "both parents' numbers are others", found) if row.both_known else None


Answer = Callable[[Locator, Subject, Subject | None], DrawnAnswer | None]
DRAWN: Mapping[str, Answer] = {
    "is_married": is_married,
    "is_deceased": is_deceased,
    "matches": matches,
    "parent_of": parent_of,
}
"""Name (`hub/access/grants/purposes.py: ANSWERS`) -> how it is drawn."""
LOCKED = frozenset(DRAWN) - {"is_deceased"}
"""What a death locks."""
