"""What a schema says an element holds, as a tree of names, counts and kinds of text: what drafts and paths are made
from.

Only the shape is read here. Whether an element is valid, the compiled schema decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml import etree

from contracts.errors import DeploymentInvalid

from ..xml.parsing import XSD
from .description import Wsdl
from .nodes import ANY, ANY_ATTRIBUTE, Node, Text, way, wildcard
from .variants import Variants, chosen, extended, numbered

__all__ = ["Node", "Shapes", "Text", "way"]

_BORROWED = (f"{XSD}complexContent", f"{XSD}simpleContent")
_LARGEST = 100_000
"""Elements that one reply's shape may have: types that hold each other many ways over would never end."""
_GROUPS = tuple(f"{XSD}{name}" for name in ("sequence", "choice", "all"))


class Shapes:
    """The elements of a WSDL, by their tags as lxml writes them."""

    def __init__(self, wsdl: Wsdl) -> None:
        self._wsdl = wsdl
        self._left = _LARGEST
        self._declared: dict[tuple[str, str], etree._Element] = {}
        for schema in wsdl.schemas:
            space = schema.get("targetNamespace", "")
            for each in schema:
                if isinstance(each.tag, str) and each.get("name"):
                    self._declared[_kind(each), f"{{{space}}}{each.get('name')}"] = each
        self._variants = Variants(self._declared, self._name)

    def element(self, name: str) -> Node:
        """The shape of a global element.

        Raises:
            DeploymentInvalid: it is not declared.
        """
        declared = self._declared.get(("element", name if name.startswith("{") else f"{{}}{name}"))
        if declared is None:
            raise DeploymentInvalid(
                f"{self._wsdl.path}: its schema declares no element {name}", hint="the WSDL is not whole: ask its owner"
            )
        self._left = _LARGEST
        try:
            return self._node(declared, declared, ())
        except RecursionError:
            what = f"{self._wsdl.path}: the types of {declared.get('name')} hold each other deeper than can be read"
            raise DeploymentInvalid(what, hint="ask its owner for a narrower operation") from None

    def _node(self, particle: etree._Element, declared: etree._Element, above: tuple[object, ...]) -> Node:
        self._left -= 1
        if self._left < 0:
            hint = "its types hold each other: ask its owner for a narrower operation"
            raise DeploymentInvalid(
                f"{self._wsdl.path}: a reply of more than {_LARGEST:,} different elements", hint=hint
            )
        name = declared.get("name", "")
        typed = self._typed(declared)
        kind = self._type(typed)
        body = kind if kind is not None else declared
        children: tuple[Node, ...] = ()
        # How deep a type holds itself is the reply's business: what comes there is open, so that nothing is passed over.
        open_ = (wildcard(ANY), wildcard(ANY_ATTRIBUTE))
        children = open_ if body in above else self._content(kind, body, (*above, body))
        inner = any(not each.name.startswith("@") for each in children)
        anything = kind is None and typed.get("type", "").rpartition(":")[2] in ("", "anyType")
        mixed = anything or _is_mixed(body)
        if anything:
            children = open_
        only_elements = inner or (kind is not None and _kind(kind) == "complexType" and body.find(_BORROWED[1]) is None)
        text = None if only_elements and not mixed else self._text(typed)
        many = particle.get("maxOccurs", "1") not in ("0", "1") or _inside_many(particle)
        optional = particle.get("minOccurs") == "0" or _inside_optional(particle)
        return Node(
            name,
            self._tag(declared),
            optional,
            many,
            _documentation(particle) or _documentation(declared),
            text and _with_default(text, declared),
            children,
            needed=_is_needed(particle),
            mixed=mixed,
        )

    def _content(
        self, kind: etree._Element | None, body: etree._Element, above: tuple[object, ...]
    ) -> tuple[Node, ...]:
        """What an element of a type holds, also where the reply names a type that is derived from it."""
        derived = self._variants.derived(kind) if kind is not None else ()
        more = (numbered(self._children(each, (*above[:-1], each))) for each in derived if each not in above)
        return tuple(extended(numbered(self._children(body, above)), *more))

    def _elements(self, particle: etree._Element, above: tuple[object, ...]) -> Iterator[Node]:
        """The element of a particle, and those that may stand in its place."""
        if particle.get("maxOccurs") == "0":
            return
        if not particle.get("ref"):
            yield self._node(particle, particle, above)
            return
        head = self._declared.get(("element", self._name(particle, particle.get("ref", ""))))
        if head is None:
            return
        others = [self._node(particle, each, above) for each in self._variants.stand_ins(head)]
        named = self._node(particle, head, above)
        yield replace(named, optional=True) if others else named
        yield from (replace(each, optional=True, needed=False, stands_for=named.name) for each in others)

    def _children(self, body: Iterable[etree._Element], above: tuple[object, ...]) -> Iterator[Node]:
        for each in body:
            if each.tag == f"{XSD}element":
                yield from self._elements(each, above)
            elif each.tag == f"{XSD}choice":
                yield from chosen(self._children([branch], above) for branch in each)
            elif each.tag in _GROUPS:
                yield from self._children(each, above)
            elif each.tag == f"{XSD}any" and each.get("maxOccurs") != "0":
                yield wildcard(ANY)
            elif each.tag == f"{XSD}anyAttribute":
                yield wildcard(ANY_ATTRIBUTE)
            elif each.tag == f"{XSD}attribute" and each.get("use") != "prohibited":
                yield self._attribute(each)
            elif each.tag == f"{XSD}attributeGroup" and each.get("ref"):
                shared = self._declared.get(("attributeGroup", self._name(each, each.get("ref", ""))))
                yield from self._children(shared, above) if shared is not None else ()
            elif each.tag == f"{XSD}group" and each.get("ref"):
                group = self._declared.get(("group", self._name(each, each.get("ref", ""))))
                if group is not None and group in above:
                    yield wildcard(ANY)  # as a type that holds itself
                elif group is not None:
                    yield from (_inside(each, node) for node in self._children(group, (*above, group)))
            elif each.tag == f"{XSD}complexType":
                yield from self._children(each, above)
            elif each.tag in _BORROWED:
                for derived in each:
                    base = self._declared.get(("complexType", self._name(derived, derived.get("base", ""))))
                    if _kind(derived) == "extension" and base is not None and base in above:
                        yield from (wildcard(ANY), wildcard(ANY_ATTRIBUTE))  # it holds a type that is derived from it
                    elif _kind(derived) == "extension" and base is not None:
                        yield from self._children(base, (*above, base))
                    yield from self._children(derived, above)

    def _attribute(self, each: etree._Element) -> Node:
        name = self._name(each, each.get("ref", "")) if each.get("ref") else each.get("name", "")
        declared = self._declared.get(("attribute", name), each) if each.get("ref") else each
        optional = each.get("use") != "required"
        text = _with_default(_with_default(self._text(declared), declared), each)
        tag = name.removeprefix("{}") if each.get("ref") else self._attribute_tag(each)
        return Node(
            f"@{name.rpartition('}')[2]}",
            f"@{tag}",
            optional,
            False,
            _documentation(each),
            text,
            needed=not optional,
        )

    def _attribute_tag(self, declared: etree._Element) -> str:
        schema = declared.getroottree().getroot()
        space = schema.get("targetNamespace")
        qualified = declared.get("form", schema.get("attributeFormDefault")) == "qualified"
        return f"{{{space}}}{declared.get('name')}" if qualified and space else declared.get("name", "")

    def _typed(self, declared: etree._Element) -> etree._Element:
        """The declaration that says the type of an element: without one of its own, it has that of its group's head."""
        for _ in range(20):  # as deep as groups are ever nested
            head = declared.get("substitutionGroup")
            if head is None or declared.get("type") or self._type(declared) is not None:
                break
            above = self._declared.get(("element", self._name(declared, head.split()[0])))
            if above is None:
                break
            declared = above
        return declared

    def _type(self, declared: etree._Element) -> etree._Element | None:
        """The named or inner type of an element, unless it is built in."""
        if given := declared.get("type"):
            name = self._name(declared, given)
            return self._declared.get(("complexType", name), self._declared.get(("simpleType", name)))
        inner = declared.find(f"{XSD}complexType")
        return inner if inner is not None else declared.find(f"{XSD}simpleType")

    def _text(self, declared: etree._Element) -> Text:
        """What is known of a leaf's text, the nearest restriction first."""
        base, pattern, longest = "string", None, None
        codes: tuple[str, ...] = ()
        at, given = self._type(declared), declared.get("type", "")
        for _ in range(20):  # as deep as types are ever derived
            if at is None:
                base = given.rpartition(":")[2] or "string"
                break
            derived = next(iter(at.iter(f"{XSD}restriction", f"{XSD}extension")), None)
            if derived is None:
                break  # a list or a union: any text
            patterns = [each.get("value", "") for each in derived.findall(f"{XSD}pattern")]
            pattern = pattern or ("|".join(patterns) or None)
            codes = codes or tuple(each.get("value", "") for each in derived.findall(f"{XSD}enumeration"))
            length = next(
                (each.get("value") for n in ("maxLength", "length") if (each := derived.find(f"{XSD}{n}")) is not None),
                None,
            )
            longest = longest or (int(length) if length and length.isdigit() else None)
            given = derived.get("base", "")
            name = self._name(derived, given)
            inner = derived.find(f"{XSD}simpleType")
            at = self._declared.get(("simpleType", name), self._declared.get(("complexType", name), inner))
        return Text(base, pattern, codes, longest)

    def _tag(self, declared: etree._Element) -> str:
        schema = declared.getroottree().getroot()
        qualified = (
            declared.getparent() is schema or declared.get("form", schema.get("elementFormDefault")) == "qualified"
        )
        space = schema.get("targetNamespace")
        return f"{{{space}}}{declared.get('name')}" if qualified and space else declared.get("name", "")

    def _name(self, at: etree._Element, prefixed: str) -> str:
        prefix, _, local = prefixed.rpartition(":")
        if prefix == "xml":
            return f"{{http://www.w3.org/XML/1998/namespace}}{local}"
        return f"{{{at.nsmap.get(prefix or None) or ''}}}{local}"


def _is_mixed(body: etree._Element) -> bool:
    contents = (body, *body.iterchildren(f"{XSD}complexContent", f"{XSD}complexType"))
    return any(each.get("mixed") in ("true", "1") for each in contents)


def _kind(each: etree._Element) -> str:
    return etree.QName(each).localname


def _groups_around(particle: etree._Element) -> Iterator[etree._Element]:
    parent = particle.getparent()
    while parent is not None and parent.tag in _GROUPS:
        yield parent
        parent = parent.getparent()


def _inside_many(particle: etree._Element) -> bool:
    return any(each.get("maxOccurs", "1") not in ("0", "1") for each in _groups_around(particle))


def _inside_optional(particle: etree._Element) -> bool:
    return any(each.get("minOccurs") == "0" or each.tag == f"{XSD}choice" for each in _groups_around(particle))


def _is_needed(particle: etree._Element) -> bool:
    """Whether a particle must come, with all groups around it."""
    for each in (particle, *_groups_around(particle)):
        above = each.getparent()
        first = above is None or above.tag != f"{XSD}choice" or each is next(above.iterchildren(etree.Element), None)
        if each.get("minOccurs") == "0" or each.get("maxOccurs") == "0" or not first:
            return False
    return True


def _inside(reference: etree._Element, node: Node) -> Node:
    """A node of a group where the group is referred to."""
    return replace(
        node,
        optional=node.optional or reference.get("minOccurs") == "0" or _inside_optional(reference),
        many=node.many or reference.get("maxOccurs", "1") not in ("0", "1") or _inside_many(reference),
        needed=node.needed and _is_needed(reference),
    )


def _with_default(text: Text, declared: etree._Element) -> Text:
    fixed = declared.get("fixed", text.fixed)
    return replace(text, default=declared.get("default", fixed if fixed is not None else text.default), fixed=fixed)


def _documentation(declared: etree._Element) -> str:
    """The words of an annotation, whatever language and tags they are in."""
    note = declared.find(f"{XSD}annotation")
    return "" if note is None else " ".join("".join(map(str, note.itertext())).split())
