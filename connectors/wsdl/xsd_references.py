"""What a schema's definitions are called, and which others they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from lxml import etree

from ..xml.parsing import XSD

Key: TypeAlias = tuple[str, str]
"""Kind and `{namespace}name` of a definition; simple and complex types are one kind."""

_KINDS = {
    f"{XSD}element": "element",
    f"{XSD}complexType": "type",
    f"{XSD}simpleType": "type",
    f"{XSD}group": "group",
    f"{XSD}attributeGroup": "attributeGroup",
    f"{XSD}attribute": "attribute",
}
_TYPES = ("type", "base", "itemType", "memberTypes")
_XML = "http://www.w3.org/XML/1998/namespace"


def expanded(at: etree._Element, written: str) -> str:
    """`{namespace}name` of a prefixed name where it stands; without namespace `{}name`."""
    prefix, _, local = written.strip().rpartition(":")
    space = _XML if prefix == "xml" else at.nsmap.get(prefix or None) or ""
    return f"{{{space}}}{local}"


def global_key(at: etree._Element) -> Key | None:
    """The key of a global definition; None: it is none, or has no name."""
    kind, name = _KINDS.get(str(at.tag)), at.get("name")
    if kind is None or name is None:
        return None
    return kind, f"{{{at.getroottree().getroot().get('targetNamespace', '')}}}{name}"


def references(at: etree._Element) -> Iterator[Key]:
    """What the attributes of one element of a schema refer to."""
    if not str(at.tag).startswith(XSD):
        return
    for attribute in _TYPES:
        for written in at.get(attribute, "").split():
            yield "type", expanded(at, written)
    kind, ref, head = _KINDS.get(str(at.tag)), at.get("ref"), at.get("substitutionGroup")
    if ref and kind:
        yield kind, expanded(at, ref)
    if head:
        yield "element", expanded(at, head)


def signature(at: etree._Element) -> Any:
    """What a definition says, apart from prefixes, order of attributes and annotations: equal for equal definitions."""
    names = tuple(sorted(references(at)))
    attributes = tuple(
        sorted((name, value) for name, value in at.attrib.items() if name not in (*_TYPES, "ref", "substitutionGroup"))
    )
    inside = tuple(signature(each) for each in at if isinstance(each.tag, str) and each.tag != f"{XSD}annotation")
    return str(at.tag), names, attributes, inside
