"""No header: for a system that identifies its callers by TLS certificate or address only."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from ...interface import System
from . import Profile, check_settings


def profile(system: System, settings: Mapping[str, object]) -> Plain:
    """Nothing to set."""
    check_settings(system, "plain", settings, ())
    return Plain()


class Plain(Profile):
    """Adds no header and requires none."""

    def dress(self, envelope: etree._Element, operation: str) -> None:
        """Leave the envelope unchanged."""
