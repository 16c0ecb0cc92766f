"""Characters that nobody sees at the ends of a text: white space and marks without a width.

Text that was copied from a web page or from Word carries them. Two texts that look alike must be one: so both ends of
every text are cut, a text of nothing else is empty, and a key holds none of them inside.

The list is Unicode's White_Space and Default_Ignorable_Code_Point, and the blank of Braille. Control characters are not
in it, except tab and line ends: a text that holds one is damaged, and a rule says so (`contracts.checks`).
"""

from __future__ import annotations

import re

_WHITE = (
    (0x09, 0x0A),
    (0x0D, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
)
_WITHOUT_WIDTH = (
    (0xAD, 0xAD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)


def _listed(ranges: tuple[tuple[int, int], ...], form: str) -> str:
    return "".join(f"{form.format(first)}-{form.format(last)}" for first, last in ranges)


_RUST, _PYTHON = r"\x{{{:X}}}", r"\U{:08X}"
AT_ENDS = f"[{_listed(_WHITE + _WITHOUT_WIDTH, _RUST)}]"
"""A character that is cut from both ends, as a class of Rust's regular expressions."""
IN_KEYS = f"[{_listed(tuple(each for each in _WHITE if each != (0x20, 0x20)) + _WITHOUT_WIDTH, _RUST)}]"
"""A character that no key may hold: all of them but the plain blank, which is seen between two letters."""
SPACES = "".join(chr(each) for first, last in _WHITE[3:] for each in range(first, last + 1))
"""White space beyond ASCII: in a comparison each is a plain blank."""
MARKS = "".join(chr(each) for first, last in _WITHOUT_WIDTH if last < 0x10000 for each in range(first, last + 1))
"""Marks without a width of the basic plane: in a comparison they are nothing."""

_PLAIN = f"[{_listed(_WHITE + _WITHOUT_WIDTH, _PYTHON)}]"
_ENDS = re.compile(rf"\A{_PLAIN}+|{_PLAIN}+\Z")


def trimmed(text: str) -> str:
    """The text without invisible characters at its ends."""
    if text.isascii():
        return text.strip("\t\n\r ")
    return _ENDS.sub("", text)
