"""The types of a WSDL as one compiled schema, without the definitions that break the rules of XML Schema.

One wrong definition must not cost the operations that do without it. So what libxml2 complains of is left out, with all
that refers to it, until the rest compiles; an operation that needs it is refused with the complaint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from contracts.errors import DeploymentInvalid

from ..xml import parsing
from ..xml.edits import XmlEdits
from .schemas import SchemaText, by_space
from .xsd_references import Key, global_key, references, signature

ASK = "ask its owner for a repaired one; or mend our copy, say so in the deployment, and pin it anew"
_HERE = "http://wsdl.invalid/"
_ROUNDS = 40
"""Compilations at most: libxml2 finds some faults only when others are gone."""


@dataclass(frozen=True)
class Compiled:
    """A schema, and what it lacks."""

    schema: parsing.Schema
    broken: Mapping[Key, DeploymentInvalid]
    """Definitions that are left out, each with the first reason."""


@dataclass(frozen=True)
class _Fault:
    text: int
    line: int
    message: str


def compiled(texts: Sequence[SchemaText], chart: str, unpinned: Mapping[str, DeploymentInvalid]) -> Compiled:
    """Compile the schemas of a WSDL. `chart` names its map of imports, for messages; `unpinned` are the errors about
    namespaces whose schemas are not here.

    Raises:
        DeploymentInvalid: they break the rules of XML Schema where no single definition can be left out.
    """
    try:
        return Compiled(_compile(texts, [each.text for each in texts]), {})
    except etree.XMLSchemaParseError:
        return _Repair(texts, chart, unpinned).result()


class _Repair:
    """Leaves out what is wrong, step by step."""

    def __init__(self, texts: Sequence[SchemaText], chart: str, unpinned: Mapping[str, DeploymentInvalid]) -> None:
        self._texts, self._chart, self._unpinned = texts, chart, unpinned
        self._edits = [XmlEdits(each.text) for each in texts]
        self._gone: set[etree._Element] = set()
        self._broken: dict[Key, DeploymentInvalid] = {}
        self._spaces = {each.space for each in texts}
        self._users: dict[Key, list[etree._Element]] = {}
        self._declared: set[Key] = set()
        for number in range(len(texts)):
            for component in self._components(number):
                self._declared |= {key for key in (global_key(component),) if key}
                for key in {key for each in component.iter(etree.Element) for key in references(each)}:
                    self._users.setdefault(key, []).append(component)
        self._drop_equal_ones()

    def result(self) -> Compiled:
        faults: list[_Fault] = []
        for _ in range(_ROUNDS):
            served = [self._served(number) for number in range(len(self._texts))]
            try:
                return Compiled(_compile(self._texts, [text for text, _ in served]), self._broken)
            except etree.XMLSchemaParseError as error:
                faults = list(_faults(error))
            before = len(self._gone)
            for fault in faults:
                self._leave_out(fault, served[fault.text][1])
            if len(self._gone) == before:
                break
        if not faults:
            raise DeploymentInvalid(f"{self._texts[0].about}: its types are no usable XML Schema", hint=ASK)
        raise self._error(faults[0], faults[0].line)

    def _components(self, number: int) -> Iterator[etree._Element]:
        yield from (each for each in self._edits[number].root if global_key(each) and each not in self._gone)

    def _drop_equal_ones(self) -> None:
        """Some tools write a definition once for each file that uses it."""
        seen: dict[Key, Any] = {}
        for number in range(len(self._texts)):
            for each in list(self._components(number)):
                key, says = global_key(each), signature(each)
                assert key is not None
                if seen.setdefault(key, says) is not says and seen[key] == says:
                    self._gone.add(each)

    def _served(self, number: int) -> tuple[bytes, list[tuple[int, int, etree._Element]]]:
        """A text with each definition in lines of its own, and of each: its line there, its own line, itself."""
        edits, begun = self._edits[number], []
        text, made, at, lines = self._texts[number].text, [], 0, 1
        for each in edits.root.iterchildren(etree.Element):
            begin, end = edits.span(each)
            made.append(text[at:begin] + b"\n")
            lines += made[-1].count(b"\n")
            begun.append((lines, text.count(b"\n", 0, begin) + 1, each))
            if each not in self._gone:
                made.append(text[begin:end])
                lines += made[-1].count(b"\n")
            at = end
        return b"".join([*made, text[at:]]), begun

    def _leave_out(self, fault: _Fault, begun: list[tuple[int, int, etree._Element]]) -> None:
        start, own, at = next((each for each in reversed(begun) if each[0] <= fault.line), (0, 0, None))
        if at is None or global_key(at) is None or at in self._gone:
            return
        error = self._error(fault, own + fault.line - start, at)
        waiting = [at]
        while waiting:
            each = waiting.pop()
            if each in self._gone:
                continue
            self._gone.add(each)
            key = global_key(each)
            assert key is not None
            self._broken.setdefault(key, error)
            waiting += self._users.get(key, [])

    def _error(self, fault: _Fault, line: int, at: etree._Element | None = None) -> DeploymentInvalid:
        text = self._texts[fault.text]
        where = f"{text.about}:{line}"
        name = None if at is None else self._undeclared(at)
        space = "" if name is None else name[1:].partition("}")[0]
        pin = f'name a schema of it in {self._chart}:  "{space}": {{file: ..., sha256: ...}}'
        if name is not None and space in self._unpinned:
            return self._unpinned[space]
        if name is not None and space in text.unlocated:
            what = f"{where}: it uses {name}, and imports that namespace without saying from where"
            return DeploymentInvalid(what, hint=pin)
        if name is None or space in self._spaces:
            return DeploymentInvalid(f"{where}: the WSDL breaks its own schema: {fault.message}", hint=ASK)
        return DeploymentInvalid(
            f"{where}: the WSDL breaks its own schema: it uses {name} and does not import that namespace",
            hint=f"{pin}; or {ASK}",
        )

    def _undeclared(self, at: etree._Element) -> str | None:
        """The first name in a definition that no schema here declares."""
        used = (key for each in at.iter(etree.Element) for key in references(each))
        return next((key[1] for key in used if key not in self._declared and not key[1].startswith(parsing.XSD)), None)


def _compile(texts: Sequence[SchemaText], served: Sequence[bytes]) -> parsing.Schema:
    """Raises: XMLSchemaParseError."""
    addresses = {f"{_HERE}{number}.xsd": text for number, text in enumerate(served)}
    imports = []
    # libxml2 imports a namespace once, and only from one place: schemas that share one are first put together.
    for order, (space, members) in enumerate(by_space(texts).items()):
        includes = "".join(f'<xs:include schemaLocation="{_HERE}{member}.xsd"/>' for member in members)
        addresses[f"{_HERE}space-{order}.xsd"] = _schema({"targetNamespace": space}, includes)
        name = f' namespace="{_quoted(space)}"' if space else ""
        imports.append(f'<xs:import{name} schemaLocation="{_HERE}space-{order}.xsd"/>')
    parser = parsing.strict_parser()
    parser.resolvers.add(_Pinned(addresses))
    driver = _schema({"targetNamespace": "urn:motlan:driver"}, "".join(imports))
    return parsing.Schema.of(etree.fromstring(driver, parser, base_url=f"{_HERE}driver.xsd"))


def _faults(error: etree.XMLSchemaParseError) -> Iterator[_Fault]:
    log: Any = error.error_log  # lxml-stubs does not know its parts
    for each in log:
        number = str(each.filename or "").removeprefix(_HERE).removesuffix(".xsd")
        if each.level_name != "WARNING" and number.isdigit():
            yield _Fault(int(number), each.line, each.message)


class _Pinned(etree.Resolver):
    """Gives the compiler the pinned texts, and nothing else."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # lxml-stubs do not know the context
        text = self._texts.get(system_url)
        if text is None:
            return None  # network and DTDs are shut in the parser itself
        return self.resolve_string(text, context, base_url=system_url)


def _schema(attributes: Mapping[str, str], inside: str) -> bytes:
    given = "".join(f' {name}="{_quoted(value)}"' for name, value in attributes.items() if value)
    return f'<xs:schema xmlns:xs="{parsing.XSD[1:-1]}"{given}>{inside}</xs:schema>'.encode()


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
