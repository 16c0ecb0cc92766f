"""How far a dossier is, by any of its references."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, StringConstraints

from service import problems
from service.api.decisions import Asker
from service.models import Findings, RecordFinding

router = APIRouter(tags=["dossiers"], prefix="/v1")

Reference = Annotated[
    str,
    StringConstraints(max_length=100, pattern=r"^[0-9A-Za-z._]*[A-Za-z-][0-9A-Za-z._-]*$"),
    Path(
        description="Mã số hồ sơ, mã khác của hồ sơ, hoặc mã tham chiếu của quận; số giấy tờ của người thì không. Never a person's number.",
        examples=["000.00.16.H29-220601-0001"],
    ),
]


class Said(BaseModel):
    """Một hệ thống nói gì. What one system says."""

    system: str = Field(examples=["one-stop-760"])
    number: str = Field(examples=["000.00.16.H29-220601-0001"])
    state: str = Field(description="Mã trạng thái quốc gia, 1 đến 10", examples=["4"])
    changed_at: datetime
    repeats: bool = Field(
        description="Cổng nhắc lại trạng thái của hệ thống xử lý. A portal that repeats the handling system."
    )
    findings: Findings


class Status(BaseModel):
    """Trạng thái hồ sơ; không nói về người. A dossier's state; nothing about a person."""

    number: str = Field(examples=["000.00.16.H29-220601-0001"])
    numbers: list[str]
    state: str = Field(examples=["4"])
    label: str = Field(examples=["Đang xử lý"])
    changed_at: datetime
    by: str = Field(description="Đã hiểu mã hỏi là gì: number, other number, reference")
    disagree: bool = Field(description="Cổng có trạng thái khác nguồn. A portal holds another state than the source.")
    records: list[Said] = Field(description="Mỗi hệ thống một dòng. One row a system, the handling system first.")
    until_next_release: list[Said] = Field(
        serialization_alias="told", deprecated=True, description="Tên cũ của `records`. The old name of `records`."
    )


@router.get("/dossiers/{reference}/status", summary="Hồ sơ đến bước nào", responses=problems.responses(404))
def status(reference: Reference, access: Asker) -> Status:
    """Theo mã số hồ sơ, mã khác, hoặc mã tham chiếu kín của quận.

    By number, other number, or a district's opaque reference.
    """
    found, label = access.status(reference)
    records = [
        Said(
            system=t.system,
            number=t.number,
            state=t.state,
            changed_at=t.changed_at,
            repeats=t.repeats,
            findings=RecordFinding.all_of(t.noted),
        )
        for t in found.records
    ]
    return Status(
        number=found.number,
        numbers=list(found.numbers),
        state=found.state,
        label=label,
        changed_at=found.changed_at,
        by=found.by,
        disagree=found.disagree,
        records=records,
        until_next_release=records,
    )
