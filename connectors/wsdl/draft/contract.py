"""Drafts a contract and a system file from one operation of a WSDL, with marks where a person must decide.

The schema has names, kinds and counts. It does not say whom a field is about, what it means, who is responsible or
which law applies. These places are marked. `hub contracts lint` reports each until its mark is gone, and until then
every field has the strictest class.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from contracts.errors import DeploymentInvalid
from contracts.identifiers import LONGEST, LOOKUP, SYSTEM, SYSTEM_COLUMNS, TABLE
from contracts.lint import UNDECIDED
from contracts.naming import column_of

from ..description import Operation, Wsdl
from ..documents import map_beside
from ..nodes import ANY, OWN_TEXT, record_of
from ..pins import is_beside
from ..request import require_askable
from ..shape import Node, Shapes
from .mapping import map_text
from .texts import Drafted, contract_text, is_dotted, quoted, system_text


@dataclass(frozen=True)
class Draft:
    """Texts of the drafted files, by path below the folder that they are written to."""

    files: dict[str, bytes]
    contract: str
    """Path of the contract among them."""
    record: str

    @property
    def marks(self) -> int:
        """How many places a person must decide."""
        return sum(text.decode().count(UNDECIDED) for name, text in self.files.items() if name.endswith(".yaml"))


def draft(wsdl: Wsdl, operation_name: str, *, system: str, contract: str, record: str | None = None) -> Draft:
    """Draft the files of one stream. `record` is the path of the element that is one record, where the reply holds
    several lists.

    Raises:
        DeploymentInvalid: no such operation or record, or a reply without any list.
    """
    for name, shape in ((system, SYSTEM), (contract, TABLE)):
        if what := shape.fault(name):
            raise DeploymentInvalid(f"{what}: {name!r}", hint=shape.hint)
    operation, shapes = wsdl.operation(operation_name), Shapes(wsdl)
    reply, request = shapes.element(operation.reply), shapes.element(operation.request)
    path, top = _record(wsdl, operation, reply, record)
    window = _askable_window(wsdl, operation, request)
    fields, version = _fields(top, reply, window, LONGEST - len(f"{contract}_{LOOKUP}"))
    if not fields:
        raise DeploymentInvalid(
            f"{wsdl.path}: {path} of {operation.name} holds no single text", hint="name another element with --record"
        )
    documents = {f"{system}/{name}": text for name, text in wsdl.documents.by_address.items() if is_beside(name)}
    outside = {address: text for address, text in wsdl.documents.by_address.items() if not is_beside(address)}
    copies = {address: f"import-{number}-{_file_name(address)}" for number, address in enumerate(outside, 1)}
    maps = "".join(
        f"{quoted(address)}: {{file: {quoted(copies.get(address, address))}, sha256: {hashlib.sha256(text).hexdigest()}}}\n"
        for address, text in wsdl.documents.by_address.items()
        if address != wsdl.path.name
    )
    files = {
        f"{contract}.odcs.yaml": contract_text(wsdl, operation, contract, fields, version),
        f"{system}.yaml": system_text(
            wsdl, operation, system, contract, path, top, window, request, reply, _echoed(fields)
        ),
        f"{system}/{contract}.fields.yaml": map_text(contract, fields),
    }
    texts = {name: text.encode() for name, text in files.items()}
    if maps:
        texts[f"{system}/{map_beside(wsdl.path).name}"] = (
            f"# What {wsdl.path.name} imports, and the files here that stand for it.\n{maps}".encode()
        )
    return Draft(
        {**texts, **documents, **{f"{system}/{copies[address]}": text for address, text in outside.items()}},
        f"{contract}.odcs.yaml",
        path,
    )


def _echoed(fields: list[Drafted]) -> list[str]:
    """Paths from the top of the reply that a field takes."""
    return [each.path.removeprefix("/") for each in fields if each.path.startswith("/")]


def _record(wsdl: Wsdl, operation: Operation, reply: Node, wanted: str | None) -> tuple[str, Node]:
    # What only stands in the place of another list's elements is read with it. A list of single texts beside one of
    # records says something about the records: keys of deleted ones, say.
    lists = {path: node for path, node in reply.lists() if not node.stands_for and node.name != ANY}
    of_records = [path for path, node in lists.items() if node.text is None]
    if wanted is None and len(of_records or lists) == 1:
        wanted = (of_records or list(lists))[0]
    if wanted in lists:
        found = record_of(reply, str(wanted))
        assert not isinstance(found, str)  # the path of a list
        return str(wanted), found[0][-1]
    single = record_of(reply, wanted) if wanted else ""
    if wanted and not isinstance(single, str) and any(True for _ in single[0][-1].leaves()):
        return wanted, single[0][-1]  # each call gives one record
    shown = ", ".join(lists) or "none"
    what = "no list" if not lists else f"no list {wanted}" if wanted else f"{len(lists)} lists"
    raise DeploymentInvalid(
        f"{wsdl.path}: the reply of {operation.name} holds {what}",
        hint=f"--record names the list, or an element that is the one record of a reply; lists of the reply: {shown}",
    )


def _askable_window(wsdl: Wsdl, operation: Operation, request: Node) -> list[tuple[str, Node]]:
    """The window of a request, if days can stand in it without anything around them that nobody asks for.

    Raises:
        DeploymentInvalid: no request is valid.
    """
    if window := _window(request):
        try:
            require_askable(wsdl, operation, request, [each for each, _ in window])
        except DeploymentInvalid:
            window = []
    if not window:
        require_askable(wsdl, operation, request)
    return window


def _window(request: Node) -> list[tuple[str, Node]]:
    """The first two texts of the request that look like days; fewer than two are none."""
    dated = [
        (path, node)
        for path, node in request.leaves()
        if node.text and (node.text.base in ("date", "dateTime") or is_dotted(node))
    ]
    return dated[:2] if len(dated) >= 2 else []


def _fields(
    record: Node, reply: Node, window: list[tuple[str, Node]], longest: int
) -> tuple[list[Drafted], Drafted | None]:
    """The fields in order, and the one that could order versions: a time of the record, or the asked day if the reply
    repeats it.
    """
    needed = {path for path, _ in _required(record)}
    taken: set[str] = set()
    leaves = [*record.leaves()]
    if record.text is not None and not record.mixed:
        leaves.insert(0, (OWN_TEXT, record))  # the record is a text itself, with attributes or without
    fields = [Drafted(_name(path, taken, longest), path, node, path in needed) for path, node in leaves]
    version = next(
        (each for each in fields if each.node.text and each.node.text.base == "dateTime" and each.required), None
    )
    echoed = dict(reply.leaves())
    if version is None and window and window[1][0] in echoed:
        version = Drafted(_name(window[1][0], taken, longest), f"/{window[1][0]}", echoed[window[1][0]], True)
        fields.append(version)
    return fields, version


def _required(node: Node, before: str = "") -> Iterator[tuple[str, Node]]:
    for each in node.children:
        if not each.optional and not each.many:
            yield f"{before}{each.name}", each
            yield from _required(each, f"{before}{each.name}/")


def _name(path: str, taken: set[str], longest: int) -> str:
    """A field's name from a path: its last part, or more parts if that name is taken. Its column has room for two more
    digits.
    """
    parts = [_plain(part) for part in path.split("/")]
    for many in range(1, len(parts) + 1):
        name = "".join(part if n == 0 else part[:1].upper() + part[1:] for n, part in enumerate(parts[-many:]))
        while len(column_of(name)) > longest - 2:
            name = name[:-1]
        if column_of(name) not in taken:
            break
    number = 2
    while column_of(name) in taken | SYSTEM_COLUMNS:
        name, number = f"{name.rstrip('0123456789')}{number}", number + 1
    taken.add(column_of(name))
    return name


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    kept = re.sub(r"[^A-Za-z0-9]+", "_", "".join(c for c in bare if not unicodedata.combining(c))).strip("_")
    return kept if kept[:1].isalpha() else f"f{kept}"


def _file_name(address: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", address.rstrip("/").rpartition("/")[2]) or "schema.xsd"
