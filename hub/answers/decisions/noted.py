"""The outcome of an answer made of decisions, for its audit row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.access.session import Session
from hub.answers.decisions.decide import POPULATION
from hub.answers.decisions.recorded import Recorded


def note(
    session: Session,
    answer: tuple[Recorded, ...],
    fields: Iterable[str] = (),
    *,
    outcome: str | None = None,
    missed: bool | None = None,
) -> None:
    """Set the outcome of a session from its decisions: `answered`, `nothing` or `denied`.

    `outcome` and `missed` override it.
    """
    permitted = [r for each in answer for r in each.why if r["condition"] == "permitted"]
    denied = bool(permitted) and all(r["effect"] == "fails" for r in permitted)
    held = [each for each in answer if each.outcome != "ask"] if outcome in (None, "answered") else []
    if missed is None:  # of an act: evidence that may not be shown counts like evidence that is not held any more
        missed = (
            outcome in ("nothing", "denied") if outcome else not held and any(_nothing_held(each) for each in answer)
        )
    outcome = outcome or ("answered" if held else "denied" if denied else "nothing")
    content = [(each.id, each.outcome, each.record, each.version) for each in answer]
    datasets, grants = tuple(_datasets(answer, held)), tuple(r["value"] for r in permitted if r["effect"] == "holds")
    if outcome == "answered":
        session.found(
            content, datasets=datasets, fields=fields, grants=grants, legal_bases=[each.legal_basis for each in held]
        )
    elif outcome == "denied":
        session.deny(content, missed=missed, datasets=datasets, grants=grants)
    else:
        session.nothing(content, missed=missed, datasets=datasets, grants=grants)


def _datasets(answer: Iterable[Recorded], held: Iterable[Recorded]) -> Iterator[str]:
    """The sources of the answers. The population database counts as soon as it was asked, whatever it answered."""
    yield from (each.dataset for each in held if each.dataset)
    if any(
        reason["condition"] == POPULATION and reason["value"] != "not asked" for each in answer for reason in each.why
    ):
        yield POPULATION


def _nothing_held(decision: Recorded) -> bool:
    """Whether a permitted search found nothing. A form that no register holds is no miss."""
    failed = [(reason["condition"], reason["value"]) for reason in decision.why if reason["effect"] == "fails"]
    return [condition for condition, _ in failed] == ["held"] or failed == [(POPULATION, "unknown")]
