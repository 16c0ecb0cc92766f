"""Nothing that a reply may say is passed over: every text has a field, a meaning in the plan, or is left out by name.

    total: tongSo              the number of records that the service has for the question; must agree with what came
    more: conNua               says whether records are left that did not come (true, or a number or mark of the rest)
    last: trangCuoi            says whether nothing is left (true), the other way around
    deleted: daXoa             keys of records that were deleted at the source; each is a refused row, a case
    left_out: [ghiChu, /tam]   what is left out by decision: in the record, and with / beside it

Where the schema leaves open what stands in a record (`*`, `@*`), only the reply shows it: a record that brings something
which no field takes is refused, unless `*` is left out by decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from contracts.errors import DeploymentInvalid

from ..errors import Malformed
from ..mapping import FieldMap
from ..wsdl.nodes import ANY, ANY_ATTRIBUTE, OWN_NAME, OWN_TEXT, Node, beside, steps, way

MARKS = ("total", "more", "last", "deleted")
_NO = frozenset({"", "0", "false", "n", "no", "không", "khong"})
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class Marks:
    """Paths, from the top of the reply, of what says whether a reply is whole; empty where it does not say it."""

    total: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


def read_marks(reply: Node, given: Mapping[str, object], about: str) -> Marks:
    """The marks of a plan. Raises: DeploymentInvalid: no path of the reply, or none that one text stands at."""
    found: dict[str, tuple[str, ...]] = {}
    for name in MARKS:
        if name not in given:
            continue
        path = str(given[name])
        nodes = way(reply, path)
        if isinstance(nodes, str):
            raise DeploymentInvalid(f"{about}.{name}: {path} is no way through {reply.name}: there is no {nodes}")
        if name != "deleted" and (nodes[-1].text is None or any(each.many for each in nodes)):
            raise DeploymentInvalid(f"{about}.{name}: {path} is no single text")
        found[name] = tuple(each.step for each in nodes)
    return Marks(**found)


def require_whole(answer: etree._Element, marks: Marks, count: int, about: str) -> None:
    """Check what a reply says about itself.

    Raises:
        Malformed: it has another number of records than it says, or says that more are left. A narrower question may
            be answered whole.
    """
    hint = "ask for fewer days (days), or ask the owner how the rest is asked for"
    total = _text(answer, marks.total)
    if total and not total.isdecimal():
        raise Malformed(f"{about}: the total of the reply is no number", hint="the plan's total names another element")
    if total and int(total) != count:
        what = f"{about}: the reply holds {count} records and says that there are {int(total)}"
        raise Malformed(what, hint=hint, clause="TOTAL_DISAGREES")
    last = _text(answer, marks.last).casefold()
    if _text(answer, marks.more).casefold() not in _NO or (last and last in _NO):
        what = f"{about}: the reply says that more records are left than the {count} that came"
        raise Malformed(what, hint=hint, clause="MORE_RECORDS")


def _text(answer: etree._Element, path: Sequence[str]) -> str:
    if not path:
        return ""
    *above, last = path
    at: etree._Element | None = answer
    for step in above if last.startswith("@") else path:
        at = at.find(step) if at is not None else None
    if at is None:
        return ""
    return ((at.get(last[1:]) if last.startswith("@") else at.text) or "").strip()


def all_taken(
    record: Node, reply: Node, record_path: str, fields: FieldMap, given: Mapping[str, object], about: str
) -> frozenset[str]:
    """Check that every text of a reply is taken or left out by name; returns what is left out.

    Raises:
        DeploymentInvalid: names the paths of what nothing takes, and those left out that are not there.
    """
    left_out = given.get("left_out", [])
    if not isinstance(left_out, list):
        raise DeploymentInvalid(
            f"{about}.left_out must be a list of paths", hint="[] where every text of the record has its field"
        )
    left = {str(each) for each in left_out}
    offered = {*(path for path, _ in record.leaves()), *(path for path, _ in record.lists())}
    if record.mixed or record.text is not None:
        offered.add(OWN_TEXT)
    # What stands above a field's own path in a mixed text is said with it, and must be decided on its own.
    if silent := sorted(each for each in offered - set(fields.wire_names) - left if steps(each)[-1] not in _OPEN):
        raise DeploymentInvalid(
            f"{about}: the record has {', '.join(silent)}, and no field takes it",
            hint="map it, or name it under left_out",
        )
    taken = {str(given[name]) for name in (*MARKS, "refusal") if name in given}
    around = {f"/{path}" for path, _ in beside(reply, record_path)}
    said = {*fields.wire_names, *(f"/{each}" for each in taken)}
    unsaid = sorted(each for each in around - said - left if not _inside(each, left | said))
    if unsaid:
        raise DeploymentInvalid(
            f"{about}: beside the records the reply has {', '.join(unsaid)}, and nothing takes it",
            hint=f"say what it is: {', '.join(MARKS)}, refusal, a field of the map; or name it under left_out",
        )
    if unknown := sorted(
        each for each in left - offered - around - _OPEN - {OWN_NAME} if not _is_way(record, reply, each)
    ):
        raise DeploymentInvalid(f"{about}.left_out: the record does not have {', '.join(unknown)}", hint="take it away")
    return frozenset(left)


_OPEN = frozenset({ANY, ANY_ATTRIBUTE})


def _inside(path: str, taken: Collection[str]) -> bool:
    """Whether something around a path is taken or left out whole."""
    return any(path.startswith(f"{each}/") for each in taken)


def _is_way(record: Node, reply: Node, path: str) -> bool:
    top = path.startswith("/")
    return not isinstance(way(reply if top else record, path.removeprefix("/")), str)


class OpenContent:
    """Finds what a record brings where the schema lets anything stand, and no field takes."""

    def __init__(self, record: Node, fields: Collection[str], left_out: Collection[str]) -> None:
        self._record, self._left_out = record, frozenset(left_out)
        self._fields = frozenset(
            "/".join(steps(path)[:end]) for path in fields for end in range(1, len(steps(path)) + 1)
        )
        self._whole = frozenset(fields)

    def first(self, record: etree._Element) -> str | None:
        """The names on the way to the first of it; None: there is none."""
        found = next(self._untaken(record, self._record, ""), None)
        return None if found is None else f"{etree.QName(record).localname}/{found}"

    def _untaken(self, element: etree._Element, node: Node, before: str) -> Iterator[str]:
        known = {each.tag: each for each in node.children}
        for name in map(str, element.attrib):
            path = f"{before}@{name}"
            if not (
                name.startswith(_INSTANCE)
                or f"@{name}" in known
                or path in self._fields
                or f"{before}{ANY_ATTRIBUTE}" in self._left_out
            ):
                yield f"{_names(before)}@{etree.QName(name).localname}"
        for inner in element.iterchildren("*"):
            tag = str(inner.tag)
            declared = known.get(tag)
            path = f"{before}{declared.name if declared else tag}"
            if declared is not None:
                yield from self._untaken(inner, declared, f"{path}/")
            elif f"{before}{ANY}" in self._left_out or path in self._whole or path in self._left_out:
                continue
            elif path in self._fields:  # something in it is taken
                yield from self._untaken(inner, _ANYTHING, f"{path}/")
            else:
                yield f"{_names(before)}{etree.QName(inner).localname}"


_ANYTHING = Node("", "", True, False, "", None)


def _names(before: str) -> str:
    """A path without its namespaces."""
    return "".join(f"{name.rpartition('}')[2]}/" for name in steps(before))
