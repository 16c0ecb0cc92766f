"""The types of a WSDL: its schemas, and what rpc/literal adds to them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from lxml import etree

from contracts.errors import DeploymentInvalid

from ..xml import parsing
from .compiled import ASK, Compiled, compiled
from .documents import Documents, map_beside
from .operations import Wrapper
from .schemas import SchemaText, schema_of, schema_texts

_DRAFTS = ("http://www.w3.org/1999/XMLSchema", "http://www.w3.org/2000/10/XMLSchema")


class Types:
    """All types that the messages of a service can have."""

    def __init__(self, documents: Documents, wrappers: Iterable[Wrapper]) -> None:
        self._path, self._documents = documents.wsdl, documents
        given = schema_texts(documents)
        self._spaces = {each.space for each in given}
        self._given = _elements(given)
        made = {each.element: each for each in wrappers if each.element not in self._given}
        self.texts: tuple[SchemaText, ...] = (*given, *(_declared(each, str(self._path)) for each in made.values()))
        """The schemas, each as a document of one namespace."""
        self._every = self._given | made.keys()

    @cached_property
    def compiled(self) -> Compiled:
        """As `wsdl_compiled.compiled`."""
        if not self.texts:
            return Compiled(parsing.Schema.of(etree.fromstring(f'<xs:schema xmlns:xs="{parsing.XSD[1:-1]}"/>')), {})
        return compiled(self.texts, map_beside(self._path).name, self._documents.unpinned)

    def require(self, tag: str, what: str) -> None:
        """Demand that an element is declared, and that what it consists of is.

        Raises:
            DeploymentInvalid: `what` is this element, and why it cannot be used.
        """
        element = tag if tag.startswith("{") else f"{{}}{tag}"
        if element not in self._every:
            space = element[1:].partition("}")[0]
            if space in self._documents.unpinned:
                raise self._documents.unpinned[space]
            if (old := self._old_schema()) is not None:
                raise old
            pin = f'name a schema of it in {map_beside(self._path).name}:  "{space}": {{file: ..., sha256: ...}}'
            hint = ASK if space in self._spaces else f"there is no schema of its namespace here: {pin}"
            raise DeploymentInvalid(
                f"{self._path}: {what} is the element {tag}, which no schema here declares", hint=hint
            )
        if error := self.compiled.broken.get(("element", element)):
            raise error

    def _old_schema(self) -> DeploymentInvalid | None:
        """The error about types in a draft of XML Schema, which came before the standard of 2001."""
        for address, tree in self._documents.trees.items():
            for each in tree.iter(*(f"{{{space}}}schema" for space in _DRAFTS)):
                line: Any = each.sourceline  # lxml-stubs give it a type of their own
                space = etree.QName(each).namespace
                what = f"{self._documents.where(address)}:{line}: its types are in a draft of XML Schema ({space})"
                return DeploymentInvalid(what, hint="ask its owner for types of XML Schema 1.0, of 2001")
        return None

    def require_own(self, wrapper: Wrapper, operation: str) -> None:
        """Demand that no schema declares an element that rpc/literal makes. Raises: DeploymentInvalid."""
        if wrapper.element in self._given:
            what = (
                f"operation {operation} is rpc/literal, and a schema declares its element {wrapper.element} otherwise"
            )
            raise DeploymentInvalid(f"{self._path}: {what}", hint="ask its owner which of both it is")


def _elements(texts: Iterable[SchemaText]) -> frozenset[str]:
    return frozenset(
        f"{{{each.space}}}{at.get('name')}" for each in texts for at in each.tree.findall(f"{parsing.XSD}element")
    )


def _declared(wrapper: Wrapper, about: str) -> SchemaText:
    """What the rules of rpc/literal say of an element, as a schema."""
    space, _, name = wrapper.element[1:].partition("}")
    parts = "".join(_part(number, part, kind) for number, (part, kind) in enumerate(wrapper.parts))
    spaces = dict.fromkeys(kind[1:].partition("}")[0] for _, kind in wrapper.parts)
    imports = "".join(_import(each) for each in spaces if each not in (space, parsing.XSD[1:-1]))
    target = f' targetNamespace="{_quoted(space)}"' if space else ""
    return schema_of(
        space,
        f'<xs:schema xmlns:xs="{parsing.XSD[1:-1]}"{target}>{imports}<xs:element name="{_quoted(name)}"><xs:complexType>'
        f"<xs:sequence>{parts}</xs:sequence></xs:complexType></xs:element></xs:schema>".encode(),
        about,
    )


def _part(number: int, part: str, kind: str) -> str:
    space, _, local = kind[1:].partition("}")
    named = f'xmlns:p{number}="{_quoted(space)}" type="p{number}:{local}"' if space else f'type="{local}"'
    return f'<xs:element name="{_quoted(part)}" {named}/>'


def _import(space: str) -> str:
    return f'<xs:import namespace="{_quoted(space)}"/>' if space else "<xs:import/>"


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
