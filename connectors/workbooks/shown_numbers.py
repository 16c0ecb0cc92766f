"""What a sheet shows of a number: its digits under the cell's number format (ISO/IEC 29500-1, 18.8.30 and 18.8.31).

Only what is shown for certain is given. Anything that rounds, groups or scales is not: for a text it would be a guess
between what was typed and what is seen.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|[_*].|(?P<place>[0#])|(?P<other>.)', re.DOTALL
)
_SECTION = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*)(?:;|\Z)', re.DOTALL)
_PLAIN = frozenset(" -+/():!^&'~{}<>=$₫")
_COLOUR = re.compile(r"\A(?:black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|\$-[0-9a-f]+)\Z", re.IGNORECASE)
_GROUPS = re.compile("(?<=[0#]),(?=[0#])")
MOST_DIGITS = 15
"""Of a number in a spreadsheet; the digits behind them are lost when it is saved."""


def exact(value: int | float) -> str | None:
    """The digits of a number, without an exponent; None if it has more than a spreadsheet holds."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**MOST_DIGITS else None
    text = f"{value:.{MOST_DIGITS}g}"
    if not math.isfinite(value) or float(text) != value:
        return None
    return _positional(text) if abs(value) < 10**MOST_DIGITS else None


def nearest(value: int | float) -> str | None:
    """The digits that a sheet shows at most; None for a whole number that has more, and for no number."""
    if isinstance(value, int) or value.is_integer():
        return exact(int(value)) if abs(value) < 10**MOST_DIGITS else None
    return _positional(f"{value:.{MOST_DIGITS}g}") if math.isfinite(value) else None


def shown(value: int | float, form: str) -> str | None:
    """The text that a sheet shows of a number for certain; None where there is no such text."""
    sections = sections_of(form)
    sign = ""
    if len(sections) > 1 and value < 0:
        section, value = sections[1], -value
    elif len(sections) > 2 and value == 0:
        section = sections[2]
    else:
        section = sections[0]
        if value < 0:
            sign, value = "-", -value
    if section.strip().lower() in ("general", "@", ""):
        # A lone empty format is no format; an empty one among several hides the value.
        return None if not section and len(sections) > 1 else (text := exact(value)) and sign + text
    if isinstance(value, float) and not value.is_integer():
        return None
    if value < 1000:  # nothing to group
        section = _GROUPS.sub("", section)
    pattern = _places(section)
    if pattern is None or value >= 10**MOST_DIGITS:
        return None
    digits = str(int(value)).lstrip("0").rjust(_least(pattern), "0")
    return sign + _filled(pattern, digits) if digits else None


def is_percentage(form: str) -> bool:
    """Whether a format shows a hundred times the number."""
    return any(token["other"] == "%" for token in _TOKEN.finditer(sections_of(form)[0]))


def sections_of(form: str) -> list[str]:
    """The sections of a format: of numbers above zero, below, zero, texts."""
    found = [match[1] for match in _SECTION.finditer(form)]
    return found[:-1] if len(found) > 1 and not found[-1] and not form.endswith(";") else found


@lru_cache(maxsize=1024)
def _places(section: str) -> tuple[str, ...] | None:
    """The section's parts: `0`, `#`, or `=` and a literal; None if it does more than set digits among letters."""
    parts: list[str] = []
    for token in _TOKEN.finditer(section):
        if token["quoted"] is not None:
            parts.append("=" + token["quoted"])
        elif token["escaped"]:
            parts.append("=" + token["escaped"])
        elif token["bracket"] is not None:
            if not _COLOUR.match(token["bracket"]):
                return None  # a currency, a condition, elapsed time
        elif token["place"]:
            parts.append(token["place"])
        elif token["other"]:
            if token["other"] not in _PLAIN and token["other"].isascii():
                return None
            parts.append("=" + token["other"])
    return tuple(parts) if any(part in "0#" for part in parts) else None


def _least(pattern: tuple[str, ...]) -> int:
    """How many digits are shown at least: from the first 0 on every place shows one."""
    places = [part for part in pattern if part in "0#"]
    return len(places) - places.index("0") if "0" in places else 0


def _filled(pattern: tuple[str, ...], digits: str) -> str:
    """The pattern with digits in its places, from the right; those that are left over stand in the first place."""
    left = sum(part in "0#" for part in pattern)
    shown: list[str] = []
    for part in reversed(pattern):
        if part.startswith("="):
            shown.append(part[1:])
            continue
        left -= 1
        if left == 0:
            shown.append(digits)
            digits = ""
        elif digits:
            shown.append(digits[-1])
            digits = digits[:-1]
    return "".join(reversed(shown))


def _positional(text: str) -> str:
    if "e" not in text:
        return text
    mantissa, _, exponent = text.partition("e")
    sign, mantissa = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, part = mantissa.partition(".")
    shift = int(exponent)
    if shift >= 0:
        return sign + whole + part[:shift].ljust(shift, "0") + ("." + part[shift:] if part[shift:] else "")
    return sign + "0." + "0" * (-shift - 1) + whole + part
