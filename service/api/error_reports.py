"""Errors found in shared data, on their way back to the source (Decree 47/2020 Art. 52)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, StringConstraints

from hub.answers.error_reports import Finding, Reported
from service import problems
from service.api.decisions import Asker
from service.auth import about
from service.models import DOSSIER, Dossier, Number, Strict

router = APIRouter(tags=["error reports"], prefix="/v1")

Record = Annotated[
    str, StringConstraints(max_length=300, pattern=r"^[a-z_]{1,60}/[a-z0-9-]{1,60}/[^\x00-\x1f\x7f]{1,170}$")
]
FieldName = Annotated[str, StringConstraints(pattern=r"^([A-Za-z][A-Za-z0-9]{0,59})?$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class NewReport(Strict):
    """Bản ghi nào, trường nào, sai thế nào. Which record, which field, what is wrong."""

    dossier: Dossier = Field(examples=[DOSSIER])
    record: Record = Field(
        description="Như câu trả lời đã nêu. As an answer named it.", examples=["marriage/moj-registry/60000007"]
    )
    field: FieldName = Field(
        "", description="Tên trường; trống: cả bản ghi. Empty: the whole record.", examples=["voNgaySinh"]
    )
    kind: Literal["wrong", "missing", "outdated", "other-person"] = Field(
        description="wrong sai · missing thiếu · outdated cũ · other-person của người khác",
        examples=["wrong"],
    )
    words: Words = Field(
        description="Mô tả; được niêm phong. In words; sealed.",
        examples=["Năm sinh trên giấy khai sinh bản chính là năm khác"],
    )


class Report(BaseModel):
    """Báo lỗi và hạn của chủ nguồn. The report, and until when the owner of the source is due."""

    id: int
    record: str
    field: str
    kind: str
    state: Literal["open", "forwarded", "corrected", "rejected"] = Field(
        description="open mới · forwarded đã chuyển cho chủ nguồn · corrected đã sửa ở nguồn · rejected không phải lỗi",
    )
    owner: str = Field(description="Ai chịu trách nhiệm về nguồn. Who owns the source.")
    reported_at: datetime
    due_at: datetime

    @classmethod
    def of(cls, each: Reported) -> Report:
        """The form of the route."""
        return cls.model_validate({name: getattr(each, name) for name in cls.model_fields})


@router.post("/error-reports", summary="Báo lỗi trong dữ liệu dùng chung", responses=problems.responses(404))
def report(new: NewReport, access: Asker) -> Report:
    """Trung tâm không sửa: chuyển về nguồn.

    The hub changes nothing: it goes to the source. The same report twice is one.
    """
    dataset, system, key = new.record.split("/", 2)
    return Report.of(
        access.report(
            about(access.inquiry, new.dossier), Finding((dataset, system, key), new.field, new.kind, new.words)
        )
    )


@router.get("/error-reports/{number}", summary="Báo lỗi đã đến đâu", responses=problems.responses(404))
def show(number: Annotated[Number, Path(description="Số báo lỗi")], access: Asker) -> Report:
    """Chỉ báo lỗi của chính cơ quan hỏi. The caller's own reports only."""
    return Report.of(access.reported(number))
