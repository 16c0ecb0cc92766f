"""Who asks, for what, under which law: one value, made once at the door and carried to the audit row.

    token of the service       `hub/access/tokens.py`: Claims.inquiry
    the Ministry's message     `hub/answers/ministry/ministry_service.py`: the_ministry
    a command                  the command itself, or the decision that it is about

What is asked, and about whom, is no part of it: that belongs to the question, and to its audit entry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Inquiry:
    """Who asks. Nothing in it is about a person who is asked about; its printed form does not name the officer either."""

    agency: str
    """Identity code (mã định danh)."""
    officer: str
    """The officer or program: stands in the audit log."""
    purpose: str
    """Id in `purposes.yaml`."""
    reference: str = ""
    """The dossier or question for which it is asked: the stated purpose in the single case. Empty: not named yet."""
    legal_basis: str = ""
    """Under which law it is asked (id in `legal_bases.csv`, or `id@first day` of a version); empty: the grants' own."""
    dossier: str = ""
    """The one dossier that its token allows; empty: the question names it."""
    door: str = "command"
    """Where it came in: `service`, `ministry` or `command`."""

    def about(self, reference: str) -> Inquiry:
        """The same, for a dossier or question."""
        return replace(self, reference=reference)

    def allows(self, dossier: str) -> bool:
        """Whether its token lets it ask about a dossier."""
        return self.dossier in ("", dossier)

    def __repr__(self) -> str:
        return f"Inquiry({self.agency}, {self.purpose}, {self.reference}, by {self.door})"
