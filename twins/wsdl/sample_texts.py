"""Texts for the simple types of a schema: within their facets, and the same for the same chance."""

from __future__ import annotations

import re
import re._parser as sre  # type: ignore[import-not-found]  # the standard library's own reader of patterns
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

SYLLABLES = (
    "an",
    "bình",
    "chí",
    "dung",
    "đông",
    "hà",
    "khánh",
    "lâm",
    "minh",
    "nam",
    "phú",
    "quy",
    "sơn",
    "tân",
    "việt",
)
LETTERS = "ABCDEGHKLMNPQRSTUVXY"
_WHOLE = {
    "int": (0, 99_999),
    "integer": (0, 99_999),
    "long": (0, 99_999),
    "short": (0, 9_999),
    "byte": (0, 99),
    "nonNegativeInteger": (0, 99_999),
    "positiveInteger": (1, 99_999),
    "unsignedInt": (0, 99_999),
    "unsignedLong": (0, 99_999),
    "unsignedShort": (0, 9_999),
    "unsignedByte": (0, 99),
    "negativeInteger": (-9_999, -1),
    "nonPositiveInteger": (-9_999, 0),
}


def invent_text(base: str, facets: Mapping[str, Sequence[str]], chance: Random, span: tuple[date, date]) -> str:
    """A text of a built-in type; days lie within `span`.

    Raises:
        ValueError: a pattern that only XML Schema understands.
    """
    if codes := facets.get("enumeration"):
        return chance.choice(codes)
    if patterns := facets.get("pattern"):
        return from_pattern(patterns[0], chance)
    first, last = span
    day = first + timedelta(days=chance.randint(0, (last - first).days))
    if base in _WHOLE:
        low, high = _WHOLE[base]
        low = int(facets.get("minInclusive", [str(low)])[0])
        return str(chance.randint(low, max(low, int(facets.get("maxInclusive", [str(high)])[0]))))
    match base:
        case "date":
            return day.isoformat()
        case "dateTime":
            return f"{day.isoformat()}T{chance.randint(7, 17):02d}:{chance.randint(0, 59):02d}:{chance.randint(0, 59):02d}+07:00"
        case "time":
            return f"{chance.randint(7, 17):02d}:{chance.randint(0, 59):02d}:00"
        case "gYear":
            return str(day.year)
        case "boolean":
            return chance.choice(("true", "false"))
        case "decimal" | "float" | "double":
            return str(chance.randint(0, 999))
        case "base64Binary" | "hexBinary":
            return "" if base == "hexBinary" else "QQ=="
        case "anyURI":
            return f"urn:motlan:synthetic:{chance.randint(1, 9_999)}"
        case "language":
            return "vi"
    length = int((facets.get("length") or facets.get("maxLength") or ["40"])[0])
    words = " ".join(chance.choice(SYLLABLES) for _ in range(3)).capitalize()
    return (words + "x" * length)[:length] if "length" in facets else words[:length].strip()


def from_pattern(pattern: str, chance: Random) -> str:
    """A text that a pattern of XML Schema matches whole.

    Raises:
        ValueError: the pattern uses what only XML Schema has, and no text for it can be made here.
    """
    try:
        made = _follow(sre.parse(pattern), chance)
    except re.error as error:
        raise ValueError(f"no text can be invented for the pattern {pattern}") from error
    return made


def _follow(parsed: Iterable[Any], chance: Random) -> str:
    made = ""
    for kind, argument in parsed:
        match str(kind):
            case "LITERAL":
                made += chr(argument)
            case "NOT_LITERAL" | "ANY":
                made += chance.choice([c for c in LETTERS if c != chr(argument or 0)])
            case "IN":
                made += _one_of(argument, chance)
            case "BRANCH":
                made += _follow(chance.choice(argument[1]), chance)
            case "SUBPATTERN":
                made += _follow(argument[3], chance)
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = argument
                made += "".join(
                    _follow(inner, chance)
                    for _ in range(chance.randint(max(least, min(1, int(most))), min(int(most), max(least, 1) + 3)))
                )
    return made


def _one_of(choices: Sequence[Any], chance: Random) -> str:
    if str(choices[0][0]) == "NEGATE":
        banned = re.compile("[" + "".join(map(re.escape, _members(choices[1:]))) + "]")
        return chance.choice([c for c in LETTERS + "0123456789" if not banned.match(c)])
    return chance.choice(_members(choices))


def _members(choices: Sequence[Any]) -> list[str]:
    found: list[str] = []
    for kind, argument in choices:
        match str(kind):
            case "LITERAL":
                found.append(chr(argument))
            case "RANGE":
                found += [chr(code) for code in range(argument[0], min(argument[1], argument[0] + 200) + 1)]
            case "CATEGORY":
                found += list(
                    "0123456789" if "DIGIT" in str(argument) else " " if "SPACE" in str(argument) else LETTERS
                )
    return found
