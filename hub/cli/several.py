"""Several streams read one after another, with one table at the end and one exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from contracts.errors import HubError, Transient
from hub.terminal import failed, login, show

if TYPE_CHECKING:
    from connectors.interface import Window
    from hub.app import Hub
    from hub.load.stream_state import Mode


def sync_several(
    hub: Hub,
    streams: Sequence[str],
    window: Window,
    mode: Mode,
    on_event: Callable[[str, Mapping[str, object]], None],
    *,
    as_json: bool,
) -> None:
    """Read each stream; what fails is told at once and in the table.

    Raises:
        typer.Exit: a stream failed. The code is of the first failure that somebody must act on, else of the first.
    """
    from hub.load.ledger import terms

    rows: list[dict[str, object]] = []
    errors: list[HubError] = []
    for stream in streams:
        try:
            _, counts = hub.exchange(stream, on_event=on_event, operator=login()).sync(
                window if mode != "live" else None, mode
            )
            rows.append({"stream": stream, **terms(counts), "outcome": "done"})
        except HubError as error:
            failed(error)
            errors.append(error)
            rows.append({"stream": stream, "outcome": type(error).__name__})
    columns = ["stream", "received", "accepted", "unchanged", "duplicate", "outdated", "quarantined", "outcome"]
    show(rows, as_json=as_json, title=f"{len(streams)} streams, {len(errors)} failed", columns=columns)
    if errors:
        raise typer.Exit(next((e for e in errors if not isinstance(e, Transient)), errors[0]).exit_code)
