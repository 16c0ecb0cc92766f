"""Verdicts of the reading over a catalogue, labelled or not, with Wilson bounds; and what added phrases do to held rows.

verdicts(proposals)            reuse, confirm, ask: rows, share, 95 % bounds
fields(proposals)              the same share for each field of procedures (lĩnh vực)
against(rows)                  wrong reuse, wrong confirm, found: with bounds
flips(mapper, proposals)       added phrases after which a row is held all the same
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from hub.requirements.catalogue import Reach
from hub.requirements.mapping import Mapper, Proposal
from hub.requirements.reading import WordKind
from proofs.requirement_score import LabelledProposal
from proofs.requirement_variants import variants

Z = 1.959964
"""Of the normal distribution, two-sided, 95 %."""
FREE = {WordKind.TERM, WordKind.CONDITION, WordKind.LOOKUP, WordKind.NOTE, WordKind.LAW, WordKind.OTHER}
"""Kinds of words at whose end any words may stand, as in the name of an unknown alternative: unknown ones are part of
them."""


@dataclass(frozen=True)
class BoundedShare:
    """So many of so many, with the Wilson bounds of the true share."""

    what: str
    rows: int
    of: int

    @property
    def bounds(self) -> tuple[float, float]:
        """Lower and upper bound, 95 %; 0 and 1 where there is nothing."""
        if not self.of:
            return 0.0, 1.0
        share, n = self.rows / self.of, self.of
        middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        width = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        return max(0.0, middle - width), min(1.0, middle + width)

    def row(self) -> dict[str, str | int]:
        """For a table."""
        low, high = self.bounds
        share = f"{self.rows / self.of:.2%}" if self.of else "–"
        return {"what": self.what, "rows": self.rows, "of": self.of, "share": share, "95 %": f"{low:.2%} to {high:.2%}"}


def demanded(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """The denominator: rows with at least one copy."""
    return tuple(each for each in proposals if each.paper.copies)


def verdicts(proposals: Iterable[Proposal]) -> list[BoundedShare]:
    """How many rows are reuse, confirm and ask; and by what is answered."""
    rows = demanded(proposals)
    reach = Counter(each.reach for each in rows)
    answered = Counter(str(each.rule.answer) for each in rows if each.held)
    return [
        *(BoundedShare(str(each), reach[each], len(rows)) for each in Reach),
        *(BoundedShare(f"answered by {name}", count, len(rows)) for name, count in sorted(answered.items())),
        BoundedShare("held in part", sum(each.partly is not None for each in rows), len(rows)),
    ]


def fields(proposals: Iterable[Proposal]) -> list[BoundedShare]:
    """Share of held rows in each field of procedures, the largest field first."""
    rows = demanded(proposals)
    of = Counter(each.paper.field or "not told" for each in rows)
    held = Counter(each.paper.field or "not told" for each in rows if each.held)
    return [BoundedShare(name, held[name], count) for name, count in of.most_common()]


def against(rows: Sequence[LabelledProposal]) -> list[BoundedShare]:
    """What labels say of the verdicts."""
    reuse = [each for each in rows if each.proposal.reach is Reach.REUSE]
    confirm = [each for each in rows if each.proposal.reach is Reach.CONFIRM]
    answered = [each for each in rows if each.label.answers]
    return [
        BoundedShare("reuse, wrongly", sum(each.wrong for each in reuse), len(reuse)),
        BoundedShare("confirm, wrongly", sum(each.wrong for each in confirm), len(confirm)),
        BoundedShare("found of what is answered", sum(each.right for each in answered), len(answered)),
    ]


def flips(mapper: Mapper, proposals: Iterable[Proposal]) -> Iterator[tuple[str, str, Proposal]]:
    """Each added phrase that leaves a held row held: kind, text, what is proposed. There should be none."""
    for proposal in proposals:
        if not proposal.held:
            continue
        for kind, text in variants(proposal.paper.text):
            found = mapper.propose(replace(proposal.paper, text=text))
            if found.held and not (kind == "unknown words" and (_free(proposal) or _free(found))):
                yield kind, text, found


def _free(proposal: Proposal) -> bool:
    """Whether any words may stand at the end: they go on with a case, a term, the name of an unknown paper."""
    last = proposal.reading.pieces[-1]
    return last.part in FREE or (last.part is WordKind.QUALIFIER and last.words.startswith("có "))
