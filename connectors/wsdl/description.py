"""A WSDL 1.1: the operations of its SOAP 1.1 ports, and its schema, compiled once.

Documents, ports, operations and types each have a module: `wsdl_documents.py`, `wsdl_ports.py`, `wsdl_operations.py` and
`wsdl_types.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from lxml import etree

from contracts.errors import DeploymentInvalid

from ..xml import parsing
from .documents import WSDL, Documents
from .operations import Operation, OperationReader
from .ports import Definitions, spoken
from .types import Types

__all__ = ("Operation", "Wsdl")


class Wsdl:
    """One description, read from pinned documents only."""

    def __init__(self, documents: Documents, port: str | None = None) -> None:
        """`port` names one of its SOAP 1.1 ports; None: all of them.

        Raises:
            DeploymentInvalid: it is no WSDL 1.1, or has no such port.
        """
        self.documents = documents
        self.path: Path = documents.wsdl
        self.port = port
        self._definitions = Definitions(documents)
        ports, aside = spoken(self._definitions, port)
        self.aside: tuple[str, ...] = tuple(f"{each.name} ({each.kind})" for each in aside)
        """Ports that are not spoken to, each with what it is."""
        self._found: dict[str, list[Operation]] = {}
        self._refused: dict[str, DeploymentInvalid] = {}
        for each in ports:
            self._read(OperationReader(self._definitions, each), each.binding)
        self.operations: Mapping[str, Operation] = {name: found[0] for name, found in self._found.items()}
        """Those that can be asked as far as their messages go; of several ports, as the first one has it."""

    @property
    def refused(self) -> Mapping[str, DeploymentInvalid]:
        """Operations that cannot be asked, each with the reason."""
        return {name: error for name, error in self._refused.items() if name not in self.operations}

    def operation(self, name: str) -> Operation:
        """An operation whose request and reply the schema declares.

        Raises:
            DeploymentInvalid: no such operation (names those that are near), or the reason why it cannot be asked.
        """
        found = self.operations.get(name)
        if found is None:
            raise self.refused[name] if name in self.refused else self._unknown(name)
        for side, element in (("input", found.request), ("output", found.reply)):
            self._types.require(element, f"the {side} of operation {name}")
        for each in found.wrappers:
            self._types.require_own(each, name)
        return found

    def ports_of(self, name: str) -> tuple[str, ...]:
        """Ports that an operation is called at in different ways: a person must choose. Empty where all are alike."""
        found = self._found.get(name, [])
        ways = {(each.request, each.reply, each.action, each.version, each.wrappers) for each in found}
        return tuple(each.port for each in found) if len(ways) > 1 else ()

    @property
    def schema(self) -> parsing.Schema:
        """Its types, compiled, without those that break the rules of XML Schema.

        Raises:
            DeploymentInvalid: they break them where no single type can be left out.
        """
        return self._types.compiled.schema

    @property
    def schemas(self) -> tuple[etree._Element, ...]:
        """The trees of all its schemas: first those inside the WSDL, then the imported ones."""
        return tuple(each.tree for each in self._types.texts)

    @cached_property
    def _types(self) -> Types:
        return Types(self.documents, [wrapper for each in self.operations.values() for wrapper in each.wrappers])

    def _read(self, reader: OperationReader, binding: etree._Element) -> None:
        bound = binding.findall(f"{WSDL}operation")
        for each in bound:
            name = each.get("name", "")
            try:
                found = reader.read(each)
            except DeploymentInvalid as error:
                self._refused.setdefault(name, error)
            else:
                self._found.setdefault(name, []).append(found)

    def _unknown(self, name: str) -> DeploymentInvalid:
        every = [*self.operations, *self.refused]
        near = [each for each in every if name.lower()[:4] in each.lower()] or every
        shown = f"{', '.join(near[:8])}{' ...' if len(near) > 8 else ''}"
        return DeploymentInvalid(f"{self.path}: no operation {name} among {len(every)}", hint=f"near it: {shown}")
