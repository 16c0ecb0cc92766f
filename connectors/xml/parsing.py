"""Hardened parsing of XML from outside.

libxml2 refuses what it can refuse, and the bytes are checked before (`connectors/xml/guard.py`).

A reply of records is read by `connectors/xml/record_reader.py`, which parses a large one as a stream; a smaller document is
one tree, which the limit of tags keeps below 60 MB.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from contracts.errors import DeploymentInvalid

from ..errors import Incomplete, Malformed, TooLarge
from .guard import Caps, inspect

__all__ = ["SAFE", "XSD", "Caps", "Schema", "Violation", "broken", "inspect", "read", "strict_parser"]

XSD = "{http://www.w3.org/2001/XMLSchema}"

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
_AFTER_THE_END = 5  # XML_ERR_DOCUMENT_END: the document is whole, and something follows it
_PAST_A_LIMIT = 114  # XML_ERR_RESOURCE_LIMIT
_SHORTER = "the sender must send such a text as an attachment, or in parts"
_CLAUSES = {code: name for name, code in vars(etree.ErrorTypes).items() if isinstance(code, int)}


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
        raise broken(error, body, about) from None
    except etree.LxmlError as error:
        raise Malformed(f"{about}: libxml2 cannot read it ({type(error).__name__})") from None


def broken(error: etree.XMLSyntaxError, body: bytes, about: str) -> Malformed | Incomplete | TooLarge:
    """Our error for a document that cannot be parsed, by libxml2's code and line: its text quotes the document."""
    code = getattr(error, "code", None)  # lxml-stubs does not know it
    if code == _PAST_A_LIMIT:
        return TooLarge(
            f"{about}: in line {error.lineno} a text of more than 10 MB, or more than 256 levels", hint=_SHORTER
        )
    if code == _ENDS_EARLY or (code != _AFTER_THE_END and not body.rstrip().endswith(b">")):
        return Incomplete(f"{about}: the XML ends early")
    what = f"{about}: ill-formed XML in line {error.lineno} (libxml2 error {code})"
    hint = "the sender must write its texts as XML asks for: & as &amp;, no control characters, one charset"
    return Malformed(what, hint=hint, clause=_CLAUSES.get(code or 0, f"ERR_{code}"))


def strict_parser() -> etree.XMLParser:
    """A new parser with every safety option of lxml."""
    return etree.XMLParser(**SAFE)


@dataclass(frozen=True)
class Violation:
    """A breach of a schema. The text of libxml2 is left out, because it quotes the value."""

    line: int
    path: str
    """Of the node, as `getpath` writes it in the tree of the validated element."""
    clause: str
    """libxml2's name of the rule, after the clause of XML Schema: `SCHEMAV_CVC_PATTERN_VALID`."""
    misplaced: bool = False
    """Whether the element may not stand there at all. What follows it in its parent was not validated."""

    def error(self, about: str) -> Malformed:
        """The error of an element that must be valid as a whole."""
        return Malformed(
            f"{about}: not what the schema says in line {self.line}: {self.clause} at {self.path}",
            hint="compare the reply with the pinned schema: the sender has changed its form, or our copy is old",
        )


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
            try:
                if self._schema.validate(element):
                    return ()
            except etree.LxmlError as error:
                raise Malformed(f"libxml2 cannot validate the reply ({type(error).__name__})") from None
            log: Any = self._schema.error_log  # lxml-stubs does not know its parts
            return tuple(
                Violation(each.line, str(each.path), each.type_name, "This element is not expected" in each.message)
                for each in log
            )

    def fields(self, type_name: str) -> tuple[str, ...]:
        """The element names of a complex type that is one sequence, in order; empty when there is none."""
        found = self._tree.findall(f"{XSD}complexType[@name='{type_name}']/{XSD}sequence/{XSD}element")
        return tuple(each.get("name", "") for each in found)
