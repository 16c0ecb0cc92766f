"""The three operations as the Ministry's REST façades publish them: a failure is `status` 0 with its code inside HTTP
200.

An invalid request is a problem (422), and has an audit row as every call has.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.exceptions import HTTPException

from hub.access.inquiry import Inquiry
from hub.answers.ministry.codes import MEANING, MinistryRefusal
from hub.answers.ministry.judged import PURPOSE
from hub.answers.ministry.ministry_service import MinistryService
from service import problems
from service.auth import Caller, about
from service.problems import Forbidden


class NotedRoute(APIRoute):
    """A route that audits an unreadable request before it refuses it, because the asker is known."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except (RequestValidationError, HTTPException):
                inquiry: Inquiry = request.state.inquiry
                office = _office(inquiry, inquiry.dossier)
                await run_in_threadpool(
                    _service(request).unreadable,
                    office,
                    "status" if self.path.endswith("/traTrangThaiHoSo") else "extract",
                )
                raise

        return answered


router = APIRouter(tags=["ministry"], prefix="/ministry", route_class=NotedRoute)
Unit = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,5}$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f\ufffe\uffff]+$")]
"""Characters that SOAP allows too, because a receipt leaves over both."""


class ByReference(BaseModel):
    """Hồ sơ nào của đơn vị nào. Which question of which office."""

    model_config = ConfigDict(extra="forbid")

    maDonVi: Unit = Field(description="Mã đơn vị hành chính", examples=["760"])
    maHoSo: Reference = Field(examples=["000.00.16.H29-220602-0001"])


class RegisterRequest(ByReference):
    """Yêu cầu cấp bản sao trích lục.

    A request for a copy of extract; `data` is XML (`hotich/hoso`) or JSON with the fields of module BS.
    """

    module: Annotated[str, StringConstraints(max_length=10)] = Field(examples=["BS"])
    ngayTiepNhan: date = Field(examples=["2022-06-02"])
    data: Annotated[str, StringConstraints(max_length=20_000)] = Field(
        examples=['{"loaiBanSao": "KS", "cbsSoDDCN": "079190000001"}']
    )


class FieldFault(BaseModel):
    truong: str
    noiDung: str


class Reply(BaseModel):
    """status 1: nhận; 0: lỗi, kèm mã và từng trường. 1 taken; 0 not, with the code and each field."""

    status: Literal[0, 1] = Field(examples=[1])
    maLoi: str | None = Field(None, description=", ".join(f"{code} {meaning}" for code, meaning in MEANING.items()))
    moTa: str | None = None
    loi: list[FieldFault] = []


class StateReply(Reply):
    """1 đã nhận · 2 cần bổ sung · 4 đã xong · 6 từ chối."""

    trangThai: Literal["1", "2", "4", "6"] | None = None
    chiTiet: list[str] = []


class Value(BaseModel):
    """DỮ LIỆU CÁ NHÂN. Dữ liệu, bản nháp trích lục để ký, và biên nhận. Data, draft for signature, receipt."""

    soTrichLuc: str
    duLieu: str
    banNhap: str = Field(description="PDF, base64")
    bienNhan: dict[str, str]


class ResultReply(Reply):
    value: Value | None = None


def _service(request: Request) -> MinistryService:
    return MinistryService(request.app.state.decisions)


def _office(caller: Inquiry, reference: str) -> Inquiry:
    """The asker, if the token is for the purpose of the copies and no other dossier. Raises Forbidden."""
    if caller.purpose != PURPOSE:
        raise Forbidden("The token is for another purpose", hint=f"ask for a token with {PURPOSE}")
    about(caller, reference)
    return caller


def _refused(error: MinistryRefusal) -> dict[str, object]:
    faults = [FieldFault(truong=name, noiDung=text) for name, text in error.faults]
    return {"status": 0, "maLoi": error.code, "moTa": MEANING[error.code], "loi": faults}


@router.post("/dangKyHoTich", summary="Gửi yêu cầu cấp bản sao trích lục (mô-đun BS)", responses=problems.responses())
def register(asking: RegisterRequest, request: Request, caller: Caller) -> Reply:
    """Gửi lại cùng nội dung không đổi gì. The same again changes nothing."""
    try:
        _service(request).register(
            _office(caller, asking.maHoSo), asking.maDonVi, asking.module, asking.maHoSo, asking.data
        )
    except MinistryRefusal as error:
        return Reply.model_validate(_refused(error))
    return Reply.model_validate({"status": 1})


@router.post("/traTrangThaiHoSo", summary="Trạng thái của yêu cầu", responses=problems.responses())
def state(which: ByReference, request: Request, caller: Caller) -> StateReply:
    """Không có và không được phép là một. Denied and missing look alike."""
    try:
        found, reasons = _service(request).state(_office(caller, which.maHoSo), which.maDonVi, which.maHoSo)
    except MinistryRefusal as error:
        return StateReply.model_validate(_refused(error))
    return StateReply.model_validate({"status": 1, "trangThai": found.value, "chiTiet": reasons})


@router.post("/ketQuaDangKyHS", summary="Dữ liệu, bản nháp và biên nhận", responses=problems.responses())
def result(which: ByReference, request: Request, caller: Caller) -> ResultReply:
    """DỮ LIỆU CÁ NHÂN. Mỗi lần giao có biên nhận; giao lại là cùng biên nhận. Each hand-over has its receipt."""
    try:
        handed = _service(request).result(_office(caller, which.maHoSo), which.maDonVi, which.maHoSo)
    except MinistryRefusal as error:
        return ResultReply.model_validate(_refused(error))
    value = Value(soTrichLuc=handed.number, duLieu=handed.data, banNhap=handed.draft, bienNhan=dict(handed.receipt))
    return ResultReply.model_validate({"status": 1, "value": value})
