"""Who asks, for what, under which law: one value, made once where a question comes in, kept until the audit row.

    token of the service       `hub/access/tokens.py`: Claims.inquiry
    the Ministry's message     `hub/answers/ministry/ministry_service.py`: the_ministry
    a command                  the command itself, or the decision of the command

The content of the question and its person belong to the question and to its audit entry, not here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Inquiry:
    """Who asks.

    It holds nothing about the person of the question; its printed form does not name the officer either.
    """

    agency: str
    """Identity code (mã định danh)."""
    officer: str
    """The officer or program, for the audit log."""
    purpose: str
    """Id in `purposes.yaml`."""
    reference: str = ""
    """The dossier or question for which it is asked: the stated purpose in the single case. Empty: not named yet."""
    legal_basis: str = ""
    """The law of the question (id in `legal_bases.csv`, or `id@first day` of a version); empty: the grants' own."""
    dossier: str = ""
    """The one dossier that its token allows; empty: the question names it."""
    door: str = "command"
    """Where it came in: `service`, `ministry` or `command`."""
    because: str = ""
    """Why an operator asks, in his or her words; an agency's reason is purpose and reference."""

    def about(self, reference: str) -> Inquiry:
        """The same, for a dossier or question."""
        return replace(self, reference=reference)

    def allows(self, dossier: str) -> bool:
        """Whether its token lets it ask about a dossier."""
        return self.dossier in ("", dossier)

    def __repr__(self) -> str:
        return f"Inquiry({self.agency}, {self.purpose}, {self.reference}, by {self.door})"
