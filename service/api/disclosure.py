"""Disclosure about a person: fields of an entry, yes or no, common facts of a form.

Denied, locked, uncertain and missing are the same 404."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from hub.answers.disclosure.model import Filled
from hub.core.errors import NotFound
from service import problems
from service.api.decisions import Asker
from service.auth import about
from service.models import DOSSIER, Dossier, Findings, Person, RecordFinding, Strict

router = APIRouter(tags=["disclosure"], prefix="/v1", responses=problems.responses(404))

Register = Literal["register:birth", "register:marriage", "register:recognition", "register:death"]
WireName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]{0,59}$")]
Fact = Literal["hoTen", "ngaySinh", "soDinhDanh", "gioiTinh", "queQuan", "danToc", "quocTich"]
SOMEBODY = {"personal_id": "079190000001", "name": "Trần Thị Hoà Lan"}


class About(Strict):
    """Hỏi cho hồ sơ nào, về ai. For which dossier, about whom."""

    dossier: Dossier = Field(description="Mã số hồ sơ: mục đích của lần hỏi", examples=[DOSSIER])
    person: Person = Field(examples=[SOMEBODY])


class AskingEvidence(About):
    """Hỏi các trường của một đăng ký hộ tịch. Fields of a registration."""

    type: Register = Field(examples=["register:marriage"])
    fields: list[WireName] = Field(
        min_length=1,
        max_length=60,
        description="Tên trường trong hợp đồng dữ liệu",
        examples=[["voHoTen", "ngayDangKy"]],
    )


class Evidence(BaseModel):
    """Các trường được phép: yêu cầu VÀ được cấp VÀ cần. Requested AND granted AND needed: personal data."""

    type: Register
    values: dict[str, str] = Field(examples=[{"voHoTen": "Trần Thị Hoà Lan", "ngayDangKy": "2015-02-03"}])
    record: str = Field(
        description="Bản ghi, để báo lỗi. The record, for error reports.", examples=["marriage/moj-registry/60000007"]
    )
    as_of: datetime | None = Field(description="Lần đọc nguồn gần nhất (Nghị định 47/2020 Điều 41)")
    legal_basis: str | None = Field(examples=["Nghị định 47/2020/NĐ-CP Điều 9 khoản 3"])
    findings: Findings


class AskingAnswer(About):
    """Hỏi có hay không, thay vì xin bản ghi. Yes or no, in place of a record."""

    question: Literal["is_married", "is_deceased", "matches", "parent_of"] = Field(
        description="is_married đã kết hôn · is_deceased đã chết · matches khớp tên, ngày sinh · parent_of `other` là cha hoặc mẹ",
        examples=["is_married"],
    )
    other: Person | None = None


class Answer(BaseModel):
    """Có hoặc không, kèm lý do. Yes or no, with the conditions met."""

    question: str = Field(examples=["is_married"])
    answer: bool
    reasons: list[str] = Field(examples=[["entry in force"]])
    as_of: datetime | None
    legal_basis: str | None
    findings: Findings


class AskingPrefill(About):
    """Hỏi thông tin chung để điền sẵn biểu mẫu (Nghị định 224/2026 Điều 15). Common facts, to fill in a form."""

    facts: list[Fact] = Field(
        ["hoTen", "ngaySinh", "soDinhDanh", "gioiTinh", "queQuan", "danToc", "quocTich"],
        min_length=1,
        max_length=7,
        examples=[["hoTen", "ngaySinh", "queQuan"]],
    )


class Known(BaseModel):
    """Một thông tin và nguồn của nó. One fact, and where it comes from."""

    value: str = Field(examples=["huyện Mỏ Cày Nam, tỉnh Bến Tre"])
    field: str = Field(examples=["nksQueQuan"])
    record: str = Field(examples=["birth/moj-registry/10001610"])
    as_of: datetime | None
    legal_basis: str | None
    findings: Findings

    @classmethod
    def of(cls, each: Filled) -> Known:
        """The form of the route."""
        return cls(
            value=str(each.value),
            field=each.field,
            record=each.record,
            as_of=each.as_of,
            legal_basis=each.legal_basis,
            findings=RecordFinding.all_of(each.findings),
        )


class Prefill(BaseModel):
    """Thông tin điền sẵn; điều không có hoặc không được phép thì vắng mặt.

    What is not held or not permitted is left out.
    """

    facts: dict[Fact, Known]


@router.post("/evidence", summary="Các trường của một đăng ký hộ tịch về đúng một người")
def evidence(asking: AskingEvidence, access: Asker) -> Evidence:
    """Chỉ khi tìm thấy chắc chắn một bản ghi. Only when one entry is about the person for certain."""
    about(access.inquiry, asking.dossier)
    answer = access.record(asking.dossier, asking.type, asking.person.subject(), asking.fields)
    if not answer.found or answer.record is None:
        raise NotFound("Nothing to disclose")
    values = {name: str(value) for name, value in answer.values.items()}
    return Evidence(
        type=asking.type,
        values=values,
        record=answer.record,
        as_of=answer.as_of,
        legal_basis=answer.legal_basis,
        findings=RecordFinding.all_of(answer.findings),
    )


@router.post("/answers", summary="Có hay không, thay vì bản ghi")
def answers(asking: AskingAnswer, access: Asker) -> Answer:
    """Không có bản ghi không chứng minh điều gì: khi đó là 404. That none is held proves nothing: then it is 404."""
    about(access.inquiry, asking.dossier)
    other = asking.other.subject() if asking.other else None
    answer = access.answer(asking.dossier, asking.question, asking.person.subject(), other)
    if answer.answer is None:
        raise NotFound("Nothing to disclose")
    return Answer(
        question=answer.question,
        answer=answer.answer,
        reasons=list(answer.reasons),
        as_of=answer.as_of,
        legal_basis=answer.legal_basis,
        findings=RecordFinding.all_of(answer.findings),
    )


@router.post("/prefill", summary="Thông tin chung để điền sẵn biểu mẫu")
def prefill(asking: AskingPrefill, access: Asker) -> Prefill:
    """Mỗi thông tin kèm bản ghi nguồn và căn cứ. Each fact with its record and its law."""
    about(access.inquiry, asking.dossier)
    answer = access.prefill(asking.dossier, asking.person.subject(), asking.facts)
    if not answer.facts:
        raise NotFound("Nothing to disclose")
    return Prefill.model_validate({"facts": {fact: Known.of(each) for fact, each in answer.facts.items()}})
