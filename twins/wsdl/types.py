"""A WSDL as its twin reads it, independently of the hub's client: request and reply elements, and their schema."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from contracts.yaml.lines import read_located

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
BASE = "http://twin.invalid/"


class Description:
    """Operations and types of one WSDL; the map beside it names all its imports."""

    def __init__(self, wsdl: Path, imports: Path | None = None) -> None:
        """
        Raises:
            ValueError: an import that the map does not name, a file that is not the one it pins, or no operation.
            lxml.etree.Error: no WSDL, or types that are no schema.
        """
        chart = imports or wsdl.with_suffix(".imports.yaml")
        self._files = _pinned(chart) if chart.is_file() else {}
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        self._parser.resolvers.add(_FromMap(self))
        root = etree.fromstring(wsdl.read_bytes(), self._parser, base_url=f"{BASE}{wsdl.name}")
        if root.getroottree().docinfo.doctype:
            raise ValueError(f"{wsdl} has a DTD, which is never accepted")
        self._inner = [self._alone(each) for each in root.iterfind(f"{WSDL}types/{XS}schema")]
        self.schemas = [*self._inner, *self._imported(self._inner)]
        self.schema = etree.XMLSchema(etree.fromstring(self._driver(), self._parser, base_url=f"{BASE}driver"))
        self.operations = dict(self._exchanges(root))
        """Request element -> (operation, reply element)."""
        if not self.operations:
            raise ValueError("a double answers document/literal operations that stand in the WSDL itself; it has none")

    def text(self, address: str) -> bytes | None:
        """What stands behind an address: inner schemas by their number, alone or put together, or a file of the map."""
        kind, _, number = address.removeprefix(BASE).partition("/")
        if kind in ("inner", "space") and number.isdigit():
            return etree.tostring(self._inner[int(number)]) if kind == "inner" else self._space(int(number))
        path = self._files.get(address.removeprefix(BASE))
        return None if path is None else path.read_bytes()

    def _alone(self, schema: etree._Element) -> etree._Element:
        """An inner schema as a document, with the prefixes that it inherits."""
        made = etree.Element(schema.tag, dict(schema.attrib), schema.nsmap)
        made.extend(list(schema))
        for each in made.iter(f"{XS}import", f"{XS}include"):
            if location := each.get("schemaLocation"):
                each.set("schemaLocation", urljoin(BASE, location))
        return made

    def _imported(self, waiting: list[etree._Element]) -> Iterator[etree._Element]:
        seen: set[str] = set()
        queue = [(BASE, each) for each in waiting]
        while queue:
            base, schema = queue.pop(0)
            for each in schema.iter(f"{XS}import", f"{XS}include"):
                address = urljoin(base, each.get("schemaLocation", ""))
                if not each.get("schemaLocation") or address in seen:
                    continue
                seen.add(address)
                content = self.text(address)
                if content is None:
                    raise ValueError(f"an import of {address.removeprefix(BASE)} that the map does not name")
                found = etree.fromstring(content, self._parser, base_url=address)
                queue.append((address, found))
                yield found

    def _driver(self) -> bytes:
        """A schema that imports every namespace of the inner ones, each from one place: libxml2 takes no second."""
        named = {space: f' namespace="{space}"' if space else "" for space in self._spaces}
        parts = (
            f'<xs:import{named[space]} schemaLocation="{BASE}space/{number}"/>'
            for number, space in enumerate(self._spaces)
        )
        return _schema(' targetNamespace="urn:motlan:twin"', *parts)

    @property
    def _spaces(self) -> list[str]:
        return list(dict.fromkeys(each.get("targetNamespace", "") for each in self._inner))

    def _space(self, number: int) -> bytes:
        """The inner schemas of one namespace, put together."""
        space = self._spaces[number]
        members = (n for n, each in enumerate(self._inner) if each.get("targetNamespace", "") == space)
        return _schema(
            f' targetNamespace="{space}"' if space else "",
            *(f'<xs:include schemaLocation="{BASE}inner/{n}"/>' for n in members),
        )

    def _exchanges(self, root: etree._Element) -> Iterator[tuple[str, tuple[str, str]]]:
        bodies = {}
        for message in root.iterfind(f"{WSDL}message"):
            for part in message.iterfind(f"{WSDL}part"):
                if (element := part.get("element")) and message.get("name") not in bodies:
                    prefix, _, local = element.rpartition(":")
                    bodies[message.get("name")] = f"{{{part.nsmap.get(prefix or None, '')}}}{local}"
        for operation in root.iterfind(f"{WSDL}portType/{WSDL}operation"):
            messages = [
                str(place.get("message")).rpartition(":")[2]
                for place in operation
                if place.tag in (f"{WSDL}input", f"{WSDL}output")
            ]
            goes, comes = (bodies.get(each) for each in messages) if len(messages) == 2 else (None, None)
            if goes and comes:
                yield goes, (str(operation.get("name")), comes)


def _schema(target: str, *inside: str) -> bytes:
    return f'<xs:schema xmlns:xs="{XS[1:-1]}"{target}>{"".join(inside)}</xs:schema>'.encode()


class _FromMap(etree.Resolver):
    def __init__(self, description: Description) -> None:
        self._description = description

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # lxml-stubs do not know the context
        content = self._description.text(system_url)
        return None if content is None else self.resolve_string(content, context, base_url=system_url)


def _pinned(chart: Path) -> Mapping[str, Path]:
    found = {}
    for address, entry in read_located(chart).data.items():
        path = chart.parent / entry["file"]
        if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            raise ValueError(f"{path} is not the file that {chart.name} pins")
        found[str(address)] = path
    return found
