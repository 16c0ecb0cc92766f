"""Lines of Markdown that fit a page."""

from __future__ import annotations

import textwrap

WIDTH = 118


def item(text: str, *more: str) -> list[str]:
    """A list item, and further lines of it, wrapped. Words are never cut."""
    return [line for n, part in enumerate((text, *more)) for line in _wrapped(part, "* " if n == 0 else "  ")]


def paragraph(text: str) -> list[str]:
    """A paragraph, wrapped, without the empty line after it."""
    return _wrapped(text, "", "")


def _wrapped(text: str, first: str, then: str = "  ") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )
