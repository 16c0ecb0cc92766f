"""Two machines: the client in a network namespace of its own, or on another address of loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

NAMESPACE, OURS, THEIRS = "motlan-client", "10.203.77.1", "10.203.77.2"
LINK, FAR_END = "motlan0", "motlan1"


@dataclass(frozen=True)
class Machines:
    """Where the door is, and how a command runs on the client's side."""

    address: str
    prefix: Sequence[str]
    kind: str


@contextmanager
def two_machines() -> Iterator[Machines]:
    """A pair of machines until the block ends."""
    if os.geteuid() or shutil.which("ip") is None or not _made():
        yield Machines("127.0.0.1", (), "one machine, two addresses of loopback")
        return
    try:
        yield Machines(OURS, ("ip", "netns", "exec", NAMESPACE), "two network namespaces")
    finally:
        _ip("netns", "delete", NAMESPACE)


def _made() -> bool:
    _ip("netns", "delete", NAMESPACE)  # one that a killed run left; its link goes with it
    return all(
        _ip(*words.split())
        for words in (
            f"netns add {NAMESPACE}",
            f"link add {LINK} type veth peer name {FAR_END} netns {NAMESPACE}",
            f"address add {OURS}/30 dev {LINK}",
            f"link set {LINK} up",
            f"-n {NAMESPACE} address add {THEIRS}/30 dev {FAR_END}",
            f"-n {NAMESPACE} link set {FAR_END} up",
            f"-n {NAMESPACE} link set lo up",
        )
    )


def _ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0
