"""A contract's records as XML Schema 1.0: one type a dataset; a parent holds the elements of its children."""

from __future__ import annotations

from lxml import etree

from contracts.export.texts import NOT_BLANK, TextDemand, demand
from contracts.model import Contract, Dataset, Field

_XS = "http://www.w3.org/2001/XMLSchema"


def xsd(contract: Contract) -> bytes:
    """The schema: an element of the contract's name with any number of records, fields in the contract's order.

    An optional field may be absent or empty; both mean the same.
    """
    space = f"urn:contract:{contract.name}:{contract.version.partition('.')[0]}"
    root = etree.Element(
        f"{{{_XS}}}schema",
        nsmap={"xs": _XS, None: space},  # type: ignore[dict-item]  # None is the default namespace
        targetNamespace=space,
        elementFormDefault="qualified",
        version=contract.version,
    )
    _note(root, contract.title, contract.meaning)
    top = _sequence(_child(root, "element", name=contract.name))
    first = contract.datasets[0]
    _child(top, "element", name="record", type=first.name, minOccurs="0", maxOccurs="unbounded")
    for dataset in contract.datasets:
        _dataset(root, contract, dataset)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _dataset(root: etree._Element, contract: Contract, dataset: Dataset) -> None:
    kind = _child(root, "complexType", name=dataset.name)
    _note(kind, dataset.title, dataset.meaning)
    inside = _child(kind, "sequence")
    for field in dataset.fields:
        _field(inside, field, demand(dataset, field))
    for child in contract.datasets:
        if child.parent == dataset.name:
            _child(inside, "element", name=child.name, type=child.name, minOccurs="0", maxOccurs="unbounded")


def _field(inside: etree._Element, field: Field, said: TextDemand) -> None:
    element = _child(inside, "element", name=field.name, minOccurs="1" if said.required else "0")
    _note(element, field.title, field.meaning)
    simple = _child(element, "simpleType")
    if said.required:
        _restriction(simple, _facets(said))
        return
    union = _child(simple, "union")
    _restriction(_child(union, "simpleType"), _facets(said))
    nothing = _child(_child(union, "simpleType"), "restriction", base="xs:string")
    _child(nothing, "length", value="0")


def _restriction(simple: etree._Element, groups: list[list[tuple[str, str]]]) -> None:
    """Each group of facets in a restriction of the one before: of two patterns in one, either would do."""
    inner = _child(simple, "restriction")
    if len(groups) == 1:
        inner.set("base", "xs:string")
    else:
        _restriction(_child(inner, "simpleType"), groups[:-1])
    for name, value in groups[-1]:
        _child(inner, name, value=value)


def _facets(said: TextDemand) -> list[list[tuple[str, str]]]:
    first = [("maxLength", str(said.max_length))] if said.max_length is not None else []
    first += [("enumeration", each) for each in said.codes]
    patterns = [*said.patterns, *([NOT_BLANK] if said.required else [])]
    return [first, *([("pattern", each)] for each in patterns)]


def _sequence(element: etree._Element) -> etree._Element:
    return _child(_child(element, "complexType"), "sequence")


def _child(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_XS}}}{tag}", attributes)


def _note(parent: etree._Element, title: str, meaning: str) -> None:
    """Vietnamese title, English meaning."""
    place = _child(parent, "annotation")
    for language, text in (("vi", title), ("en", meaning)):
        if text:
            note = _child(place, "documentation")
            note.set("{http://www.w3.org/XML/1998/namespace}lang", language)
            note.text = text
