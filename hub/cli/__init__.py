"""The command line `hub`. Each file of this folder is one group of commands.

More than fifteen modules stand on this level on purpose: one file is one group of commands, named as it is typed.

exit codes: 0 done · 1 a stream of `hub run` failed, or an error without a name · 2 no such thing, wrong use ·
3 a batch is held · 4 an equation does not hold · 5 paused · 6 alerts wait · 65 contract invalid ·
70 somebody must act · 75 try again later · 76 overtaken by a newer run · 78 deployment or settings invalid
"""

from __future__ import annotations

import logging
import sys

import structlog
import typer

from contracts.errors import HubError
from hub.cli import (
    audit,
    backtest,
    cases,
    conflicts,
    contracts,
    decisions,
    digest,
    doctor,
    dossiers,
    extracts,
    held,
    ledger,
    meter,
    reports,
    requirements,
    run,
    serve,
    streams,
    systems,
    text,
    token,
    twin,
)
from hub.core import collector
from hub.terminal import failed

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Một Lần: submit once, reuse.",
    epilog=__doc__,
)
for group in (run, streams, ledger, doctor, digest, meter, audit, conflicts, serve, token):
    group.add_to(app)
backtest.add_to(decisions.app, requirements.app)
app.add_typer(cases.app, name="cases", help="Quarantined records: reasons, owners and due dates.")
app.add_typer(held.app, name="held", help="Batches that the declared suite holds: release or discard one.")
app.add_typer(contracts.app, name="contracts", help="Contracts: what each dataset promises.")
app.add_typer(systems.app, name="systems", help="Outside systems that the hub reads or asks.")
app.add_typer(
    requirements.app, name="requirements", help="Papers that procedures demand, and the evidence that answers each."
)
app.add_typer(decisions.app, name="decisions", help="Decisions to reuse, confirm or ask, before a paper is demanded.")
app.add_typer(extracts.copies, name="extracts", help="Copies of extract (trích lục): numbered drafts.")
app.add_typer(
    dossiers.app,
    name="dossiers",
    help="State of a dossier; states that differ at portals; figures of e-identification.",
)
app.add_typer(reports.app, name="reports", help="Error reports about shared data, for the owners of the sources.")
app.add_typer(text.app, name="text", help="Old encodings of Vietnamese: detect and convert.")
app.add_typer(twin.app, name="twin", help="Twins: local doubles of the outside systems.")


def main() -> None:
    """Entry of the console script: a known error is a message and an exit code, never a traceback."""
    collector.pause()
    # Events go to stderr as they are; tables and JSON have stdout to themselves.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        app()
    except HubError as error:
        sys.exit(failed(error))
    finally:
        collector.resume()
