"""A WSDL and its imports as local files: nothing is fetched, and every file has a pinned hash.

A map beside the WSDL, `<name>.imports.yaml`, names the file for each address:

    https://schemas.example/common.xsd: {file: common.xsd, sha256: 5d41...}

The address is the one in the importing document, made absolute if that document has an address. A document beside the
WSDL keeps its relative name.
"""

from __future__ import annotations

import hashlib
import os.path
import xml.parsers.expat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from contracts.errors import DeploymentInvalid, HubError
from contracts.yaml_lines import read_located

from . import xml as hardened

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
HERE = "http://wsdl.invalid/"
"""The base of what is imported by a relative name: a name that no address can have (RFC 2606)."""
_CAPS = hardened.Caps(tags=2_000_000, attributes=1_000_000)


@dataclass(frozen=True)
class Documents:
    """The texts, by address; that of the WSDL is its file name."""

    wsdl: Path
    by_address: Mapping[str, bytes]

    @property
    def root(self) -> bytes:
        """The WSDL itself."""
        return self.by_address[self.wsdl.name]

    def get(self, address: str) -> bytes | None:
        """A document by the path or address that a library made of its import; None when it is not pinned."""
        return self.by_address.get(address if "://" in address else os.path.relpath(address, self.wsdl.parent))


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
    chart = imports or map_beside(wsdl)
    known = _read_map(chart) if chart.is_file() else {}
    found = {wsdl.name: wsdl.read_bytes()}
    waiting = [wsdl.name]
    while waiting:
        address = waiting.pop()
        for line, target in _imports(address, found[address], wsdl):
            if target in found:
                continue
            if target not in known:
                raise DeploymentInvalid(
                    f"{address if '://' in address else wsdl.parent / address}:{line}: it imports {target}, which is outside and is never fetched",
                    hint=f'put the file beside the WSDL and name it in {chart.name}:  "{target}": {{file: ..., sha256: ...}}',
                )
            found[target] = known[target].read_bytes()
            waiting.append(target)
    return Documents(wsdl, found)


def _read_map(chart: Path) -> dict[str, Path]:
    """Address -> file, each as it is pinned."""
    file, found = read_located(chart), {}
    hint = "one line an address:  address: {file: name, sha256: what sha256sum prints}"
    if not isinstance(file.data, dict):
        raise DeploymentInvalid(f"{chart}:1: not a map of imports", hint=hint)
    for address, entry in file.data.items():
        where = f"{chart}:{file.line((address,))}"
        if (
            not isinstance(entry, dict)
            or set(entry) != {"file", "sha256"}
            or not all(isinstance(value, str) for value in entry.values())
        ):
            raise DeploymentInvalid(f"{where}: {address} has no file and sha256", hint=hint)
        path = chart.parent / entry["file"]
        if not path.is_file():
            raise DeploymentInvalid(f"{where}: no such file: {path}", hint="put it there, or mend its name")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != entry["sha256"]:
            raise DeploymentInvalid(
                f"{where}: {path} is not the file that is pinned (it has {digest})",
                hint="read what changed in it, then pin it anew",
            )
        found[address] = path
    return found


def _imports(address: str, content: bytes, wsdl: Path) -> Iterator[tuple[int, str]]:
    """Line and address of each document that this one imports or includes."""
    root = parsed(content, str(wsdl.parent / address) if "://" not in address else address)
    for each in root.iter(f"{WSDL}import", *(f"{hardened.XSD}{name}" for name in ("import", "include", "redefine"))):
        if location := each.get("location") or each.get("schemaLocation"):
            yield _line(each), _short(urljoin(urljoin(HERE, address), location))


def parsed(content: bytes, about: str) -> etree._Element:
    """The tree of a description, read as suspiciously as a reply.

    Raises:
        DeploymentInvalid: a DTD, an entity, another encoding, ill-formed.
    """
    try:
        return hardened.read(content, about, _CAPS, instructions=True)
    except HubError as error:
        raise DeploymentInvalid(error.message, hint="ask its owner for a clean one; descriptions need no DTD") from None


def _line(at: etree._Element) -> int:
    line: Any = at.sourceline  # lxml-stubs give it a type of their own
    return int(line or 0)


def _short(address: str) -> str:
    return address.removeprefix(HERE)


def inline_schemas(content: bytes) -> list[bytes]:
    """Each schema of the WSDL's types as a document of its own.

    It is cut out of the bytes, not written anew, and stands in its old lines: what the compiler of schemas
    complains of is where it says.
    """
    scopes: list[dict[str, str]] = [{}]
    starts: list[tuple[int, int, dict[str, str]]] = []
    spans: list[tuple[int, int, int, dict[str, str]]] = []
    parser = xml.parsers.expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        scopes.append({**scopes[-1], **{n: v for n, v in attributes.items() if n == "xmlns" or n.startswith("xmlns:")}})
        prefix, _, local = name.rpartition(":")
        if (
            local == "schema"
            and not starts
            and scopes[-1].get(f"xmlns:{prefix}" if prefix else "xmlns") == hardened.XSD[1:-1]
        ):
            inherited = {n: v for n, v in scopes[-1].items() if n not in attributes}
            starts.append((len(scopes), parser.CurrentByteIndex, {"": name, **inherited}))
            lines.append(parser.CurrentLineNumber)

    def end(name: str) -> None:
        if starts and starts[-1][0] == len(scopes):
            _, at, scope = starts.pop()
            spans.append((lines[-1], at, content.index(b">", parser.CurrentByteIndex) + 1, scope))
        scopes.pop()

    lines: list[int] = []
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(content, True)
    return [_cut(content, *span) for span in spans]


def _cut(content: bytes, line: int, begin: int, end: int, scope: dict[str, str]) -> bytes:
    name = b"<" + scope.pop("").encode()
    declared = "".join(
        f' {n}="{v.replace("&", "&amp;").replace(chr(34), "&quot;").replace("<", "&lt;")}"' for n, v in scope.items()
    ).encode()
    return b"\n" * (line - 1) + name + declared + content[begin + len(name) : end]
