"""A WSDL and its imports as local files: nothing is fetched, and every file has a pinned hash.

A map beside the WSDL, `<name>.imports.yaml`, names the file for each address:

    https://schemas.example/common.xsd: {file: common.xsd, sha256: 5d41...}

The address is the one in the importing document, as it is written there or as it resolves: made absolute if that
document has an address, else a path from the folder of the WSDL. An import without a location is named by its
namespace. An import of a schema that is not pinned costs the operations that need its namespace, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from contracts.errors import DeploymentInvalid, HubError

from ..xml import parsing as hardened
from ..xml.edits import require_plain
from ..xml.text import in_utf8
from .known_schemas import KNOWN
from .pins import Pins, is_beside

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SCHEMA = f"{hardened.XSD}schema"
_LINKS = (f"{WSDL}import", *(f"{hardened.XSD}{name}" for name in ("import", "include", "redefine")))
_CAPS = hardened.Caps(tags=2_000_000, attributes=1_000_000)


@dataclass(frozen=True)
class Link:
    """One import, include or redefine of a document."""

    kind: str
    """Its local name."""
    namespace: str
    location: str
    """As written; empty where there is none."""
    line: int
    of_a_schema: bool
    """Whether it is an import of XML Schema: it brings in another namespace, which not every operation needs."""


@dataclass(frozen=True)
class Documents:
    """The documents, by address; that of the WSDL is its file name."""

    wsdl: Path
    by_address: Mapping[str, bytes]
    """As they stand on the disk."""
    texts: Mapping[str, bytes]
    """The same in UTF-8."""
    trees: Mapping[str, etree._Element]
    links: Mapping[tuple[str, str, str], str]
    """Importing address, namespace and location as written -> address of the imported document."""
    unpinned: Mapping[str, DeploymentInvalid]
    """Namespace of a schema that is imported and not pinned -> why what needs it cannot be used."""

    @property
    def root(self) -> bytes:
        """The WSDL itself."""
        return self.by_address[self.wsdl.name]

    def where(self, address: str) -> str:
        """A document for messages: its address, or the path of a file beside the WSDL."""
        return _where(self.wsdl, address)

    def linked(self, address: str, at: etree._Element) -> str | None:
        """The address of what an import, include or redefine in a document brings in; None: no document of its own."""
        link = _link(at)
        return self.links.get((address, link.namespace, link.location))


def _where(wsdl: Path, address: str) -> str:
    return str(wsdl.parent / address) if is_beside(address) or address.startswith("..") else address


def map_beside(wsdl: Path) -> Path:
    """Where the map of a WSDL stands."""
    return wsdl.with_suffix(".imports.yaml")


def read_documents(wsdl: Path, imports: Path | None = None) -> Documents:
    """The WSDL and its imports, each checked before a library reads it.

    Raises:
        DeploymentInvalid: names file and line: an import that the map does not name, a file that is not the one
            pinned, a DTD, XML that cannot be read.
        ContractInvalid: the map is no YAML.
    """
    if not wsdl.is_file():
        raise DeploymentInvalid(f"{wsdl}: no such file", hint="give the path of a WSDL 1.1")
    reading = _Reading(wsdl, Pins(imports or map_beside(wsdl)))
    reading.add(wsdl.name, wsdl)
    return Documents(wsdl, reading.by_address, reading.texts, reading.trees, reading.links, reading.unpinned)


class _Reading:
    """Follows the imports from one document on."""

    def __init__(self, wsdl: Path, pins: Pins) -> None:
        self._wsdl, self._pins = wsdl, pins
        self.by_address: dict[str, bytes] = {}
        self.texts: dict[str, bytes] = {}
        self.trees: dict[str, etree._Element] = {}
        self.links: dict[tuple[str, str, str], str] = {}
        self.unpinned: dict[str, DeploymentInvalid] = {}

    def add(self, address: str, path: Path) -> None:
        """Read a document, and then all that it leads to, those that it names itself first."""
        waiting = {address: path}
        while waiting:
            address = next(iter(waiting))
            self._read(address, waiting.pop(address))
            for link in _links(self.trees[address]):
                if (target := self._target(address, link)) is None:
                    continue
                self.links[address, link.namespace, link.location] = target[0]
                if target[0] not in self.by_address:
                    waiting.setdefault(*target)

    def _read(self, address: str, path: Path) -> None:
        try:
            self.by_address[address] = path.read_bytes()
        except OSError as error:
            what = f"{path}: cannot be read ({type(error).__name__})"
            raise DeploymentInvalid(what, hint="look at its rights and at the disk") from None
        self.texts[address] = in_utf8(self.by_address[address])
        self.trees[address] = parsed(self.texts[address], _where(self._wsdl, address))
        try:
            require_plain(self.texts[address])
        except ValueError as error:
            what = f"{_where(self._wsdl, address)}: XML that not every reader takes ({error})"
            raise DeploymentInvalid(what, hint="ask its owner for a plain XML 1.0 document in UTF-8") from None

    def _target(self, address: str, link: Link) -> tuple[str, Path] | None:
        """Address and file of what a link brings in; None: nothing that is not there anyway."""
        if not link.location:
            return self._pins.of_namespace(link.namespace)
        resolved = self._pins.resolved(address, link.location)
        if resolved == self._wsdl.name:
            return resolved, self._wsdl
        if target := self._pins.of_location(address, link.location, {*self.links.values()}):
            return target
        if link.namespace in KNOWN:
            return None
        chart = self._pins.chart.name
        written = f' (written "{link.location}")' if link.location != resolved else ""
        where = f"{_where(self._wsdl, address)}:{link.line}"
        error = DeploymentInvalid(
            f"{where}: it imports {resolved}{written}, which is not pinned, and nothing is ever fetched",
            hint=f'put the file beside the WSDL and name it in {chart}:  "{resolved}": {{file: ..., sha256: ...}}',
        )
        if not link.of_a_schema:
            raise error
        self.unpinned.setdefault(link.namespace, error)
        return None


def _links(root: etree._Element) -> Iterator[Link]:
    """Each import, include and redefine of a document that names something else."""
    for each in root.iter(*_LINKS):
        link = _link(each)
        if link.location or link.namespace:
            yield link


def _link(at: etree._Element) -> Link:
    line: Any = at.sourceline  # lxml-stubs give it a type of their own
    location = (at.get("location") or at.get("schemaLocation") or "").strip()
    kind, namespace = etree.QName(at).localname, at.get("namespace") or ""
    return Link(kind, namespace, location, int(line or 0), at.tag == f"{hardened.XSD}import")


def parsed(content: bytes, about: str) -> etree._Element:
    """The tree of a description, read as suspiciously as a reply.

    Raises:
        DeploymentInvalid: a DTD, an entity, ill-formed.
    """
    try:
        return hardened.read(content, about, _CAPS, instructions=True)
    except HubError as error:
        hint = "give a WSDL 1.1 or XML Schema as its owner publishes it"
        if "DTD" in error.message or "entity" in error.message:
            hint = "descriptions need no DTD: take it out of our copy, say so in the deployment, and pin it anew"
        raise DeploymentInvalid(error.message, hint=hint) from None
