"""The request of an operation, written as its schema shapes it: what is given at its place, and what must be around it.

Nothing is invented: an element that the schema demands and that holds no text of its own is written, a text that it
fixes is written, and any other text is given or absent. The schema says afterwards whether the whole is valid.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from lxml import etree

from contracts.errors import DeploymentInvalid

from ..xml.parsing import Violation
from .description import Operation, Wsdl
from .shape import Node, Text

_OF_VALUES = re.compile(
    r"(PATTERN|ENUMERATION|LENGTH|CLUSIVE|DIGITS|FACET|DATATYPE)_VALID|CVC_TYPE_3_1_3|CVC_ATTRIBUTE_3|COMPLEX_TYPE_2_2"
)
"""Clauses about a text; a person gives the right one."""
_REASONS = {
    "SCHEMAV_CVC_TYPE_2": "its type is abstract, so a request would have to choose another with xsi:type",
    "SCHEMAV_CVC_ELT_2": "it is abstract, so another element would have to stand for it",
    "SCHEMAV_CVC_ELT_1": "it is nowhere declared",
    "SCHEMAV_ELEMENT_CONTENT": "it needs an element several times, an abstract one, or one that no path of the schema leads to",
}
_SAMPLES = {
    "date": "2022-01-01",
    "dateTime": "2022-01-01T00:00:00+07:00",
    "time": "00:00:00",
    "gYear": "2022",
    "gYearMonth": "2022-01",
    "gMonth": "--01",
    "gMonthDay": "--01-01",
    "gDay": "---01",
    "duration": "P1D",
    "boolean": "false",
    "base64Binary": "AAAA",
    "hexBinary": "00",
    "language": "vi",
    **dict.fromkeys(("decimal", "float", "double", "integer", "long", "int", "short", "byte"), "1"),
    **dict.fromkeys(("nonNegativeInteger", "positiveInteger", "unsignedLong", "unsignedInt", "unsignedShort"), "1"),
    **dict.fromkeys(("unsignedByte",), "1"),
    **dict.fromkeys(("nonPositiveInteger", "negativeInteger"), "-1"),
}


def request_body(shape: Node, values: Mapping[str, str]) -> etree._Element:
    """The element of the Body; `values` are texts by their path in the request."""
    body = etree.Element(shape.tag)
    _fill(body, shape, values, "")
    return body


def needed_texts(shape: Node, before: str = "") -> Iterator[tuple[str, Node]]:
    """Path and node of each text that a valid request must have and that the schema does not fix. Of alternatives the
    first counts.
    """
    for each in shape.children:
        if not each.needed:
            continue
        path = f"{before}{each.name}"
        if each.text is not None and each.text.fixed is None:
            yield path, each
        yield from needed_texts(each, f"{path}/")


def require_askable(wsdl: Wsdl, operation: Operation, shape: Node, dated: Collection[str] = ()) -> None:
    """Try a request with invented texts, `dated` among them, against the schema.

    Raises:
        DeploymentInvalid: no text could make it valid; says why.
    """
    wanted = dict(needed_texts(shape))
    values = {path: _sample(node.text or Text()) for path, node in wanted.items()}
    values |= {path: _sample(_leaf(shape, path)) for path in dated}
    found = wsdl.schema.violations(request_body(shape, values))
    if shape.text is None:
        found = tuple(each for each in found if not _OF_VALUES.search(each.clause))
    if found:
        raise DeploymentInvalid(
            f"{wsdl.path}: operation {operation.name} cannot be asked: {_reason(found[0])}",
            hint="a dialect of its own can ask it (docs/add-a-system.md, part 2); or ask its owner for a plainer operation",
        )


def _fill(at: etree._Element, shape: Node, values: Mapping[str, str], before: str) -> None:
    done: set[str] = set()
    given = {f"{path}/".removeprefix(before).partition("/")[0] for path in values if path.startswith(before)}
    replaced = {each.stands_for for each in shape.children if each.stands_for and each.name in given}
    for each in shape.children:
        if each.name in replaced:
            continue  # another element stands in its place
        path = f"{before}{each.name}"
        text = values.get(path)
        if text is None and each.needed and each.text is not None:
            text = each.text.fixed
        if path in done:
            continue  # a second element of the name: what is given stands in the first
        if each.name.startswith("@"):
            if text is not None:
                at.set(each.tag[1:], text)
            continue
        if each.name in given or text is not None or (each.needed and each.text is None):
            done.add(path)
            inner = etree.SubElement(at, each.tag)
            inner.text = text
            _fill(inner, each, values, f"{path}/")


def _leaf(shape: Node, path: str) -> Text:
    at = shape
    for name in path.split("/"):
        at = next(each for each in at.children if each.name == name)
    return at.text or Text()


def _sample(text: Text) -> str:
    if text.fixed is not None:
        return text.fixed
    if text.codes:
        return text.codes[0]
    return _SAMPLES.get(text.base, "x")


def _reason(found: Violation) -> str:
    at = re.sub(r"\[\d+\]|\*|[\w.-]+:", "", found.path).replace("//", "/")
    if _OF_VALUES.search(found.clause):
        return "the request is one text, and a path leads to what is in it"
    return f"{_REASONS.get(found.clause, found.clause)} ({found.clause} at {at or found.path})"
