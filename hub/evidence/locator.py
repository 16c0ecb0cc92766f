"""Finds the entries about a person: certain ones, and possible ones with the facts that differ. Nothing is guessed.

    personal id (12 digits)                      certain, unless name or birth date contradict it
    book, number, place, day of registration     certain when one entry remains and nothing contradicts it; if nobody is
                                                 named, the entry as a whole
    9-digit number                               possible: issued by province, and given twice
    name, birth date, a parent's name            possible

The first search that finds anything decides. Its entries are compared with all other given facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import sqlalchemy as sa

from contracts.model import Contract
from hub.core.crypto import Keys
from hub.core.partial_dates import dates_agree
from hub.core.places import Same
from hub.core.units import Units
from hub.evidence import books, components
from hub.evidence.doubts import NotedFinding, together
from hub.evidence.evidence import Evidence, Moment, completed, entries_of, nothing_in
from hub.evidence.linkage import Linkage, Side, side
from hub.evidence.people import NUMBER_9, NUMBER_12, Subject
from hub.evidence.registers import RESULT, Register, register_of
from hub.evidence.results import of_results
from quality.values.vietnamese import plain_comparison_key, recall_key

MOST = 20
"""Most candidates that a person can examine; a question that finds more is too vague."""

NAMED = """(r._key, r._system) in (
    select n.key collate "C", n.system collate "C" from hub.named(:dataset, '{{schema}}', '{name}', '{born}', :recall, :year) n)"""
"""SQL: keys of entries by a name without diacritics. A function looks them up, because under row-level security the
planner cannot use this index."""


NOBODY = Subject(personal_id="0" * 12)
"""A number that nobody has. It is searched where no person is given, so that both cases take the same time."""
STAND_IN = "Họ Và Tên"
"""Nobody's name: it is compared where no entry was found."""


@dataclass(frozen=True)
class Found:
    """An item of evidence and how it was found."""

    evidence: Evidence
    by: str
    """`personal id`, `entry`, `old id`, `name and birth` or `handed in`."""
    certain: bool
    differs: tuple[str, ...] = ()
    """Names of given facts that differ or are too vague; never their values."""
    linked: tuple[Evidence, ...] = ()
    """The same entry in other systems (`hub/evidence/linkage.py`)."""
    conflicts: tuple[str, ...] = ()
    """Names of fields in which the systems differ; never their values."""

    @property
    def noted(self) -> tuple[NotedFinding, ...]:
        """The findings of the entry, in whatever system it has them."""
        return together(self.evidence.noted, *(each.noted for each in self.linked))


@dataclass(frozen=True)
class Locator:
    """Searches everything the city holds, as known at a moment."""

    connection: sa.Connection
    contracts: Mapping[str, Contract]
    keys: Keys
    units: Units
    moment: Moment
    lead: str = ""
    """The system that is shown, and can be asked again, if several hold an entry."""

    def find(self, type_: str, subject: Subject, role: str | None = None) -> tuple[Found, ...]:
        """Evidence of a type about a person; `role` restricts it to a side of an entry (child, wife, deceased ...)."""
        if type_.startswith(RESULT):
            return self._results(type_, subject)
        register = register_of(self.contracts, type_)
        # Every search that the given facts allow is made, whatever another one found. So the statements depend on the
        # question alone, and the time of the answer does not show what is held.
        ways = [
            [each for each in way(register, subject) if role is None or each.evidence.role == role]
            for way in (self._by_personal_id, self._by_entry, self._by_old_id, self._by_name)
        ]
        linked = self._linked(register, next((found for found in ways if found), []))
        return linked if subject.named else tuple(_whole(register, linked))

    def _linked(self, register: Register, found: list[Found]) -> tuple[Found, ...]:
        """Candidates, with the records of one entry in several systems linked into one."""
        linkage = Linkage(self.connection, self.contracts, self.units, self.moment)
        leading = sorted(found, key=lambda one: one.evidence.system != self.lead) or [self._stand_in(register)]
        others = linkage.linked(register, (each.evidence for each in leading))
        groups, taken = list[Found](), set[Side]()
        for each in leading:
            if side(each.evidence) in taken:
                continue
            linked = others[side(each.evidence)]
            taken |= {side(one) for one in (each.evidence, *linked)}
            groups.append(replace(each, linked=linked))
        conflicts = iter(linkage.conflicts(register, [(each.evidence, *each.linked) for each in groups if each.linked]))
        whole = iter(
            completed(
                self.connection,
                register,
                [item for each in groups for item in (each.evidence, *each.linked)],
                self.moment,
            )
        )
        completed_entries = tuple(
            replace(
                each,
                evidence=next(whole),
                linked=tuple(next(whole) for _ in each.linked),
                conflicts=next(conflicts) if each.linked else (),
            )
            for each in groups
        )
        return completed_entries if found else ()

    def _stand_in(self, register: Register) -> Found:
        """A placeholder to follow where nothing was found, so that it takes the same time: no book has this entry."""
        unit = next(iter(self.units))
        entry = replace(
            nothing_in(register), book="0/0000", entry="0", place=unit.code, registered=unit.first.isoformat()
        )
        return Found(entry, "", False)

    def handed_in(self, type_: str, giver: Subject) -> tuple[Found, ...]:
        """Digitised papers of a type that a person handed in before: only those given successfully if there are any.

        Never certain.
        """
        if not giver.personal_id:
            return ()
        code = components.code_of(self.contracts, type_)
        items = components.of_giver(self.connection, type_, code, self._lookup(giver.personal_id), self.moment)
        found = tuple(Found(each, "handed in", False, self._differs(each, giver)) for each in islice(items, MOST + 1))
        return tuple(each for each in found if each.evidence.given) or found

    def _results(self, type_: str, subject: Subject) -> tuple[Found, ...]:
        if not subject.personal_id:
            return ()
        items = of_results(self.connection, type_, self._lookup(subject.personal_id), self.moment)
        return tuple(Found(each, "personal id", not (d := self._differs(each, subject)), d) for each in items)

    def _by_personal_id(self, register: Register, subject: Subject) -> Iterator[Found]:
        if subject.personal_id:
            same = self._entries(register, "r.{number_hmac} = :lookup", {"lookup": self._lookup(subject.personal_id)})
            for each, differs in self._compared(register, same, subject):
                yield Found(each, "personal id", not differs, differs)

    def _by_entry(self, register: Register, subject: Subject) -> Iterator[Found]:
        entry = subject.entry
        if entry is None or not register.book:
            return
        near = books.near(self.connection, register, self.contracts, entry, self.units, self.moment, MOST + 1)
        values = {**books.in_book(entry), "keys": [key for _, key in near]}
        there_in = f"{books.in_book_condition(register, self.contracts)} and r._key = any(:keys)"
        entries = entries_of(self.connection, register, self.contracts, there_in, values, self.moment)
        there = [(each, near[each.system, each.key]) for each in entries if (each.system, each.key) in near]
        mine = self._mine(there, subject)
        records = {(each.system, each.key) for each, _ in there}
        alone = len(records) == len(
            {system for system, _ in records}
        )  # the same entry in another system is not another entry
        for each, same in mine:
            differs = (
                *self._differs(each, subject),
                *(() if same is Same.YES else (register.place,)),
                *(() if dates_agree(entry.registered, each.registered) else (register.day,)),
            )
            yield Found(each, "entry", alone and not differs and bool(entry.registered), differs)

    def _mine(self, there: list[tuple[Evidence, Same]], subject: Subject) -> list[tuple[Evidence, Same]]:
        """The side of a two-person entry with the given name, if one has it; otherwise both."""
        if not subject.name:
            return there
        key = plain_comparison_key(subject.name)
        return [one for one in there if one[0].name and plain_comparison_key(one[0].name) == key] or there

    def _by_old_id(self, register: Register, subject: Subject) -> Iterator[Found]:
        if subject.old_id:
            same = self._entries(register, "r.{number_hmac} = :lookup", {"lookup": self._lookup(subject.old_id)})
            for each, differs in self._compared(register, same, subject):
                yield Found(each, "old id", False, differs)

    def _by_name(self, register: Register, subject: Subject) -> Iterator[Found]:
        if not (subject.name and subject.born):
            return
        near = self._entries(
            register, NAMED, {"dataset": register.dataset, "recall": recall_key(subject.name), "year": subject.born[:4]}
        )
        for each, differs in self._compared(register, near, subject):
            if "ngaySinh" not in differs and "hoTenChaMe" not in differs:
                yield Found(each, "name and birth", False, differs)

    def _entries(self, register: Register, condition: str, values: Mapping[str, object]) -> list[Evidence]:
        return entries_of(self.connection, register, self.contracts, condition, values, self.moment)[: MOST + 1]

    def _compared(
        self, register: Register, entries: list[Evidence], subject: Subject
    ) -> list[tuple[Evidence, tuple[str, ...]]]:
        """Entries, each with the names of given facts that differ.

        A placeholder is compared where there is none, so that both cases take the same time.
        """
        if not entries:
            self._differs(replace(nothing_in(register), name=STAND_IN, parents=(STAND_IN,)), subject)
        return [(each, self._differs(each, subject)) for each in entries]

    def _differs(self, found: Evidence, subject: Subject) -> tuple[str, ...]:
        """Names of given facts that differ from the entry's."""
        compared = {
            "hoTen": not subject.name
            or not found.name
            or plain_comparison_key(subject.name) == plain_comparison_key(found.name),
            "ngaySinh": dates_agree(subject.born, found.born),
            "soDinhDanh": not subject.personal_id
            or not found.number
            or len(found.number) != len(subject.personal_id)
            or found.number == subject.personal_id,
            "hoTenChaMe": not subject.parent
            or not found.parents
            or plain_comparison_key(subject.parent) in map(plain_comparison_key, found.parents),
        }
        return tuple(fact for fact, agrees in compared.items() if not agrees)

    def _lookup(self, number: str) -> bytes:
        return bytes.fromhex(self.keys.lookup(number))


def led_to(subject: Subject, found: Iterable[Found]) -> tuple[Subject, ...]:
    """Persons that a book's entry identifies for certain, by the numbers on it that the question did not give.

    Their deaths are found by these numbers only. An entry about two persons, as a whole, identifies nobody: a widow
    may have the copy of her marriage (Luật Hộ tịch Art. 63).
    """
    entries = (item for each in found if each.certain and each.by == "entry" for item in (each.evidence, *each.linked))
    numbers = sorted({item.number for item in entries if item.number} - {subject.personal_id, subject.old_id})
    by_number = {n: Subject(personal_id=n) for n in numbers if NUMBER_12.fullmatch(n)} | {
        n: Subject(old_id=n) for n in numbers if NUMBER_9.fullmatch(n)
    }
    return tuple(by_number.values())


def _whole(register: Register, found: tuple[Found, ...]) -> Iterator[Found]:
    """Joins the two sides of an entry into one item about nobody, unless the given facts fit one side better."""
    records = dict[tuple[str, str], list[Found]]()
    for each in found:
        records.setdefault((each.evidence.system, each.evidence.key), []).append(each)
    for sides in records.values():
        first, *others = sides
        if not others or len(sides) < len(register.roles) or any(each.differs != first.differs for each in others):
            yield from sides
        else:
            conflicts = tuple(dict.fromkeys(name for each in sides for name in each.conflicts))
            yield replace(
                first,
                evidence=first.evidence.of_nobody,
                linked=tuple(each.of_nobody for each in first.linked),
                conflicts=conflicts,
                certain=all(each.certain for each in sides),
            )
