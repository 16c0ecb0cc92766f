"""OAuth 2.0 client credentials (RFC 6749, 4.4): the system of an agency asks for a token by its certificate (RFC 8705).

The agency is the certificate's. The officer, the purpose and the dossier are what the system says; the token carries
them for five minutes, and each question records them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import anyio.to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from hub.access.clients.enrolment import Client
from hub.access.tokens import LONGEST, Claims, machine_now
from hub.answers.token_basis import legal_basis_of
from hub.core import events
from hub.core.errors import NotFound
from service import problems
from service.auth import System

PATH = "/oauth/token"
LONGEST_VALUE = 200
"""Characters of a parameter."""
FORM = "application/x-www-form-urlencoded"
PARAMETERS: Mapping[str, str] = {
    "grant_type": "client_credentials",
    "scope": "Mục đích, như trong grants.yaml. The purpose, as in a grant of the agency.",
    "officer": "Cán bộ hỏi, ghi vào nhật ký. The officer who asks; the audit log records the name.",
    "dossier": "MaHoSo duy nhất mà mã này dùng được. The one dossier that the token is for.",
    "legal_basis": "Căn cứ pháp lý, nếu cơ quan có nhiều. Legal basis, if the grants of the agency have several.",
}
NEEDED = ("grant_type", "scope", "officer")
BODY = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": list(NEEDED),
                "properties": {
                    name: {"type": "string", "maxLength": LONGEST_VALUE, "description": about}
                    for name, about in PARAMETERS.items()
                },
            }
        }
    },
}
router = APIRouter(tags=["token"])


class IssuedToken(BaseModel):
    """Mã truy cập ngắn hạn, chỉ dùng được với chứng thư này. A short-lived token, good with this certificate only."""

    access_token: str
    token_type: str = Field(examples=["Bearer"])
    expires_in: int = Field(description="Giây. Seconds.", examples=[300])
    scope: str = Field(examples=["civil-status"])


class TokenError(BaseModel):
    """Vì sao không cấp (RFC 6749, 5.2). Why there is no token."""

    error: str = Field(examples=["invalid_scope"])
    error_description: str


class _NoToken(Exception):
    """A request that cannot be granted: its code of RFC 6749, 5.2, and a sentence."""

    def __init__(self, code: str, about: str) -> None:
        super().__init__(code)
        self.code, self.about = code, about


@router.post(
    PATH,
    response_model=IssuedToken,
    responses={400: {"model": TokenError}, **problems.responses(401, only=True)},
    openapi_extra={"requestBody": BODY},
    summary="Xin mã truy cập bằng chứng thư. A token, by certificate",
)
async def token(request: Request, system: System) -> Response:
    """A token of five minutes for the agency of the certificate, bound to it."""
    try:
        asked = _read(request.headers.get("content-type", ""), await request.body())
        basis = await anyio.to_thread.run_sync(_basis, request, system, asked)
    except _NoToken as error:
        return JSONResponse({"error": error.code, "error_description": error.about}, 400)
    claims = Claims(system.agency, asked["officer"], asked["scope"], basis, asked.get("dossier", ""), system.thumbprint)
    signed = request.app.state.tokens.sign(claims, machine_now())
    events.emit("token.issued", {"agency": system.agency, "system": system.system, "purpose": asked["scope"]})
    return JSONResponse(
        {
            "access_token": signed,
            "token_type": "Bearer",
            "expires_in": int(LONGEST.total_seconds()),
            "scope": asked["scope"],
        },
        headers={"Pragma": "no-cache"},
    )


def _basis(request: Request, system: Client, asked: Mapping[str, Any]) -> str:
    try:
        return legal_basis_of(request.app.state.hub, system.agency, asked["scope"], asked.get("legal_basis", ""))
    except NotFound:
        raise _NoToken(
            "invalid_scope", "No grant of your agency for this purpose, on this basis, holds today"
        ) from None


def _read(media_type: str, body: bytes) -> dict[str, str]:
    """The parameters of a form. Raises _NoToken."""
    if media_type.partition(";")[0].strip().lower() != FORM:
        raise _NoToken("invalid_request", f"The body is a form: {FORM}")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError:
        raise _NoToken("invalid_request", "The form cannot be read") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NoToken("invalid_request", "A parameter stands twice")
    if strange := found.keys() - PARAMETERS.keys():
        known = ", ".join(PARAMETERS)
        raise _NoToken("invalid_request", f"{len(strange)} parameters are not known here; known are {known}")
    if missing := [name for name in NEEDED if not found.get(name, "").strip()]:
        raise _NoToken("invalid_request", f"Without {', '.join(missing)}")
    if any(len(value) > LONGEST_VALUE or not value.isprintable() for value in found.values()):
        raise _NoToken("invalid_request", f"A parameter has up to {LONGEST_VALUE} printable characters")
    if found["grant_type"] != "client_credentials":
        raise _NoToken("unsupported_grant_type", "Only client_credentials")
    return found
