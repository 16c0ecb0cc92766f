"""The tree of what an element holds, by its schema: names, counts and kinds of text; and the paths through it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce

from .variants import merged

ANY, ANY_ATTRIBUTE = "*", "@*"
"""Names of what a schema leaves open: elements (`xs:any`) and attributes (`xs:anyAttribute`)."""
OWN_TEXT, OWN_NAME = "text()", "name()"
"""Paths of a record's own text beside its elements, and of the name under which it stands."""


@dataclass(frozen=True)
class Text:
    """The kind of text that a leaf holds."""

    base: str = "string"
    """The built-in type of XML Schema that it goes back to, without prefix."""
    pattern: str | None = None
    """The nearest pattern: a regular expression of XML Schema, anchored at both ends."""
    codes: tuple[str, ...] = ()
    max_length: int | None = None
    default: str | None = None
    """What the schema says for an element that is empty, or an attribute that is absent."""
    fixed: str | None = None
    """The only text that the schema allows; it is the default too."""


@dataclass(frozen=True)
class Node:
    """An element at its position in another one."""

    name: str
    tag: str
    """As lxml writes it: `{namespace}name`, or a bare name without namespace. An attribute begins with `@`, here and in
    `name`.
    """
    optional: bool
    many: bool
    documentation: str
    text: Text | None
    """None where it holds elements only."""
    children: tuple[Node, ...] = field(default=(), repr=False)
    needed: bool = False
    """Whether the element around it must hold it. Of the alternatives of a choice, the first."""
    mixed: bool = False
    """Whether text and elements stand in it beside each other: its text is all of that, in its order."""
    stands_for: str = ""
    """Name of the element in whose place it may stand (substitution group)."""
    nth: int = 1
    """Which of the elements of its tag it is, where several may come, each with a path of its own."""

    @property
    def is_open(self) -> bool:
        """Whether the schema lets anything stand somewhere in it."""
        return any(each.name in (ANY, ANY_ATTRIBUTE) or each.is_open for each in self.children)

    def leaves(self, before: str = "") -> Iterator[tuple[str, Node]]:
        """Path and node of each leaf below that comes at most once."""
        for each in self.children:
            path = f"{before}{each.name}"
            if each.many:
                continue
            if each.text is not None:
                yield path, each
            yield from replace(each, children=each.below).leaves(f"{path}/")

    def lists(self, before: str = "") -> Iterator[tuple[str, Node]]:
        """Path and node of each element below that may come many times, the outermost only."""
        for each in self.children:
            path = f"{before}{each.name}"
            if each.many:
                yield path, each
            else:
                yield from replace(each, children=each.below).lists(f"{path}/")

    @property
    def step(self) -> str:
        """The step to it in a path, as lxml's `find` takes it."""
        return self.tag if self.nth == 1 else f"{self.tag}[{self.nth}]"

    @property
    def below(self) -> tuple[Node, ...]:
        """The children whose texts are not part of its own; of those whose texts are, what else they hold."""
        return _beside_the_text(self.children) if self.mixed else self.children


def _beside_the_text(children: Iterable[Node]) -> tuple[Node, ...]:
    """Attributes and open places of elements whose texts are part of a mixed text around them."""
    found = []
    for each in children:
        if each.name.startswith("@") or each.name == ANY:
            found.append(each)
        elif inner := _beside_the_text(each.children):
            found.append(replace(each, text=None, mixed=False, children=inner))
    return tuple(found)


def way(node: Node, path: str) -> list[Node] | str:
    """The nodes along a path of names below a node; the name that it breaks off at, when it is no way.

    Where the schema leaves open what stands there, a name is `{namespace}name`.
    """
    found = [node]
    for name in steps(path):
        step = next((each for each in found[-1].children if each.name == name), None) or _foreign(found[-1], name)
        if step is None:
            return name
        found.append(step)
    return found[1:]


def steps(path: str) -> list[str]:
    """The names of a path; a slash within a namespace parts nothing."""
    return re.findall(r"(?:\{[^}]*\}|[^/{])+", path)


def _foreign(above: Node, name: str) -> Node | None:
    """An element or attribute that the schema does not declare, where it lets one stand."""
    bare = name.removeprefix("@")
    open_place = ANY_ATTRIBUTE if name.startswith("@") else ANY
    if not bare.startswith("{") or all(each.name != open_place for each in above.children):
        return None
    inside = () if name.startswith("@") else (wildcard(ANY), wildcard(ANY_ATTRIBUTE))
    return Node(name, name, True, False, "", Text(), inside, mixed=bool(inside))


def wildcard(name: str) -> Node:
    """What a schema leaves open: `ANY` or `ANY_ATTRIBUTE`."""
    return Node(name, name, True, True, "", None)


def record_of(reply: Node, path: str) -> tuple[list[Node], tuple[str, ...]] | str:
    """The nodes along the path of a record, and the tags of what may stand in its place; the name that it breaks off at.

    The record holds what any of these elements holds.
    """
    found = way(reply, path)
    if isinstance(found, str):
        return found
    above = [reply, *found][-2]
    others = [each for each in above.children if each.stands_for == found[-1].name]
    return [*found[:-1], reduce(merged, others, found[-1])], tuple(each.tag for each in others)


def beside(reply: Node, record: str) -> Iterator[tuple[str, Node]]:
    """Path and node of each text, list and open place of a reply that is not in its record."""
    yield from _beside(reply, steps(record), "")


def _beside(node: Node, ahead: list[str], before: str) -> Iterator[tuple[str, Node]]:
    for each in node.below:
        path = f"{before}{each.name}"
        if ahead and ahead[0] in (each.name, each.stands_for):
            if len(ahead) > 1 and each.name == ahead[0]:
                yield from _beside(each, ahead[1:], f"{path}/")
            elif len(ahead) > 1:
                yield path, each  # what stands in the place of something around the record is not read
        elif each.many or each.text is not None:
            yield path, each
            yield from (_beside(each, [], f"{path}/") if not each.many else ())
        else:
            yield from _beside(each, [], f"{path}/")
