"""`python -m twins.ministry_inbox`: a ministry's inbox in the foreground."""

from __future__ import annotations

import argparse
import contextlib
import socket
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from twins.clock import Clock
from twins.ministry_inbox.app import InboxCalls
from twins.ministry_inbox.misbehaviour import AT_DELIVERY, Misbehaviour
from twins.ministry_inbox.receiver import Receiver
from twins.starter import end_with_starter


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m twins.ministry_inbox", description="An inbox for the city's feeds, which judges with the kit."
    )
    parser.add_argument("--home", type=Path, required=True, help="folder of its keys, deliveries and answers")
    parser.add_argument("--kit", type=Path, required=True, help="kit/verify.py")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clock", type=datetime.fromisoformat, help="what its clock says at the start; default: now")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trouble", type=float, default=0.0, help="share of calls that go wrong, 0 to 1")
    parser.add_argument("--kind", choices=AT_DELIVERY, action="append", help="ways to go wrong; default: all twelve")
    parser.add_argument("--ends-with-input", action="store_true", help="end when the standard input ends")
    options = parser.parse_args()
    if options.ends_with_input:
        end_with_starter()
    clock = Clock(options.clock or datetime.now(UTC))
    receiver = Receiver(options.home, options.kit, clock.now)
    wrong = Misbehaviour(options.seed, options.trouble, tuple(options.kind or AT_DELIVERY))
    listener = socket.create_server((options.host, options.port))
    print(f"ministry-inbox on http://{options.host}:{listener.getsockname()[1]}", flush=True)
    print(f"  the city pins: hub feed pin RECEIVER {options.home / 'own/opening.pub.pem'}", flush=True)
    print(f"                 hub feed pin RECEIVER {options.home / 'own/signing.pub.pem'}", flush=True)
    print(f"  the inbox pins the city's keys of {options.home / 'keys'}", flush=True)
    app = InboxCalls(receiver, wrong).app()
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, date_header=False, server_header=False, lifespan="off"
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
