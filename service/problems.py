"""Errors as RFC 9457 problems. Denied and missing are the same 404; no answer quotes a value of a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy.exc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from connectors.outgoing.sink import ParcelMissing
from contracts.errors import HubError, Permanent, Transient
from hub.access.audit import LimitReached
from hub.access.clients.enrolment import CertificateRefused
from hub.access.tokens import TokenRefused
from hub.answers.decisions.rejudge import AskAnew
from hub.answers.decisions.store import PreviewRequired
from hub.answers.error_reports import AlreadyClosed
from hub.answers.extracts.drafts import EntryEnded
from hub.core import events
from hub.core.errors import NotFound, ReasonMissing
from hub.evidence.people import NotAPerson
from hub.feeds.rebuilding import DeliveryExpired
from hub.sending.answers import AnswerUnfit
from service.gateway import ProofRefused

MEDIA_TYPE = "application/problem+json"
LATER_S = 5
"""Retry-After of transient errors."""
NAME = re.compile(r"[A-Za-z_]\w{0,39}")
"""The part of a fault's location that may be quoted: names of fields, not what somebody typed in their place."""


class Forbidden(Permanent):
    """The token is valid, but bound to another dossier."""


class Problem(BaseModel):
    """Vì sao không trả lời được. Why there is no answer."""

    type: str = Field(examples=["urn:motlan:problem:nothing-such"])
    title: str = Field(examples=["Không có, hoặc không được phép"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["Not held, or not permitted for this agency, purpose and law: both look alike"])
    request: str = Field(
        description="Mã yêu cầu, ghi trong nhật ký. The request's number, as in the log.", examples=["5f0c6f1e9b7d4f0a"]
    )
    next: str | None = Field(None, description="Bước tiếp theo. The next step.")
    faults: list[Fault] | None = Field(None, description="Từng lỗi của yêu cầu. Each fault of the request.")


class Fault(BaseModel):
    """Một lỗi của yêu cầu. One fault of a request."""

    where: str = Field(examples=["body.people.applicant.personal_id"])
    what: str = Field(examples=["String should match pattern '^[0-9]{12}$'"])


Kind = tuple[int, str, str]
"""Status, name, title."""

KINDS: Mapping[type[Exception], Kind] = {
    TokenRefused: (401, "token", "Chưa chứng minh được ai hỏi"),
    CertificateRefused: (401, "certificate", "Chưa chứng minh được hệ thống nào hỏi"),
    ProofRefused: (401, "proof", "Chưa chứng minh được cơ quan nào hỏi qua trục"),
    Forbidden: (403, "not-for-you", "Mã truy cập không dùng cho việc này"),
    NotAPerson: (422, "not-a-person", "Thông tin về người không đọc được"),
    ReasonMissing: (422, "not-said", "Thiếu tên hoặc lý do"),
    NotFound: (404, "nothing-such", "Không có, hoặc không được phép"),
    AlreadyClosed: (409, "not-now", "Chưa được, hoặc không còn được"),
    PreviewRequired: (409, "not-now", "Chưa được, hoặc không còn được"),
    AskAnew: (409, "ask-anew", "Điều đã quyết định không còn giữ nguyên: phải hỏi lại"),
    EntryEnded: (409, "not-now", "Chưa được, hoặc không còn được"),
    AnswerUnfit: (409, "answer", "Câu trả lời về gói giao không có giá trị"),
    DeliveryExpired: (410, "expired", "Gói giao đã hết hạn lưu"),
    ParcelMissing: (503, "later", "Tạm thời chưa trả lời được"),
    LimitReached: (429, "limit", "Quá số lần hỏi cho phép trong một giờ"),
    Transient: (503, "later", "Tạm thời chưa trả lời được"),
    sqlalchemy.exc.TimeoutError: (503, "later", "Tạm thời chưa trả lời được"),
    Exception: (500, "fault", "Lỗi của hệ thống"),
}
"""The nearest class of an error decides; any other error is a fault of ours."""

SAME = "Not held, or not permitted for this agency, purpose and law: both look alike"
OURS = {
    503: "Nothing was answered and nothing was kept; the same request may be sent again",
    500: "A fault of ours; the request's number finds it in the log",
}


def of(error: Exception, request: str) -> Response:
    """An error as a problem. Messages of faults that are ours stay in the log."""
    kind = next(k for k in type(error).__mro__ if k in KINDS)
    status, name, title = KINDS[kind]
    detail, hint = OURS.get(status, ""), None
    if status >= 500:
        about = error.message if isinstance(error, HubError) else places(error)
        events.emit("request.failed", {"request": request, "error": type(error).__name__, "about": about})
    elif status == 404:
        detail = SAME
    elif isinstance(error, HubError):
        detail, hint = error.message, error.hint or None
    retry = error.retry_after_s if isinstance(error, LimitReached) else LATER_S if status == 503 else None
    headers = (
        {"Retry-After": str(retry)}
        if retry
        else {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        if status == 401
        else {}
    )
    return answer(request, status, name, title, detail, headers=headers, next=hint)


def busy(request: str) -> Response:
    """Too many concurrent requests."""
    status, name, title = KINDS[Transient]
    return answer(request, status, name, title, OURS[status], headers={"Retry-After": str(LATER_S)})


def answer(
    request: str,
    status: int,
    name: str,
    title: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """One problem."""
    problem = Problem(
        type=f"urn:motlan:problem:{name}", title=title, status=status, detail=detail, request=request, **more
    )
    return JSONResponse(
        problem.model_dump(exclude_none=True), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Every error of a route becomes a problem."""

    def handle(request: Request, error: Exception) -> Response:
        return of(error, request.state.number)

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = [Fault(where=_where(each["loc"]), what=each["msg"]) for each in error.errors()]
        return answer(
            request.state.number,
            422,
            "invalid",
            "Yêu cầu không đúng mẫu",
            "The request is not what the description says",
            faults=found,
        )

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 400:  # bytes that are no text: answered like invalid JSON
            return answer(request.state.number, 422, "invalid", "Yêu cầu không đúng mẫu", "The body cannot be read")
        return answer(
            request.state.number,
            error.status_code,
            "http",
            "Yêu cầu không hợp lệ",
            str(error.detail),
            headers=error.headers,
        )

    handlers: Mapping[type[Exception], Callable[[Request, Exception], Response]] = {
        RequestValidationError: invalid,
        HTTPException: http,
        HubError: handle,
        sqlalchemy.exc.TimeoutError: handle,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def responses(*statuses: int, only: bool = False) -> dict[int | str, dict[str, Any]]:
    """The problems in a route's description: those of every guarded route and these, or these only."""
    titles = {status: title for status, name, title in KINDS.values() if name not in ("ask-anew", "answer")}
    always = () if only else (401, 403, 408, 413, 422, 429, 503)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    more = {408: "Yêu cầu đến quá chậm", 413: "Yêu cầu quá lớn"}
    return {
        status: {"description": (titles | more)[status], "content": content} for status in sorted({*always, *statuses})
    }


def _where(place: Sequence[Any]) -> str:
    return ".".join(str(part) if isinstance(part, int) or NAME.fullmatch(str(part)) else "?" for part in place)


def places(error: BaseException) -> str:
    """Where an unknown error came from. Its message may quote a record; its location cannot."""
    found, step = [], error.__traceback__
    while step is not None:
        found.append(f"{step.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{step.tb_lineno}")
        step = step.tb_next
    return " > ".join(found[-6:])


Problem.model_rebuild()
