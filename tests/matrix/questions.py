"""One random question, with all that any way out needs to be asked it, near enough to a grant that not most of them are denied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.matrix.city import City
from tests.matrix.decided import Decided
from tests.matrix.policy import ANSWERED_FROM, EVER, LAWS, MINISTRY, OFFICES, Asking
from tests.matrix.registered import ASKERS, DAYS, DOSSIERS, PEOPLE, PURPOSES, SIDES, STRANGER, F, M, X

UNITS = (*OFFICES, "999")
ELSEWHERE = "000.00.28.H29"
"""Whose dossiers nobody here may name unless the hub knows them."""


@dataclass(frozen=True)
class Question:
    """A question; each way takes of it what it can ask."""

    asking: Asking
    number: int
    """Which question of its city it is."""
    who: str
    other: str
    name: str | None
    dataset: str
    requested: tuple[str, ...]
    answer: str
    decided: Decided | None
    """A decision on record; None: a number that was never given out."""
    any_decided: Decided
    record: tuple[str, str]
    """Dataset and key, as an error report names them."""
    reference: str
    """Of a dossier whose state is asked."""
    bound: str
    """The dossier that the token is bound to; empty: none."""
    form: str
    unit: str
    caller: str
    """At the Ministry's REST."""
    earlier: int
    """Which of the earlier questions to the Ministry's operations is asked about."""
    report: int
    """Number of an error report."""
    invented: bool
    """Whether the dossier bears the code of an agency that never filed it."""
    known: str
    """A dossier that the hub knows, whoever filed it; empty: another is named."""
    decoy: Asking = field(repr=False)
    """What stands in the query beside the token: nobody may heed it."""

    @property
    def dossier(self) -> str:
        """For which decisions are asked; no other question names it."""
        return self.filed_at(self.asking.agency)

    @property
    def named(self) -> str:
        """For which something about a person is asked."""
        return self.known or self.dossier

    def filed_at(self, agency: str) -> str:
        """A new dossier of an agency, or one that was invented."""
        return f"{ELSEWHERE if self.invented else agency}-220603-{self.number:07}"


def drawn(here: City, number: int) -> Question:
    """The next random question; sets the day on which it is asked."""
    chance, grant = here.chance, here.chance.choice(here.world["grants"])
    near = lambda of_grant, any_: chance.choice(list(of_grant) if of_grant and chance.random() < 0.75 else list(any_))  # noqa: E731
    here.day = near([day for day in DAYS if grant["valid_from"] <= day <= grant.get("valid_to", EVER)], DAYS)
    asking = _asking(here, grant)
    if here.answered_to and chance.random() < 0.25:
        asking = chance.choice(here.answered_to)
        here.day = asking.day
    going_on = _going_on(here) if chance.random() < 0.4 else None
    if going_on:
        asking = going_on[0]
        here.day = asking.day
    dataset = near([d for d in grant["datasets"] if d in SIDES], SIDES)
    answer = near(grant["answers"], ANSWERED_FROM)
    fields = near([grant["datasets"].get(dataset) or here.pool[dataset]], [here.pool[dataset]])
    own = [each for each in here.decided if (each.agency, each.purpose) == (asking.agency, asking.purpose)]
    decided = near(
        near(
            [[each for each in own if each.number in here.acts], [each for each in own if each.dataset == dataset]],
            [own],
        ),
        [*here.decided, None],
    )
    invented, known, reference = (
        chance.random() < 0.1,
        chance.choice(("",) * 5 + DOSSIERS),
        near(DOSSIERS, ["000.00.16.H29-220602-0009"]),
    )
    dossier = known or f"{ELSEWHERE if invented else asking.agency}-220603-{number:07}"
    return Question(
        asking=asking,
        number=number,
        who=near(_people(here, dataset), PEOPLE),
        other=chance.choice((M, F, X)),
        name=chance.choice(["nksHoTen 1", "nksHoTen 2", "nksHoTen 4"]) if answer == "matches" else None,
        dataset=dataset,
        requested=tuple(chance.sample(fields, chance.randint(1, min(8, len(fields))))),
        answer=answer,
        decided=going_on[1] if going_on else decided,
        any_decided=chance.choice(own or here.decided),
        record=near([each for each in here.entries if each[0] == dataset], [*here.entries, (dataset, "99")]),
        reference=reference,
        bound=chance.choice(("",) * 12 + (dossier, reference, DOSSIERS[0])),
        form=chance.choice(("data", "data", "page", "pdf")),
        unit=near([unit for unit, (agency, *_) in OFFICES.items() if agency in grant["agencies"]], UNITS),
        caller=near([MINISTRY], [asking.agency]),
        earlier=chance.randrange(10**6),
        report=near(
            [
                n
                for n, each in here.reports.items()
                if (each.asking.agency, each.asking.purpose) == (asking.agency, asking.purpose)
            ],
            [*here.reports, 10**9],
        ),
        invented=invented,
        known=known,
        decoy=_asking(here, chance.choice(here.world["grants"])),
    )


def _going_on(here: City) -> tuple[Asking, Decided] | None:
    """A decision that was looked at, mostly one that waits for an officer's word, and who was answered then."""
    looked_at = [each for each in here.decided if "previewed" in here.acts.get(each.number, ())]
    chosen = [each for each in looked_at if each.unsure] if here.chance.random() < 0.65 else looked_at
    if not chosen:
        return None
    decided = here.chance.choice(chosen)
    who = [each for each in here.answered_to if (each.agency, each.purpose) == (decided.agency, decided.purpose)]
    return (here.chance.choice(who), decided) if who else None


def _asking(here: City, grant: Mapping[str, Any]) -> Asking:
    """Mostly as a grant says, now and then with one thing of something else."""
    chance = here.chance
    other = chance.choice(("agency", "purpose", "law", "", "", "", "", ""))
    return Asking(
        chance.choice((*ASKERS, STRANGER) if other == "agency" else grant["agencies"]),
        chance.choice(PURPOSES) if other == "purpose" else grant["purpose"],
        chance.choice(list(LAWS)) if other == "law" else grant["legal_basis"],
        here.day,
    )


def _people(here: City, dataset: str) -> list[str]:
    """Whose numbers stand in the entries of a register."""
    return [entry[side] for (d, _), entry in here.entries.items() if d == dataset for side in SIDES[d] if side in entry]
