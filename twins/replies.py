"""What the replies of all twins have in common: digest, gzip, and the twin's own Date."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC
from email.utils import format_datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from twins.clock import Clock
from twins.faults import packed


def reply(
    request: Request,
    clock: Clock,
    content: bytes,
    *,
    media_type: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """A reply with Content-Digest (RFC 9530: over the content as it travels) and Date."""
    body, encoding = packed(content, request.headers.get("accept-encoding", ""))
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    common = {
        "Content-Type": media_type,
        "Content-Digest": f"sha-256=:{digest}:",
        "Date": format_datetime(clock.now().astimezone(UTC), usegmt=True),
        "Cache-Control": "no-store",
    }
    return Response(body, status_code=status, headers=common | encoding | (headers or {}))


def json_reply(
    request: Request, clock: Clock, data: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A JSON reply."""
    return reply(
        request,
        clock,
        msgspec.json.encode(data),
        media_type="application/json; charset=utf-8",
        status=status,
        headers=headers,
    )
