"""The texts of a draft: contract and system file, each open place with its mark."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import yaml

from contracts.lint import UNDECIDED, portable

from ..description import Operation, Wsdl
from ..nodes import ANY, ANY_ATTRIBUTE, OWN_NAME, OWN_TEXT, beside, record_of, steps
from ..request import needed_texts
from ..shape import Node
from .marks import INTEGERS, marks

_NUMBERS = frozenset({"decimal", "float", "double"})
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?"
_REFUSALS = frozenset({"faultcode", "errorcode", "error_code", "maloi"})
_XROAD = b"http://x-road.eu/xsd/xroad.xsd"


@dataclass(frozen=True)
class Drafted:
    """One field of the draft."""

    name: str
    path: str
    node: Node
    required: bool


def is_dotted(node: Node) -> bool:
    """Whether a text looks like a day written `dd.mm.yyyy`, by its pattern."""
    return bool(node.text and node.text.pattern and r"\." in node.text.pattern and "[0-9]{4}" in node.text.pattern)


def contract_text(
    wsdl: Wsdl, operation: Operation, contract: str, fields: list[Drafted], version: Drafted | None
) -> str:
    """The contract: what the schema says, and marks for what it does not."""
    key = next(
        (
            each
            for each in fields
            if each.required and each.node.text and each.node.text.pattern and not is_dotted(each.node)
        ),
        None,
    )
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
        f"  purpose: {quoted(operation.documentation)}  {UNDECIDED} what one record says (this is the WSDL's own word)",
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
        f"    description: {quoted(operation.documentation)}  {UNDECIDED} what one record is",
        "    logicalType: object",
    ]
    if version is not None:
        meaning = "the source's change time" + (
            " (here: the requested day, as the service has no other)" if version.path.startswith("/") else ""
        )
        lines.append(
            f"    customProperties: [{{property: versionField, value: {version.name}}}]  {UNDECIDED} {meaning}"
        )
    else:
        lines.append(
            f"    {UNDECIDED} customProperties: [{{property: versionField, value: ...}}]: the schema has no required time"
        )
    lines.append("    properties:")
    for each in fields:
        lines += _field(each, is_key=each is key, is_version=each is version)
    return "\n".join(lines) + "\n"


def _field(field: Drafted, *, is_key: bool, is_version: bool) -> Iterator[str]:
    text = field.node.text
    assert text is not None  # leaves only
    kind, options = "string", ""
    if is_version or text.base == "dateTime":
        kind = "timestamp"
    elif text.base in INTEGERS:
        kind = "integer"
    elif text.base in _NUMBERS:
        kind = "number"
    else:
        pattern = _DAY if text.base == "date" else text.pattern
        stated = [f"maxLength: {text.max_length}"] if text.max_length else []
        stated += [f"pattern: {quoted(pattern)}"] if pattern and portable(pattern) and not text.codes else []
        options = f"{{{', '.join(stated)}}}" if stated else ""
    yield f"      - name: {field.name}"
    yield f'        businessName: ""  {UNDECIDED} what a clerk calls it, in Vietnamese'
    yield f"        description: {quoted(field.node.documentation)}  {UNDECIDED} what it says and where it misleads"
    yield f"        logicalType: {kind}"
    if options:
        yield f"        logicalTypeOptions: {options}"
    yield f"        classification: restricted  {UNDECIDED} the strictest, until somebody has said whom it is about"
    if is_key:
        yield f"        primaryKey: true  {UNDECIDED} whether it alone identifies a record, for ever"
        yield "        primaryKeyPosition: 1"
    if field.required:
        yield "        required: true"
    if is_version:
        yield "        customProperties: [{property: transport, value: true}]"
    if text.codes or text.base == "boolean":
        yield "        enum:"
        yield from (
            f'          - {{value: {quoted(code)}, label: ""}}  {UNDECIDED} what it stands for'
            for code in text.codes or ("true", "false", "1", "0")
        )


def system_text(
    wsdl: Wsdl,
    operation: Operation,
    system: str,
    contract: str,
    record: str,
    top: Node,
    window: list[tuple[str, Node]],
    request: Node,
    reply: Node,
    echoed: Collection[str] = (),
) -> str:
    """The system's file, with the options of the dialect `wsdl_operation`."""
    inner = [path for path, _ in top.lists()] + ([OWN_TEXT] if top.mixed else [])
    asked = [path for path, _ in needed_texts(request) if path not in {each for each, _ in window}]
    lines = [
        f"{UNDECIDED} whether this draft, made from {wsdl.path.name}, operation {operation.name}, becomes a system; and all that bears this mark",
        f"system: {system}",
        f'title: ""  {UNDECIDED} its name, in Vietnamese',
        "dialect: wsdl_operation",
        f'address: "https://"  {UNDECIDED} where it is reached; of a twin: http://127.0.0.1:PORT/soap',
        f'owner: ""  {UNDECIDED} who is called when it fails',
        f'schedule: "0 3 * * *"  {UNDECIDED} as agreed with the owner',
        "watch: cron",
        "overlap: 1d",
        f"contracts: [{contract}]",
        "options:",
        f"  wsdl: {system}/{wsdl.path.name}",
        f"  wsdl_sha256: {hashlib.sha256(wsdl.documents.root).hexdigest()}",
        *_port(wsdl, operation),
    ]
    if _XROAD in wsdl.documents.root:
        lines += [
            "  headers:",
            f'    - {{profile: x_road, client: "", service: "", serviceVersion: {quoted(operation.version)}, userId: "", issue: ""}}'
            f"  {UNDECIDED} as agreed with the provider: instance/class/member/subsystem, who asks, why",
        ]
    else:
        named = f"; the WSDL names the header {', '.join(operation.headers)}" if operation.headers else ""
        lines.append(f"  headers: [plain]  {UNDECIDED} what the service demands: plain, username_token ...{named}")
    lines += [
        f"  first_day: 2022-01-01  {UNDECIDED} where a first reading starts",
        "  operations:",
        f"    {contract}:",
        f"      operation: {operation.name}",
        f"      record: {quoted(record)}{_stand_ins(reply, record)}",
        f"      map: {system}/{contract}.fields.yaml",
    ]
    if window:
        lines.append(
            f"      window: {{from: {quoted(window[0][0])}, until: {quoted(window[1][0])}}}  {UNDECIDED} whether these bound the time of a change"
        )
        lines.append("      days: 1")
        if any(is_dotted(node) for _, node in window):
            lines.append(f'      day_format: "%d.%m.%Y"  {UNDECIDED} read from the pattern of the schema')
    if asked:
        lines += [
            "      request:",
            *(f'        {quoted(path)}: ""  {UNDECIDED} the service demands it' for path in asked),
        ]
    around = dict(beside(reply, record))
    refusal = next((path for path in around if path.rpartition("/")[2].lower() in _REFUSALS), None)
    if refusal is not None:
        lines.append(f"      refusal: {quoted(refusal)}  {UNDECIDED} whether a reply says no here")
        del around[refusal]
    for path in echoed:
        around.pop(path, None)
    for name, path, question in marks(around):
        lines.append(f"      {name}: {quoted(path)}  {UNDECIDED} {question}")
        del around[path]
    left = [*inner, *(f"/{path}" for path in around)]
    if left:
        lines.append("      left_out:")
        lines += [f"        - {quoted(path)}  {UNDECIDED} {_why(path)}" for path in left]
    return "\n".join(lines) + "\n"


def _port(wsdl: Wsdl, operation: Operation) -> Iterator[str]:
    """Which port is called, where that is a question, and what was left aside."""
    if several := wsdl.ports_of(operation.name):
        yield f"  port: {quoted(operation.port)}  {UNDECIDED} which port; the operation is asked differently at {', '.join(several)}"
    elif wsdl.port:
        yield f"  port: {quoted(wsdl.port)}"
    if wsdl.aside:
        yield f"  # Left aside: {', '.join(wsdl.aside)}."
    if wsdl.documents.unpinned:
        yield f"  # Imported, not pinned, and not needed here: {', '.join(sorted(wsdl.documents.unpinned))}."


def _stand_ins(reply: Node, record: str) -> str:
    """What else stands in the record's place, as a comment."""
    found = record_of(reply, record)
    others = [] if isinstance(found, str) else [tag.rpartition("}")[2] for tag in found[1]]
    if not others:
        return ""
    return f"  {UNDECIDED} {', '.join(others)} may stand in its place and is read too; a field of {OWN_NAME} says which"


def _why(path: str) -> str:
    last = steps(path)[-1]
    if last in (ANY, ANY_ATTRIBUTE):
        named = "a field takes a part of it as " + ("@{namespace}name" if last == ANY_ATTRIBUTE else "{namespace}name")
        return f"the schema leaves open what comes here: {named}; without this line what no field takes is a case"
    if path.startswith("/"):
        return "whether nobody needs what the reply says beside its records"
    if last == OWN_TEXT:
        return "text between the elements of a record is not read"
    return "lists inside a record are not read"


def quoted(text: str | None) -> str:
    """A YAML scalar on one line."""
    dumped: str = yaml.safe_dump(text or "", default_style='"', allow_unicode=True, width=1_000_000)
    return dumped.strip()
