"""Refusal codes of a source, as far as they may be shown."""

from __future__ import annotations

import re

_A_CODE = re.compile(r"-?[0-9]{1,5}|[A-Z]{1,4}[-_.]?[0-9]{1,5}", re.ASCII)


def shown(code: str) -> str:
    """The code if it is short and has the form of a code (`302`, `LOI-7`); otherwise `unreadable`.

    The sender may put any text there, even an identity number or a name.
    """
    return code if _A_CODE.fullmatch(code) else "unreadable"
