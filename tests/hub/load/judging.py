"""Batches that are judged and not merged, or judged in a way of a test's own."""

from __future__ import annotations

from dataclasses import replace

from connectors.interface import Window
from hub.load.exchange import Exchange
from hub.load.staged_batch import StagedBatch
from hub.load.validation import Validator
from tests.hub.conftest import UngatedValidator

AT = "20220601080000"
LATER = "20220601090000"


class StagingJudge(UngatedValidator):
    """Stages every batch, as where the role is missing."""

    copies = False  # type: ignore[assignment]


def staging(exchange: Exchange) -> Exchange:
    """The same stream, every batch staged."""
    j = exchange.validator
    return replace(
        exchange, validator=StagingJudge(j.source, j.contract, j.engine, j.landing, j.keys, j.lists, j.gate_share)
    )


def due(judge: Validator) -> Validator:
    """The same judge, every batch of which the declared suite looks at; what it says is left out."""
    return type("Due", (type(judge),), {"suite_is_due": lambda *a: "sample", "run_suite": lambda *a: None})(
        **{n: getattr(judge, n) for n in judge.__dataclass_fields__}
    )


def again(exchange: Exchange) -> StagedBatch:
    """The next reading's only batch, judged and not merged."""
    run, _ = exchange.begin(Window(), "full", None)
    [(batch, _)] = exchange.fetched(run)
    return exchange.validator(run, batch)


def same(staged: StagedBatch) -> int:
    """How many records were not judged."""
    return staged.unchanged.count if staged.unchanged else 0
