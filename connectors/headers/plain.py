"""No header at all: for a system that knows its callers by their TLS certificates or addresses only."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from ..interface import System
from . import Profile, check_settings


def profile(system: System, settings: Mapping[str, object]) -> Plain:
    """Nothing to set."""
    check_settings(system, "plain", settings, ())
    return Plain()


class Plain(Profile):
    """Puts nothing in and asks for nothing."""

    def dress(self, envelope: etree._Element, operation: str) -> None:
        """The envelope goes as it is."""
