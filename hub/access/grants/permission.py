"""The permission for one question: granted or not, and what does not fit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Permission:
    """The permission of an agency for a dataset and purpose."""

    granted: bool
    purpose_fits: bool = True
    grant: str = ""
    law_fits: bool = True
    """The legal basis that the question names is the grant's."""

    @property
    def holds(self) -> bool:
        """Whether it is permitted."""
        return self.granted and self.purpose_fits and self.law_fits
