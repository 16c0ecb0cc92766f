"""What a schema says an element holds, as a tree of names, counts and kinds of text: what drafts and paths are made
from.

Only the shape is read here. Whether an element is valid, the compiled schema decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from contracts.errors import DeploymentInvalid

from .wsdl import Wsdl
from .xml import XSD

_BORROWED = (f"{XSD}complexContent", f"{XSD}simpleContent")
_LARGEST = 100_000
"""Elements that one reply's shape may have: types that hold each other many ways over would never end."""
_GROUPS = tuple(f"{XSD}{name}" for name in ("sequence", "choice", "all"))


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
    """None where it holds elements."""
    children: tuple[Node, ...] = field(default=(), repr=False)
    needed: bool = False
    """Whether the element around it must hold it. Of the alternatives of a choice, the first."""

    def leaves(self, before: str = "") -> Iterator[tuple[str, Node]]:
        """Path and node of each leaf below that comes at most once."""
        for each in self.children:
            path = f"{before}{each.name}"
            if each.many:
                continue
            if each.text is not None:
                yield path, each
            yield from each.leaves(f"{path}/")

    def lists(self, before: str = "") -> Iterator[tuple[str, Node]]:
        """Path and node of each element below that may come many times, the outermost only."""
        for each in self.children:
            path = f"{before}{each.name}"
            if each.many:
                yield path, each
            else:
                yield from each.lists(f"{path}/")


def way(node: Node, path: str) -> list[Node] | str:
    """The nodes along a path of names below a node; the name that it breaks off at, when it is no way."""
    found, names = [node], path.split("/")
    for name in names:
        step = next((each for each in found[-1].children if each.name == name), None)
        if step is None:
            return name
        found.append(step)
    return found[1:]


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
        kind = self._type(declared)
        body = kind if kind is not None else declared
        children: tuple[Node, ...] = ()
        if body not in above:  # a type that holds itself ends here: its depth is the reply's business
            children = tuple(self._children(body, (*above, body)))
        inner = any(not each.name.startswith("@") for each in children)
        text = (
            None
            if inner or (kind is not None and _kind(kind) == "complexType" and body.find(_BORROWED[1]) is None)
            else self._text(declared)
        )
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
        )

    def _children(self, body: etree._Element, above: tuple[object, ...]) -> Iterator[Node]:
        for each in body:
            if each.tag == f"{XSD}element":
                declared = (
                    self._declared.get(("element", self._name(each, each.get("ref", "")))) if each.get("ref") else each
                )
                if declared is not None and each.get("maxOccurs") != "0":
                    yield self._node(each, declared, above)
            elif each.tag in _GROUPS:
                yield from self._children(each, above)
            elif each.tag == f"{XSD}attribute" and each.get("use") != "prohibited":
                yield self._attribute(each)
            elif each.tag == f"{XSD}attributeGroup" and each.get("ref"):
                shared = self._declared.get(("attributeGroup", self._name(each, each.get("ref", ""))))
                yield from self._children(shared, above) if shared is not None else ()
            elif each.tag == f"{XSD}group" and each.get("ref"):
                group = self._declared.get(("group", self._name(each, each.get("ref", ""))))
                if group is not None and group not in above:
                    yield from (_inside(each, node) for node in self._children(group, (*above, group)))
            elif each.tag == f"{XSD}complexType":
                yield from self._children(each, above)
            elif each.tag in _BORROWED:
                for derived in each:
                    base = self._declared.get(("complexType", self._name(derived, derived.get("base", ""))))
                    if _kind(derived) == "extension" and base is not None and base not in above:
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
