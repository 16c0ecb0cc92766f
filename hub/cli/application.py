"""Commands of `hub`, by the name as it is typed, and what its errors become.

exit codes: 0 done · 1 a stream of `hub run` failed, or an error without a name · 2 no such thing, wrong use ·
3 a batch is held · 4 an equation does not hold · 5 paused · 6 alerts wait · 7 the rule engines disagree ·
65 contract invalid · 70 somebody must act · 75 try again later · 76 overtaken by a newer run · 78 deployment or settings invalid ·
130 interrupted · 143 terminated
"""

from __future__ import annotations

import errno
import sys

import typer

from contracts.errors import HubError
from contracts.logs import configure_with
from hub.cli.commands import COMMANDS
from hub.cli.lazy import group_of
from hub.core import collector, events

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a disk without room."""

REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ELOOP, errno.ENOTDIR, errno.EMFILE, errno.ENFILE)
"""Errors of a machine that refuses a file or folder."""


def _say_what_clock() -> None:
    """A scenario says on each screen that its clock is not the real one; on stderr, so that JSON stays JSON."""
    said: set[str] = set()  # once a command, however often it opens the state

    def once(line: str) -> None:
        if line not in said:
            said.add(line)
            print(line, file=sys.stderr)

    events.announce_with(once)


app = typer.Typer(
    cls=group_of(COMMANDS),
    callback=_say_what_clock,  # without any command of its own, typer asks for one
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
        _failed(_named(error))
    finally:
        collector.resume()


def _named(error: OSError) -> HubError:
    """What the machine said about a file, as an error with a next step. Raises the error itself if it is of another kind."""
    from hub.core.errors import FileRefused, NoRoom

    if error.errno in FULL:
        where = f" of {error.filename}" if error.filename else ""
        return NoRoom(f"The disk{where} is full: {error.strerror}", hint="make room, then run the command again")
    if error.errno in REFUSED and error.filename is not None:
        return FileRefused(
            f"The machine refused {error.filename}: {error.strerror}",
            hint="look at it and the folders above it with ls -ld: this user must own HUB_HOME",
        )
    raise error


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
