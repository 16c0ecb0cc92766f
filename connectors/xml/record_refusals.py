"""Which records of an answer the schema refuses: a violation belongs to the record around its node, or to none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from ..interface import RecordRefusal
from .parsing import Violation

Known: TypeAlias = Callable[[etree._Element, Sequence[etree._Element]], Mapping[str, str]]
"""What is sure of a refused record, by the contract's fields.

The second argument are the nodes that break a rule in themselves. Those behind a misplaced one were not validated.
"""

_STEP = re.compile(r"([^/\[]+(?:\(\))?)(?:\[(\d+)\])?")


class UnreadableRecord(Exception):
    """A record that the schema takes and its reader does not; becomes a refusal of this one record."""

    def __init__(self, place: str, clause: str) -> None:
        super().__init__(place, clause)
        self.place, self.clause = place, clause


@dataclass
class _Breach:
    first: str
    place: str
    nodes: list[etree._Element] = field(default_factory=list)


@dataclass(frozen=True)
class RefusedRecords:
    """What a schema has against an answer."""

    records: Mapping[int, RecordRefusal]
    """By the number of the record, from 0; without its bytes."""
    outside: Sequence[Violation]
    """What belongs to no record."""
    misplaced: bool
    """Whether a record stands where none may stand: those behind it were not validated."""


def refused_records(
    answer: etree._Element,
    records: Sequence[etree._Element],
    violations: Iterable[Violation],
    known: Known | None = None,
) -> RefusedRecords:
    """Sort the violations of a validated answer by record, in a time that grows with their number and the records'."""
    numbers = {each: number for number, each in enumerate(records)}
    nodes = _Nodes(answer)
    breaches: dict[int, _Breach] = {}
    outside: list[Violation] = []
    misplaced = False
    for each in violations:
        way, attribute = nodes.at(each.path)
        start = next((at for at, node in enumerate(way) if node in numbers), None)
        if start is None or (each.misplaced and start == len(way) - 1):
            misplaced = misplaced or start is not None
            outside.append(each)
            continue
        place = "/".join([*(etree.QName(node).localname for node in way[start:]), *attribute])
        breach = breaches.setdefault(numbers[way[start]], _Breach(each.clause, place))
        if not each.misplaced:
            breach.nodes.append(way[-1])
    found = {
        number: RecordRefusal(
            b"", breach.place, breach.first, known(records[number], breach.nodes) if known is not None else {}
        )
        for number, breach in breaches.items()
    }
    return RefusedRecords(found, outside, misplaced)


class _Nodes:
    """Finds nodes by the paths that libxml2 writes, without counting the siblings before each of them anew.

    A step is `prefix:name`, a bare name, or `*` for a name of a default namespace; its number counts the siblings of
    that name, or all of them after `*`. An only one has no number.
    """

    def __init__(self, top: etree._Element) -> None:
        self._top = top
        self._children: dict[tuple[etree._Element, str], list[etree._Element]] = {}

    def at(self, path: str) -> tuple[list[etree._Element], list[str]]:
        """The elements from the top to a node, and the name of its attribute if the path ends in one."""
        way, attribute = [self._top], list[str]()
        for step in path.split("/")[2:]:
            if step.startswith("@"):
                attribute = [step]
                break
            named = _STEP.fullmatch(step)
            if named is None or named[1].endswith("()"):
                break  # a text: its element is the node
            siblings = self._named(way[-1], named[1])
            number = int(named[2] or 1) - 1
            if number >= len(siblings):
                break
            way.append(siblings[number])
        return way, attribute

    def _named(self, parent: etree._Element, name: str) -> list[etree._Element]:
        key = parent, name
        found = self._children.get(key)
        if found is None:
            prefix, _, local = name.rpartition(":")
            found = self._children[key] = [
                each
                for each in parent.iterchildren("*")
                if name == "*" or (etree.QName(each).localname == local and _has_prefix(each, prefix))
            ]
        return found


def _has_prefix(element: etree._Element, prefix: str) -> bool:
    """Whether libxml2 writes an element with a prefix; a bare name has no namespace, not even the default one."""
    return element.prefix == prefix if prefix else etree.QName(element).namespace is None
