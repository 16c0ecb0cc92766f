"""Commands of `hub`, by the name as it is typed, and what its errors become.

exit codes: 0 done · 1 a stream of `hub run` failed, or an error without a name · 2 no such thing, wrong use ·
3 a batch is held · 4 an equation does not hold · 5 paused · 6 alerts wait · 7 the rule engines disagree ·
65 contract invalid · 70 somebody must act · 75 try again later · 76 overtaken by a newer run · 78 deployment or settings invalid ·
130 interrupted
"""

from __future__ import annotations

import errno
import sys

import typer

from contracts.errors import HubError
from contracts.logs import configure_with
from hub.cli.commands import COMMANDS
from hub.cli.lazy import group_of
from hub.core import collector

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a disk without room."""

app = typer.Typer(
    cls=group_of(COMMANDS),
    callback=lambda: None,  # without any command of its own, typer asks for one
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Một Lần: submit once, reuse.",
    epilog=(__doc__ or "").partition("\n\n")[2],
)


def run() -> None:
    """Run the command that is typed; every named error ends the process with its message and its exit code."""
    collector.pause()
    configure_with(_log_to_stderr)
    try:
        app()
    except HubError as error:
        _failed(error)
    except OSError as error:
        if error.errno not in FULL:
            raise
        from hub.core.errors import NoRoom

        where = f" of {error.filename}" if error.filename else ""
        _failed(NoRoom(f"The disk{where} is full: {error.strerror}", hint="make room, then run the command again"))
    finally:
        collector.resume()


def _failed(error: HubError) -> None:
    from hub.terminal import failed

    sys.exit(failed(error))


def _log_to_stderr() -> None:
    """Events go to stderr as they are; tables and JSON have stdout to themselves."""
    import logging

    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
