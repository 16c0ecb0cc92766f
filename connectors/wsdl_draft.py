"""A first draft of a contract and its system out of one operation of a WSDL: what a machine can see, and marks where a person decides.

The schema says names, kinds and counts. It does not say whom a field is about, what it means, who answers for it or
under which law: those places are marked, `hub contracts lint` tells each until its mark is gone, and until then every
field has the strictest class.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from contracts.errors import DeploymentInvalid
from contracts.lint import LONGEST_COLUMN, UNDECIDED, portable
from contracts.naming import column_of

from .wsdl import Operation, Wsdl
from .wsdl_documents import map_beside
from .wsdl_shape import Node, Shapes

_INTEGERS = frozenset({"int", "integer", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt", "unsignedLong", "unsignedShort"})
_NUMBERS = frozenset({"decimal", "float", "double"})
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?"
_REFUSALS = frozenset({"faultcode", "errorcode", "error_code", "maloi"})
_XROAD = b"http://x-road.eu/xsd/xroad.xsd"


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


@dataclass(frozen=True)
class _Drafted:
    """One field of the draft."""

    name: str
    path: str
    node: Node
    required: bool


def draft(wsdl: Wsdl, operation_name: str, *, system: str, contract: str, record: str | None = None) -> Draft:
    """Draft the files of one stream. `record` is the path of the element that is one record, where the reply holds several lists.

    Raises:
        DeploymentInvalid: no such operation or record, or a reply without any list.
    """
    for name in (system, contract):
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
            raise DeploymentInvalid(f"{name} is no name for a file", hint="small letters, digits, - and _")
    operation, shapes = wsdl.operation(operation_name), Shapes(wsdl)
    reply, request = shapes.element(operation.reply), shapes.element(operation.request)
    path, top = _record(wsdl, operation, reply, record)
    window = _window(request)
    fields, version = _fields(top, reply, window)
    if not fields:
        raise DeploymentInvalid(f"{wsdl.path}: {path} of {operation.name} holds no single text", hint="name another element with --record")
    documents = {f"{system}/{name}": text for name, text in wsdl.documents.by_address.items() if "://" not in name}
    outside = {address: text for address, text in wsdl.documents.by_address.items() if "://" in address}
    copies = {address: f"import-{number}-{_file_name(address)}" for number, address in enumerate(outside, 1)}
    maps = "".join(
        f"{_quoted(address)}: {{file: {_quoted(copies.get(address, address))}, sha256: {hashlib.sha256(text).hexdigest()}}}\n"
        for address, text in wsdl.documents.by_address.items() if address != wsdl.path.name
    )  # fmt: skip
    files = {
        f"{contract}.odcs.yaml": _contract(wsdl, operation, contract, fields, version),
        f"{system}.yaml": _system(wsdl, operation, system, contract, path, top, window, request, reply),
        f"{system}/{contract}.fields.yaml": _map(contract, fields),
    }
    texts = {name: text.encode() for name, text in files.items()}
    if maps:
        texts[f"{system}/{map_beside(wsdl.path).name}"] = f"# What {wsdl.path.name} imports, and the files here that stand for it.\n{maps}".encode()
    return Draft({**texts, **documents, **{f"{system}/{copies[address]}": text for address, text in outside.items()}}, f"{contract}.odcs.yaml", path)


def _record(wsdl: Wsdl, operation: Operation, reply: Node, wanted: str | None) -> tuple[str, Node]:
    lists = dict(reply.lists())
    if wanted is None and len(lists) == 1:
        return next(iter(lists.items()))
    if wanted in lists:
        return str(wanted), lists[str(wanted)]
    shown = ", ".join(lists) or "none"
    what = "no list" if not lists else f"no list {wanted}" if wanted else f"{len(lists)} lists"
    raise DeploymentInvalid(f"{wsdl.path}: the reply of {operation.name} holds {what}", hint=f"--record names one; lists of the reply: {shown}")


def _window(request: Node) -> list[tuple[str, Node]]:
    """The first two texts of the request that look like days; fewer than two are none."""
    dated = [(path, node) for path, node in request.leaves() if node.text and (node.text.base in ("date", "dateTime") or _dotted(node))]
    return dated[:2] if len(dated) >= 2 else []


def _dotted(node: Node) -> bool:
    return bool(node.text and node.text.pattern and r"\." in node.text.pattern and "[0-9]{4}" in node.text.pattern)


def _fields(record: Node, reply: Node, window: list[tuple[str, Node]]) -> tuple[list[_Drafted], _Drafted | None]:
    """The fields in their order, and the one that could order versions: a time of the record, else the asked day where the reply repeats it."""
    needed = {path for path, _ in _required(record)}
    taken: set[str] = set()
    fields = [_Drafted(_name(path, taken), path, node, path in needed) for path, node in record.leaves()]
    version = next((each for each in fields if each.node.text and each.node.text.base == "dateTime" and each.required), None)
    echoed = dict(reply.leaves())
    if version is None and window and window[1][0] in echoed:
        version = _Drafted(_name(window[1][0], taken), f"/{window[1][0]}", echoed[window[1][0]], True)
        fields.append(version)
    return fields, version


def _required(node: Node, before: str = "") -> Iterator[tuple[str, Node]]:
    for each in node.children:
        if not each.optional and not each.many:
            yield f"{before}{each.name}", each
            yield from _required(each, f"{before}{each.name}/")


def _name(path: str, taken: set[str]) -> str:
    """A field's name of a path: its last part, more of it where that is taken; such that it gives a good column."""
    parts = [_plain(part) for part in path.split("/")]
    for many in range(1, len(parts) + 1):
        name = "".join(part if n == 0 else part[:1].upper() + part[1:] for n, part in enumerate(parts[-many:]))[: LONGEST_COLUMN - 12]
        if column_of(name) not in taken:
            break
    number = 2
    while column_of(name) in taken:
        name, number = f"{name.rstrip('0123456789')}{number}", number + 1
    taken.add(column_of(name))
    return name


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    kept = re.sub(r"[^A-Za-z0-9]+", "_", "".join(c for c in bare if not unicodedata.combining(c))).strip("_")
    return kept if kept[:1].isalpha() else f"f{kept}"


# -- the texts -----------------------------------------------------------------------------------------


def _contract(wsdl: Wsdl, operation: Operation, contract: str, fields: list[_Drafted], version: _Drafted | None) -> str:
    key = next((each for each in fields if each.required and each.node.text and each.node.text.pattern and not _dotted(each.node)), None)
    key = key or next((each for each in fields if each.required and each is not version), fields[0])
    lines = [
        f"{UNDECIDED} whether this draft, made from {wsdl.path.name}, operation {operation.name}, becomes a contract; and all that bears this mark",
        "apiVersion: v3.2.0",
        "kind: DataContract",
        f"id: {contract}",
        f"name: {contract}",
        "version: 0.1.0",
        "status: draft",
        f'domain: ""  {UNDECIDED} the folder of contracts/ that it belongs to',
        "description:",
        f"  purpose: {_quoted(operation.documentation)}  {UNDECIDED} what one record says (this is the WSDL's own word)",
        f'  limitations: ""  {UNDECIDED} where a reader of this data goes wrong',
        "team:",
        f'  name: ""  {UNDECIDED} who answers for the data',
        "slaProperties:",
        f"  - {{property: latency, value: 24, unit: h}}  {UNDECIDED} as agreed with the owner",
        f"  - {{property: frequency, value: 1, unit: d}}  {UNDECIDED} as agreed with the owner",
        f"  - {{property: retention, value: unknown}}  {UNDECIDED} how long it may be kept",
        "customProperties:",
        f'  - {{property: title, value: ""}}  {UNDECIDED} its Vietnamese title',
        f'  - {{property: legalBasis, value: ""}}  {UNDECIDED} the law under which it may be had',
        f'  - {{property: retention, value: ""}}  {UNDECIDED} how long, and by which law',
        "schema:",
        f"  - name: {contract.replace('-', '_')}",
        f'    businessName: ""  {UNDECIDED} Vietnamese name of one record',
        f"    description: {_quoted(operation.documentation)}  {UNDECIDED} what one record is",
        "    logicalType: object",
    ]
    if version is not None:
        told = "the source's change time" + (" (here: the day that was asked for, the service tells no other)" if version.path.startswith("/") else "")
        lines.append(f"    customProperties: [{{property: versionField, value: {version.name}}}]  {UNDECIDED} {told}")
    else:
        lines.append(f"    {UNDECIDED} customProperties: [{{property: versionField, value: ...}}]: the schema has no time that must be told")
    lines.append("    properties:")
    for each in fields:
        lines += _field(each, is_key=each is key, is_version=each is version)
    return "\n".join(lines) + "\n"


def _field(field: _Drafted, *, is_key: bool, is_version: bool) -> Iterator[str]:
    text = field.node.text
    assert text is not None  # leaves only
    kind, options = "string", ""
    if is_version or text.base == "dateTime":
        kind = "timestamp"
    elif text.base in _INTEGERS:
        kind = "integer"
    elif text.base in _NUMBERS:
        kind = "number"
    else:
        pattern = _DAY if text.base == "date" else text.pattern
        stated = [f"maxLength: {text.max_length}"] if text.max_length else []
        stated += [f"pattern: {_quoted(pattern)}"] if pattern and portable(pattern) and not text.codes else []
        options = f"{{{', '.join(stated)}}}" if stated else ""
    yield f"      - name: {field.name}"
    yield f'        businessName: ""  {UNDECIDED} what a clerk calls it, in Vietnamese'
    yield f"        description: {_quoted(field.node.documentation)}  {UNDECIDED} what it says and where it misleads"
    yield f"        logicalType: {kind}"
    if options:
        yield f"        logicalTypeOptions: {options}"
    yield f"        classification: restricted  {UNDECIDED} the strictest, until somebody has said whom it is about"
    if is_key:
        yield f"        primaryKey: true  {UNDECIDED} whether it alone tells records apart, for ever"
        yield "        primaryKeyPosition: 1"
    if field.required:
        yield "        required: true"
    if is_version:
        yield "        customProperties: [{property: transport, value: true}]"
    if text.codes or text.base == "boolean":
        yield "        enum:"
        yield from (f'          - {{value: {_quoted(code)}, label: ""}}  {UNDECIDED} what it stands for' for code in text.codes or ("true", "false", "1", "0"))


def _map(contract: str, fields: list[_Drafted]) -> str:
    lines = "".join(f"  {each.name}: {_quoted(each.path)}\n" for each in fields)
    return f"# Field of the contract: path in the record; with / before it from the top of the reply; null: not told.\ncontract: {contract}\nfields:\n{lines}"


def _system(
    wsdl: Wsdl, operation: Operation, system: str, contract: str, record: str, top: Node, window: list[tuple[str, Node]], request: Node, reply: Node,
) -> str:  # fmt: skip
    inner = [path for path, _ in top.lists()]
    asked = [path for path, node in request.leaves() if not node.optional and path not in {each for each, _ in window}]
    lines = [
        f"{UNDECIDED} whether this draft, made from {wsdl.path.name}, operation {operation.name}, becomes a system; and all that bears this mark",
        f"system: {system}",
        f'title: ""  {UNDECIDED} its name, in Vietnamese',
        "dialect: wsdl_operation",
        f'address: "https://"  {UNDECIDED} where it is reached; of a twin: http://127.0.0.1:PORT/soap',
        f'owner: ""  {UNDECIDED} who is called when it fails',
        f'schedule: "0 3 * * *"  {UNDECIDED} as agreed with the owner',
        "overlap: 1d",
        f"contracts: [{contract}]",
        "options:",
        f"  wsdl: {system}/{wsdl.path.name}",
        f"  wsdl_sha256: {hashlib.sha256(wsdl.documents.root).hexdigest()}",
    ]
    if _XROAD in wsdl.documents.root:
        lines += [
            "  headers:",
            f'    - {{profile: x_road, client: "", service: "", serviceVersion: {_quoted(operation.version)}, userId: "", issue: ""}}'
            f"  {UNDECIDED} as agreed with the provider: instance/class/member/subsystem, who asks, why",
        ]
    else:
        lines.append(f"  headers: [plain]  {UNDECIDED} what the service demands: plain, username_token ...")
    lines += [
        f"  first_day: 2022-01-01  {UNDECIDED} where a first reading starts",
        "  operations:",
        f"    {contract}:",
        f"      operation: {operation.name}",
        f"      record: {_quoted(record)}",
        f"      map: {system}/{contract}.fields.yaml",
    ]
    if window:
        lines.append(f"      window: {{from: {_quoted(window[0][0])}, until: {_quoted(window[1][0])}}}  {UNDECIDED} whether these bound the time of a change")
        lines.append("      days: 1")
        if any(_dotted(node) for _, node in window):
            lines.append(f'      day_format: "%d.%m.%Y"  {UNDECIDED} read from the pattern of the schema')
    if asked:
        lines += ["      request:", *(f'        {_quoted(path)}: ""  {UNDECIDED} the service demands it' for path in asked)]
    if refusal := next((path for path, _ in reply.leaves() if path.rpartition("/")[2].lower() in _REFUSALS), None):
        lines.append(f"      refusal: {_quoted(refusal)}  {UNDECIDED} whether a reply says no here")
    if inner:
        lines.append(f"      left_out: [{', '.join(map(_quoted, inner))}]  {UNDECIDED} lists inside a record are not read")
    return "\n".join(lines) + "\n"


def _quoted(text: str | None) -> str:
    """A YAML scalar on one line."""
    dumped: str = yaml.safe_dump(text or "", default_style='"', allow_unicode=True, width=1_000_000)
    return dumped.strip()


def _file_name(address: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", address.rstrip("/").rpartition("/")[2]) or "schema.xsd"
