"""Codes by which a source says no, as far as they may be repeated."""

from __future__ import annotations

import re

_A_CODE = re.compile(r"-?[0-9]{1,5}|[A-Z]{1,4}[-_.]?[0-9]{1,5}", re.ASCII)


def shown(code: str) -> str:
    """The code, when it is short and has the form of one (`302`, `LOI-7`); else `unreadable`.

    A code is free text to its sender: an identity number or a name may stand in its place.
    """
    return code if _A_CODE.fullmatch(code) else "unreadable"
