"""The schemas of a WSDL as whole documents, each of one namespace and none importing another by location.

Descriptions spread their types in every way that XML Schema and habit allow. Here they are brought into one form, which
libxml2 compiles and paths are read from:

* a schema inside a WSDL stands alone, with the prefixes that it inherits, in its old lines;
* `include` and `import` go: all documents of a namespace are put together by the compiler (`wsdl_compiled.py`), and each
  document imports the namespaces that it uses;
* a schema without namespace that others include (a chameleon) comes once in the namespace of each of them;
* `redefine` becomes plain definitions, and what they redefine gets another name;
* a reference to the schema of schemas, which .NET writes for a DataSet, is any element of that namespace.

Only these places of the bytes are edited, so what a compiler complains of is in the line that it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from ..xml.edits import XmlEdits, tree_of
from ..xml.parsing import XSD
from .documents import SCHEMA, WSDL, Documents
from .known_schemas import KNOWN
from .xsd_references import expanded, global_key, references

_SPACE_OF_SCHEMAS = XSD[1:-1]


@dataclass(frozen=True)
class SchemaText:
    """One document of one namespace."""

    space: str
    text: bytes
    about: str
    """Where it comes from, for messages: a path or an address."""
    tree: etree._Element
    unlocated: frozenset[str] = frozenset()
    """Namespaces that it imports without saying from where."""


@dataclass(frozen=True)
class _Placed:
    """A document at work."""

    address: str
    space: str
    edits: XmlEdits


def schema_texts(documents: Documents) -> tuple[SchemaText, ...]:
    """All schemas of a WSDL: those inside it first, then those that it imports, then known ones that they use."""
    parts = list(_parts(documents))
    for number, part in enumerate(parts):
        _without_redefine(part, [other for other in parts if other.space == part.space], number, documents)
    made = [_made(part, documents) for part in parts]
    given = {each.space for each in made}
    used = {space for each in made for space in _spaces_used(each.tree)}
    return (*made, *(schema_of(space, KNOWN[space], "the specification") for space in KNOWN if space in used - given))


def schema_of(space: str, text: bytes, about: str) -> SchemaText:
    """A document that is in its final form."""
    return SchemaText(space, text, about, tree_of(text))


def _parts(documents: Documents) -> Iterator[_Placed]:
    waiting: list[tuple[str, bytes, str]] = []
    for address, tree in documents.trees.items():
        if tree.tag != SCHEMA:
            waiting += [(address, text, "") for text in _inside(documents.texts[address])]
    for address, tree in documents.trees.items():
        if tree.tag == SCHEMA and (tree.get("targetNamespace") or _is_imported(documents, address)):
            waiting.append((address, documents.texts[address], ""))
    seen: set[tuple[str, bytes]] = set()
    while waiting:
        address, text, space = waiting.pop(0)
        edits = _placed(text, space)
        space = edits.root.get("targetNamespace", "")
        if (space, text.strip()) in seen:
            continue
        seen.add((space, text.strip()))
        yield _Placed(address, space, edits)
        for each in edits.root.iter(f"{XSD}include", f"{XSD}redefine"):
            target = documents.linked(address, each)
            if target is not None and _has_no_namespace(documents.trees[target]):
                waiting.append((target, documents.texts[target], space))


def _has_no_namespace(tree: etree._Element) -> bool:
    return tree.tag == SCHEMA and not tree.get("targetNamespace")


def _is_imported(documents: Documents, address: str) -> bool:
    """Whether a document without namespace is brought in as such."""
    return any(
        documents.linked(other, each) == address
        for other, tree in documents.trees.items()
        for each in tree.iter(f"{XSD}import", f"{WSDL}import")
    )


def _inside(text: bytes) -> Iterator[bytes]:
    """Each schema inside a WSDL, cut out of its bytes."""
    edits = XmlEdits(text)
    for each in edits.root.iterfind(f"{WSDL}types/{SCHEMA}"):
        begin, end = edits.span(each)
        tag = edits.tag(each)
        cut = begin + len(tag) - (2 if tag.endswith(b"/>") else 1)
        names = {f"xmlns:{prefix}" if prefix else "xmlns": space for prefix, space in each.nsmap.items()}
        inherited = "".join(
            f' {name}="{_attribute(space)}"'
            for name, space in names.items()
            if not re.search(rb"\s" + re.escape(name.encode()) + rb"\s*=", tag)
        )
        yield b"\n" * text.count(b"\n", 0, begin) + text[begin:cut] + inherited.encode() + text[cut:end]


def _placed(text: bytes, space: str) -> XmlEdits:
    """A document in its own namespace, or in the one that it is included in."""
    edits = XmlEdits(text)
    root = edits.root
    if root.get("targetNamespace"):
        return edits
    if root.get("targetNamespace") == "":
        edits.unset(root, "targetNamespace")
    if space:
        edits.set(root, {"targetNamespace": space} | ({} if None in root.nsmap else {"xmlns": space}))
    return XmlEdits(edits.result())


def _without_redefine(part: _Placed, same_space: Sequence[_Placed], number: int, documents: Documents) -> None:
    for redefine in part.edits.root.findall(f"{XSD}redefine"):
        if not any(isinstance(each.tag, str) for each in redefine):
            part.edits.replace(redefine)
            continue
        below = _reached(documents, documents.linked(part.address, redefine))
        for new in redefine:
            key = global_key(new)
            old = next((found for found in _redefinable(part, same_space, below) if global_key(found[1]) == key), None)
            if key is None or old is None:
                continue
            name = f"{key[1].rpartition('}')[2]}.redefined{number}"
            old[0].edits.set(old[1], {"name": name})
            for each in new.iter(etree.Element):
                for attribute in ("base", "ref"):
                    written = each.get(attribute, "")
                    if written and expanded(each, written) == key[1]:
                        part.edits.set(each, {attribute: f"{written.rpartition(':')[0]}:{name}".lstrip(":")})
        part.edits.unwrap(redefine)


def _reached(documents: Documents, address: str | None) -> set[str]:
    """The documents that one brings in as its own, and itself."""
    found, waiting = set[str](), [address]
    while waiting:
        each = waiting.pop()
        if each is not None and each not in found:
            found.add(each)
            links = documents.trees[each].iterchildren(f"{XSD}include", f"{XSD}redefine")
            waiting += [documents.linked(each, link) for link in links]
    return found


def _redefinable(
    part: _Placed, same_space: Sequence[_Placed], below: set[str]
) -> Iterator[tuple[_Placed, etree._Element]]:
    """What a redefine may mean: first what the documents that it names redefine themselves, then what they define."""
    for other in same_space:
        if other is not part and other.address in below:
            yield from ((other, each) for at in other.edits.root.iterfind(f"{XSD}redefine") for each in _elements(at))
    for other in (*(each for each in same_space if each.address in below), *same_space):
        yield from ((other, each) for each in _elements(other.edits.root))


def _elements(at: etree._Element) -> Iterator[etree._Element]:
    return at.iterchildren(etree.Element)


def _made(part: _Placed, documents: Documents) -> SchemaText:
    edits, root = part.edits, part.edits.root
    unlocated = set()
    for each in root.iterchildren(f"{XSD}import", f"{XSD}include"):
        edits.replace(each)
        if each.tag == f"{XSD}import" and documents.linked(part.address, each) is None:
            unlocated.add(each.get("namespace", ""))
    for each in list(root.iter(f"{XSD}element", f"{XSD}attribute")):
        if each.get("ref") and expanded(each, each.get("ref", "")).startswith(XSD):
            edits.replace(each, _any_of_schemas(edits.tag(each), each))
    prefix = _prefix(edits.tag(root))
    imported = sorted(_spaces_used(root) - {part.space})
    names = (f' namespace="{_attribute(space)}"' if space else "" for space in imported)
    edits.insert(root, "".join(f"<{prefix}import{name}/>" for name in names).encode())
    text = edits.result()
    about = documents.where(part.address)
    return SchemaText(part.space, text, about, tree_of(text), frozenset(unlocated))


def _any_of_schemas(tag: bytes, at: etree._Element) -> bytes:
    if at.tag != f"{XSD}element":
        return b""
    counts = "".join(f' {name}="{at.get(name)}"' for name in ("minOccurs", "maxOccurs") if at.get(name))
    return f'<{_prefix(tag)}any namespace="{_SPACE_OF_SCHEMAS}" processContents="skip"{counts}/>'.encode()


def _prefix(tag: bytes) -> str:
    """The prefix of a tag with its colon, or nothing."""
    name = re.match(rb"<([^\s/>]+)", tag)
    assert name is not None
    return b"".join(name[1].rpartition(b":")[:2]).decode()


def _spaces_used(root: etree._Element) -> set[str]:
    return {name[1:].partition("}")[0] for each in root.iter(etree.Element) for _, name in references(each)} - {
        _SPACE_OF_SCHEMAS
    }


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def by_space(texts: Iterable[SchemaText]) -> dict[str, list[int]]:
    """The numbers of the documents of each namespace."""
    found: dict[str, list[int]] = {}
    for number, each in enumerate(texts):
        found.setdefault(each.space, []).append(number)
    return found
