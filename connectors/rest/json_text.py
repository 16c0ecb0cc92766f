"""JSON texts of outside systems, read strictly.

RFC 8259 leaves open what a reader does with a key that comes twice; here it is an error at any depth, because each half
of a system could read another of the two. Numbers with a fraction stay as written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import Incomplete, Malformed

BOM = b"\xef\xbb\xbf"
DEEPEST = 32
"""Levels of arrays and objects in one value; the dialects have four."""
LONGEST = 1 << 20
"""Characters of one text."""
NO_JSON = "no readable JSON"
NAME = re.compile(r'"([A-Za-z_][A-Za-z0-9_]{0,39})"\s*:')
"""A member that looks like a field's; a sender may write anything into a name."""
STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NESTS = frozenset({dict, list})
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape for half of a character; two of them are one character, one alone is none."""
_WRONG = re.compile(r'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])|\\|[\x00-\x1f]')
_MARK = re.compile("[\udc00-\udc7f]")
_MEND = "the operator of the source must mend what it sends"


class DamagedJson(Exception):
    """A text that is no JSON, or JSON with a key twice. Never leaves this package."""

    def __init__(self, clause: str, *, at: int = 0, place: str = "") -> None:
        super().__init__(clause)
        self.clause, self.at, self.place = clause, at, place


def parse(text: str) -> Any:
    """The value of a JSON text. Raises DamagedJson: no JSON, a key twice, or nested without end."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise DamagedJson(NO_JSON, at=error.pos) from None
    except RecursionError:
        raise DamagedJson(f"nested deeper than {DEEPEST} levels") from None
    except ValueError:  # of int(): more digits than Python converts
        raise DamagedJson("a number of too many digits") from None


def text_of(body: bytes) -> str:
    """The text of a body; bytes that are no UTF-8 become single surrogates, which `parse` keeps in their place."""
    return body.removeprefix(BOM).decode("utf-8", "surrogateescape")


def marked(text: str) -> str:
    """A text whose strings are JSON again: control characters and wrong escapes in them become single surrogates.

    For a text in which one string holds a document of its own, so that a damage is found in its record.
    """
    mark = lambda found: found[0] if len(found[0]) > 1 else chr(0xDC00 + ord(found[0]))  # noqa: E731 - one use
    return STRING.sub(lambda string: _WRONG.sub(mark, string[0]), text)


def as_received(text: str) -> bytes:
    """The bytes of a part of `text_of` or `marked`."""
    text = _MARK.sub(lambda found: chr(ord(found[0]) - 0xDC00), text)
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # an escape for half a character, already read
        return text.encode("utf-8", "surrogatepass")


def parse_body(body: bytes, about: str) -> Any:
    """The value of a whole body without records that could be told apart.

    Raises:
        Incomplete: the JSON is truncated.
        Malformed: no JSON in UTF-8, or a key twice.
    """
    text = text_of(body)
    try:
        value = parse(text)
    except DamagedJson as damage:
        raise unreadable(text, damage, about) from None
    if not _is_unicode(text):
        raise Malformed(f"{about}: the reply is not in UTF-8", hint=_MEND)
    return value


def unreadable(text: str, damage: DamagedJson, about: str) -> Incomplete | Malformed:
    """The error of a text that is refused whole."""
    if goes_on(text):
        return Malformed(f"{about}: something follows the end of the JSON", hint=_MEND)
    if damage.clause != NO_JSON:
        return Malformed(f"{about}: {damage.clause}{f': {damage.place}' if damage.place else ''}", hint=_MEND)
    if is_cut_off(text, damage):
        return Incomplete(f"{about}: the JSON ends early")
    return Malformed(f"{about}: the reply cannot be read as JSON", hint=_MEND)


def suspect(text: str) -> bool:
    """Whether a text may give values that `flaw` has to look at one by one."""
    return len(text) > LONGEST or _HALF.search(text) is not None or not _is_unicode(text)


def flaw(record: Mapping[str, Any], *, texts: bool) -> tuple[str, str] | None:
    """Place and clause of what no field of the hub can hold; None: there is nothing.

    `texts`: whether to look at texts too; only those of a `suspect` document can have a flaw.
    """
    if not texts and _NESTS.isdisjoint(map(type, record.values())):
        return None
    for name, value in record.items():
        if type(value) in _NESTS and _is_deep(value):
            return shown(name), f"nested deeper than {DEEPEST} levels"
    if not texts:
        return None
    for name, value in record.items():
        for each in (name, *_texts(value)):
            if len(each) > LONGEST:
                return shown(name), f"a text of more than {LONGEST} characters"
            if not _is_unicode(each):
                return shown(name), "a character that is no Unicode character"
    return None


def shown(name: str) -> str:
    """The name of a field if it looks like one; otherwise `?`, because a sender may write anything there."""
    return name if NAME.fullmatch(f'"{name}":') else "?"


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            for inner in (each.values() if type(each) is dict else each)
            if type(inner) in _NESTS
        ]
        if not level:
            return False
    return True


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, names included; numbers with a fraction are texts too."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            waiting += each.keys()
            waiting += each.values()


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def goes_on(text: str) -> bool:
    """Whether a whole value stands at the beginning of a text that is no JSON: something follows its end."""
    try:
        _DECODER.raw_decode(text.lstrip())
    except (ValueError, RecursionError, DamagedJson):
        return False
    return True


def is_cut_off(text: str, damage: DamagedJson) -> bool:
    """Whether a document stops in its middle: no bracket closes it, or more was due after the last one."""
    whole = text.strip()
    if not whole.startswith(("{", "[")):
        return not whole
    return not whole.endswith(("}", "]")) or damage.at >= len(text.rstrip())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise DamagedJson("a key twice", place=shown(twice))
    return made


def _no_number(text: str) -> Any:
    raise DamagedJson("NaN or Infinity, which JSON does not have")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_constant=_no_number)
