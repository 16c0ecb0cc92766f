"""Hardened parsing of XML from outside.

libxml2 refuses what it can refuse. The bytes are checked before, because libxml2 would still read local files for
entities, build a tree thirty times the size of the bytes, or drop an entity from a name without an error. Replies in
our dialects are UTF-8 without DTD, entities and processing instructions; a reply with any of them is not parsed.

A reply of records is read by `connectors/record_reader.py`, which parses a large one as a stream; a smaller document is
one tree, which the limit of tags keeps below 60 MB.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from contracts.errors import DeploymentInvalid

from .errors import Incomplete, Malformed, TooLarge

XSD = "{http://www.w3.org/2001/XMLSchema}"

_DECLARATION = re.compile(rb"<\?xml\s[^<>]*?\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
SAFE: Mapping[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "collect_ids": False,
}
"""Every safety option of lxml, for its parsers and for `iterparse`."""
_ENDS_EARLY = 77  # libxml2's XML_ERR_TAG_NOT_FINISHED: a start tag has no end tag when the document is over


@dataclass(frozen=True)
class Caps:
    """Limits of one document. libxml2 itself limits the depth to 256, as `huge_tree` is off."""

    tags: int = 400_000
    """Opening and closing tags; 1000 births have about 130,000, and a day's list has six for each id."""
    attributes: int = 20_000
    """Counted as equals signs, so text counts too; our dialects need next to none."""


def read(body: bytes, about: str, caps: Caps = Caps(), *, instructions: bool = False) -> etree._Element:
    """The root of a document. `instructions` allows processing instructions (a schema with its style sheet).

    Raises:
        Malformed: forbidden or ill-formed; the message gives the line, never the text.
        Incomplete: the document is truncated.
        TooLarge: a limit is exceeded; nothing was parsed.
    """
    inspect(body, about, caps, instructions=instructions)
    try:
        return etree.fromstring(body, strict_parser())
    except etree.XMLSyntaxError as error:
        # libxml2's text quotes the document; its code and line do not.
        code = getattr(error, "code", None)  # lxml-stubs does not know it
        if code == _ENDS_EARLY or not body.rstrip().endswith(b">"):
            raise Incomplete(f"{about}: the XML ends early") from None
        raise Malformed(f"{about}: ill-formed XML in line {error.lineno} (libxml2 error {code})") from None


def strict_parser() -> etree.XMLParser:
    """A new parser with every safety option of lxml."""
    return etree.XMLParser(**SAFE)


def inspect(body: bytes, about: str, caps: Caps = Caps(), *, instructions: bool = False) -> None:
    """Refuse, by its bytes, a document that must not reach the parser. Raises: Malformed, TooLarge, as `read`."""
    text = body.removeprefix(b"\xef\xbb\xbf")
    start = text[:200].lstrip()
    declaration = _DECLARATION.match(start)
    if (
        declaration
        and (encoding := _ENCODING.search(declaration[0]))
        and encoding[1].lower() not in (b"utf-8", b"us-ascii")
    ):
        raise Malformed(f"{about}: the XML says it is not in UTF-8")
    if not start.startswith(b"<") or b"\x00" in text:
        raise Malformed(f"{about}: it is no XML in UTF-8")
    # A single byte is found many times faster than two; nearly every page has no exclamation and no question mark.
    for forbidden, name in ((b"<!DOCTYPE", "a DTD"), (b"<!ENTITY", "an entity")) if b"!" in text else ():
        if forbidden in text:
            raise Malformed(f"{about}: the XML holds {name}, which is never accepted")
    own = 1 if declaration else 0
    if not instructions and text.count(b"?") > 2 * own and text.count(b"<?") > own:
        raise Malformed(f"{about}: the XML holds a processing instruction, which is never accepted")
    if text.count(b"<") > caps.tags:
        raise TooLarge(
            f"{about}: the XML holds more than {caps.tags} tags",
            hint="ask for smaller pages (page_size), or raise max_tags",
        )
    if text.count(b"=") > caps.attributes:
        raise TooLarge(f"{about}: the XML holds more than {caps.attributes} attributes")


@dataclass(frozen=True)
class Violation:
    """A breach of a schema. The text of libxml2 is left out, because it quotes the value."""

    line: int
    path: str
    """Of the node, as `getpath` writes it in the tree of the validated element."""
    clause: str
    """libxml2's name of the rule, after the clause of XML Schema: `SCHEMAV_CVC_PATTERN_VALID`."""

    def error(self, about: str) -> Malformed:
        """The error of an element that must be valid as a whole."""
        return Malformed(f"{about}: not what the schema says in line {self.line}: {self.clause} at {self.path}")


class Schema:
    """A pinned XSD, compiled once."""

    def __init__(self, content: bytes, path: Path) -> None:
        """`content` matches its pinned hash; `path` is for messages and relative imports."""
        try:
            self._compile(etree.fromstring(content, strict_parser(), base_url=str(path)))
        except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
            raise DeploymentInvalid(f"{path}: no usable XML Schema ({error})") from None

    @classmethod
    def of(cls, tree: etree._Element) -> Schema:
        """A schema from a parsed document, with a resolver for its imports. Raises lxml's XMLSchemaParseError."""
        made = cls.__new__(cls)
        made._compile(tree)
        return made

    def _compile(self, tree: etree._Element) -> None:
        self._tree, self._lock = tree, threading.Lock()
        self._schema = etree.XMLSchema(tree)
        self.namespace: str = tree.get("targetNamespace", "")

    def require(self, element: etree._Element, about: str) -> None:
        """Validate an element and its content.

        Raises:
            Malformed: names the place and kind of the first violation, never the value.
        """
        if found := self.violations(element):
            raise found[0].error(about)

    def violations(self, element: etree._Element) -> tuple[Violation, ...]:
        """All that the schema has against an element and its content, in their order; empty when it is valid."""
        with self._lock:  # the log belongs to the schema: another thread's validation would empty it before it is read
            if self._schema.validate(element):
                return ()
            log: Any = self._schema.error_log  # lxml-stubs does not know its parts
            return tuple(Violation(each.line, str(each.path), each.type_name) for each in log)

    def fields(self, type_name: str) -> tuple[str, ...]:
        """The element names of a complex type that is one sequence, in order; empty when there is none."""
        found = self._tree.findall(f"{XSD}complexType[@name='{type_name}']/{XSD}sequence/{XSD}element")
        return tuple(each.get("name", "") for each in found)
