"""A WSDL 1.1: the operations of its SOAP 1.1 binding, and its schema, compiled once.

zeep reads the same documents to make calls (`connectors/soap.py`); libxml2 validates replies by the schema.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from contracts.errors import DeploymentInvalid

from . import xml
from .wsdl_documents import HERE, WSDL, Documents, inline_schemas, parsed

_SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
_XROAD_VERSION = "{http://x-road.eu/xsd/xroad.xsd}version"
_ASK = "ask its owner for a repaired one; or mend our copy, say so in the deployment, and pin it anew"


@dataclass(frozen=True)
class Operation:
    """One document/literal operation: one element is sent, one is returned."""

    name: str
    request: str
    """The element of the request's Body, `{namespace}name`."""
    reply: str
    version: str = ""
    """X-Road's version of the service, if the binding has one."""
    documentation: str = ""


class Wsdl:
    """One description, read from pinned documents only."""

    def __init__(self, documents: Documents) -> None:
        """Raises: DeploymentInvalid: it has no SOAP 1.1 binding, or is not document/literal."""
        self.documents = documents
        self.path: Path = documents.wsdl
        self._root = parsed(documents.root, str(self.path))
        if self._root.tag != f"{WSDL}definitions":
            raise self._invalid(self._root, "no WSDL 1.1", "its root must be wsdl:definitions")
        self.operations: Mapping[str, Operation] = {each.name: each for each in self._read_operations()}

    def operation(self, name: str) -> Operation:
        """Raises: DeploymentInvalid: no such operation; names those that are near."""
        if found := self.operations.get(name):
            return found
        near = [each for each in self.operations if name.lower()[:4] in each.lower()] or list(self.operations)
        shown = f"{', '.join(near[:8])}{' ...' if len(near) > 8 else ''}"
        raise DeploymentInvalid(
            f"{self.path}: no operation {name} among {len(self.operations)}", hint=f"near it: {shown}"
        )

    @cached_property
    def schema(self) -> xml.Schema:
        """Its types, compiled.

        Raises:
            DeploymentInvalid: they break the rules of XML Schema; names the first place.
        """
        inline = self._inline
        spaces: dict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(inline):
            spaces[each.get("targetNamespace", "")].append(number)
        texts = {
            f"{HERE}{address}" if "://" not in address else address: text
            for address, text in self.documents.by_address.items()
        }
        texts |= {f"{HERE}?inline={number}": text for number, text in enumerate(inline_schemas(self.documents.root))}
        # libxml2 imports a namespace once, and only from one place: schemas that share one are first put together.
        for number, (space, members) in enumerate(spaces.items()):
            target = f' targetNamespace="{space}"' if space else ""
            texts[f"{HERE}?space={number}"] = _schema(
                target, *(f'<xs:include schemaLocation="{HERE}?inline={member}"/>' for member in members)
            )
        named = {space: f' namespace="{space}"' if space else "" for space in spaces}
        imports = (
            f'<xs:import{named[space]} schemaLocation="{HERE}?space={number}"/>' for number, space in enumerate(spaces)
        )
        parser = xml.strict_parser()
        parser.resolvers.add(_Pinned(texts))
        driver = _schema(' targetNamespace="urn:motlan:driver"', *imports)
        try:
            return xml.Schema.of(etree.fromstring(driver, parser, base_url=f"{HERE}?driver"))
        except etree.XMLSchemaParseError as error:
            raise self._broken(error) from None

    @cached_property
    def schemas(self) -> tuple[etree._Element, ...]:
        """The trees of all its schemas: first those inside the WSDL, then the imported ones."""
        outer = (
            parsed(text, address) for address, text in self.documents.by_address.items() if address != self.path.name
        )
        return (*self._inline, *(each for each in outer if each.tag == f"{xml.XSD}schema"))

    @cached_property
    def _inline(self) -> tuple[etree._Element, ...]:
        return tuple(etree.fromstring(text, xml.strict_parser()) for text in inline_schemas(self.documents.root))

    # -- reading ----------------------------------------------------------------------------------

    def _read_operations(self) -> list[Operation]:
        bindings = [each for each in self._root.findall(f"{WSDL}binding") if each.find(f"{_SOAP}binding") is not None]
        if len(bindings) != 1:
            raise self._invalid(
                self._root,
                f"it has {len(bindings)} bindings to SOAP 1.1 where one is due",
                "a WSDL of one SOAP 1.1 service is needed",
            )
        [binding] = bindings
        port = next(
            (p for p in self._root.findall(f"{WSDL}portType") if p.get("name") == _local(binding.get("type"))), None
        )
        if port is None:
            raise self._invalid(binding, "its binding is of a portType that it does not have", _ASK)
        return [self._operation(binding, each, port) for each in binding.findall(f"{WSDL}operation")]

    def _operation(self, binding: etree._Element, bound: etree._Element, port: etree._Element) -> Operation:
        name = bound.get("name", "")
        head, of_binding = bound.find(f"{_SOAP}operation"), binding.find(f"{_SOAP}binding")
        styles = [each.get("style") for each in (head, of_binding) if each is not None and each.get("style")]
        if (styles or ["document"])[0] != "document" or any(
            each.get("use", "literal") != "literal" for each in bound.iter(f"{_SOAP}body")
        ):
            raise self._invalid(
                bound,
                f"operation {name} is not document/literal",
                "other styles are not spoken: ask for a WS-I conformant WSDL",
            )
        declared = next((each for each in port.findall(f"{WSDL}operation") if each.get("name") == name), None)
        if declared is None:
            raise self._invalid(bound, f"operation {name} is bound, and its portType does not have it", _ASK)
        documentation = declared.find(f"{WSDL}documentation")
        documentation_text = (
            "" if documentation is None else " ".join("".join(map(str, documentation.itertext())).split())
        )
        ends = [self._element(declared, bound, side) for side in ("input", "output")]
        return Operation(name, ends[0], ends[1], (bound.findtext(_XROAD_VERSION) or "").strip(), documentation_text)

    def _element(self, declared: etree._Element, bound: etree._Element, side: str) -> str:
        """The element of one side's Body."""
        place = declared.find(f"{WSDL}{side}")
        message = None if place is None else _local(place.get("message"))
        found = next((each for each in self._root.findall(f"{WSDL}message") if each.get("name") == message), None)
        body = bound.find(f"{WSDL}{side}/{'{*}body'}")
        if body is None:
            body = bound.find(f"{WSDL}{side}//{_SOAP}body")  # inside a multipart of the MIME binding
        named = (body.get("parts") or "").split() if body is not None else []
        parts = (
            [] if found is None else [p for p in found.findall(f"{WSDL}part") if not named or p.get("name") in named]
        )
        if found is None or not parts or not parts[0].get("element"):
            raise self._invalid(
                declared, f"the {side} of operation {declared.get('name')} is no message with an element", _ASK
            )
        return _expanded(parts[0], parts[0].get("element", ""))

    def _invalid(self, at: etree._Element, what: str, hint: str) -> DeploymentInvalid:
        return DeploymentInvalid(f"{self.path}:{at.sourceline}: {what}", hint=hint)

    def _broken(self, error: etree.XMLSchemaParseError) -> DeploymentInvalid:
        log: Any = error.error_log  # lxml-stubs does not know its parts
        first = next((each for each in log if each.level_name != "WARNING"), None)
        if first is None:
            return DeploymentInvalid(f"{self.path}: its types are no usable XML Schema", hint=_ASK)
        document = str(first.filename or "").removeprefix(HERE)
        where = (
            str(self.path)
            if document.startswith(("?", "<")) or not document
            else document
            if "://" in document
            else str(self.path.parent / document)
        )
        return DeploymentInvalid(f"{where}:{first.line}: the WSDL breaks its own schema: {first.message}", hint=_ASK)


class _Pinned(etree.Resolver):
    """Gives the compiler the pinned texts, and nothing else."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # lxml-stubs do not know the context
        text = self._texts.get(system_url)
        if text is None:
            return None  # network and DTDs are shut in the parser itself
        return self.resolve_string(text, context, base_url=system_url)


def _schema(target: str, *inside: str) -> bytes:
    return f'<xs:schema xmlns:xs="{xml.XSD[1:-1]}"{target}>{"".join(inside)}</xs:schema>'.encode()


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]


def _expanded(at: etree._Element, name: str) -> str:
    """`{namespace}name` of a prefixed name where it stands."""
    prefix, _, local = name.rpartition(":")
    return f"{{{at.nsmap.get(prefix or None, '')}}}{local}"
