"""Copies of extract (trích lục bản sao): numbered drafts for signature, as data, page or PDF."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from service import problems
from service.api.decisions import Asker, DecisionId
from service.models import Because, Findings, RecordFinding

router = APIRouter(tags=["extracts"], prefix="/v1")
KINDS = {"data": "application/json", "page": "text/html", "pdf": "application/pdf"}
STILL = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""The page runs nothing and fetches nothing."""
Form = Annotated[
    Literal["data", "page", "pdf"],
    Query(description="data dữ liệu · page trang · pdf bản in. As data, as an HTML page, as one A4 page."),
]


class Line(BaseModel):
    """Một dòng của bản sao. One line of the copy."""

    label: str = Field(examples=["Họ, chữ đệm, tên"])
    value: str = Field(examples=["Trần Thị Hoà Lan"])


class Part(BaseModel):
    """Một phần của bản sao. One part of the copy."""

    heading: str = Field(examples=["Vợ"])
    lines: list[Line]


class Extract(BaseModel):
    """Dự thảo trích lục bản sao, chờ ký: DỮ LIỆU CÁ NHÂN. A draft for signature."""

    number: str = Field(examples=["1/2022/TLKH-BS"])
    title: str = Field(examples=["Trích lục kết hôn (bản sao)"])
    agency: str = Field(examples=["Ủy ban nhân dân Quận 5"])
    issued: str
    source: str = Field(description="Bản ghi, phiên bản, lô. Record, version, batch.")
    sha256: str = Field(description="Mã băm của dữ liệu. Hash of the data it shows.")
    parts: list[Part]
    findings: Findings


@router.post(
    "/decisions/{decision}/extract",
    summary="Lập dự thảo trích lục bản sao cho quyết định dùng lại",
    response_model=Extract,
    responses=problems.responses(404, 409)
    | {200: {"description": "Dự thảo", "content": {kind: {} for kind in KINDS.values() if kind != "application/json"}}},
)
def extract(decision: DecisionId, because: Because, access: Asker, form: Form = "data") -> Extract | Response:
    """Chỉ khi đã xem (dùng lại) hoặc đã đối chiếu xác nhận; cùng hồ sơ thì cùng một số.

    Once it was previewed, or confirmed; one number a dossier.
    """
    copy = access.extract(decision, because.because)
    if form == "page":
        return Response(copy.html(), media_type="text/html; charset=utf-8", headers=STILL)
    if form == "pdf":
        return Response(copy.pdf(), media_type=KINDS["pdf"])
    sheet = copy.sheet
    parts = [
        Part(heading=heading, lines=[Line(label=label, value=value) for label, value in lines])
        for heading, lines in sheet.parts
    ]
    return Extract(
        number=copy.number,
        title=sheet.title,
        agency=sheet.agency,
        issued=sheet.issued,
        source=sheet.source,
        sha256=copy.sha256,
        parts=parts,
        findings=RecordFinding.all_of(copy.findings),
    )
