"""What a fault is: a name, the error that it must become, and a change of a reply.

Here too: the changes that several lists share.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.errors import HubError

from ..fault_proxy import ScriptedReply, Spoil

FAULT_TEXTS = ("Nguyễn Văn Lỗi", "079000000001")
"""Content of a careless server's faultstring: a synthetic person's name and number."""
ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
"""A SOAP message around a Body."""


@dataclass(frozen=True)
class FaultScript:
    """One way to damage a reply."""

    name: str
    error: type[HubError] | None
    """Class of the error that the connector must raise; None: the damaged records are refused rows, the others exact."""
    script: Callable[[], Spoil]
    """Creates the fault for each use, because some keep state."""
    more: bool = False
    """Whether rows come beyond the records that are there: each of these must be a repetition or refused."""


def always(change: Callable[[ScriptedReply], ScriptedReply]) -> Callable[[], Spoil]:
    """Change every reply alike."""
    return lambda: lambda request, answer: change(answer)


def in_json(change: Callable[[dict[str, Any]], object]) -> Callable[[], Spoil]:
    """Change the JSON object of every reply, in place."""

    def spoil(answer: ScriptedReply) -> ScriptedReply:
        envelope = json.loads(answer.body)
        change(envelope)
        return answer.with_body(json.dumps(envelope, ensure_ascii=False).encode())

    return always(spoil)


def in_bytes(pattern: bytes, by: bytes | Callable[[re.Match[bytes]], bytes]) -> Callable[[], Spoil]:
    """Replace the first match in the body of every reply."""

    return always(lambda answer: answer.with_body(re.sub(pattern, by, answer.body, count=1, flags=re.DOTALL)))
