"""Where an address sends a browser, which does not follow."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import pytest


class Staying(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_: Any) -> None:
        return


def led_to(address: str) -> str:
    """The address to which a page redirects."""
    with pytest.raises(urllib.error.HTTPError) as redirect:
        urllib.request.build_opener(Staying).open(address, timeout=30)
    assert redirect.value.code in (302, 303)
    return str(redirect.value.headers["location"])
