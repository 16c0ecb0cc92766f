"""Decisions: ask for them, show them with their reasons, preview, confirm, use or refuse them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from hub.answers.agency_view import AgencyView
from service import problems
from service.auth import Caller, about
from service.models import AboutCandidate, Asking, Because, Decisions, Done, Dossier, Number, RecordFinding, Shown

router = APIRouter(tags=["decisions"], prefix="/v1")


def _access(request: Request, caller: Caller) -> AgencyView:
    return AgencyView(request.app.state.decisions, caller)


Asker = Annotated[AgencyView, Depends(_access)]
DecisionId = Annotated[Number, Path(description="Số quyết định. The decision's number.")]


@router.post(
    "/decisions",
    summary="Trước khi yêu cầu nộp giấy tờ: dùng lại, đối chiếu hay yêu cầu nộp",
    responses=problems.responses(404),
)
def ask(asking: Asking, access: Asker) -> Decisions:
    """Cùng một câu hỏi được xét lại; chưa có gì thay đổi thì cùng một câu trả lời.

    One answer for each demanded paper; the same question is judged again.
    """
    return Decisions.of(access.ask(about(access.inquiry, asking.dossier), asking.procedure, asking.people.subjects()))


@router.get(
    "/dossiers/{dossier}/decisions",
    summary="Các quyết định của một hồ sơ, kèm lý do",
    responses=problems.responses(404),
)
def show(dossier: Dossier, access: Asker) -> Decisions:
    """Quyết định của chính cơ quan hỏi, từng điều kiện và giá trị.

    The caller's own decisions, each condition with its value.
    """
    return Decisions.of(access.shown(about(access.inquiry, dossier)))


@router.post(
    "/decisions/{decision}/preview",
    summary="Xem bằng chứng trước khi dùng; việc xem được lưu",
    responses=problems.responses(404, 409),
)
def preview(decision: DecisionId, because: AboutCandidate, access: Asker) -> Shown:
    """DỮ LIỆU CÁ NHÂN.

    Xem trước là một bước bắt buộc. Personal data; looking comes before using, and stays on record. Only what still
    holds.
    """
    found = access.preview(decision, because.because, because.record)
    plain = {name: getattr(found, name) for name in Shown.model_fields if name != "findings"}
    return Shown(**plain, findings=RecordFinding.all_of(found.noted))


@router.post(
    "/decisions/{decision}/confirm",
    summary="Đã đối chiếu: cán bộ xác nhận đúng bản ghi",
    responses=problems.responses(404, 409),
)
def confirm(decision: DecisionId, because: AboutCandidate, access: Asker) -> Done:
    """Trước khi lập bản sao của quyết định *đối chiếu*.

    An officer answers for the candidate that was looked at; then a copy may be drafted of it.
    """
    return Done.of(access.confirm(decision, because.because, because.record))


@router.post(
    "/decisions/{decision}/use", summary="Dùng bằng chứng thay giấy tờ", responses=problems.responses(404, 409)
)
def use(decision: DecisionId, because: Because, access: Asker) -> Done:
    """Trả về thành phần `TaiLieuNop` gửi Cổng dịch vụ công quốc gia.

    Says what then goes to the national portal. Repeating changes nothing.
    """
    return Done.of(access.act(decision, "used", because.because))


@router.post(
    "/decisions/{decision}/refuse",
    summary="Không dùng bằng chứng: yêu cầu nộp giấy tờ",
    responses=problems.responses(404, 409),
)
def refuse(decision: DecisionId, because: Because, access: Asker) -> Done:
    """Lý do được lưu. The reason stays on record. Repeating changes nothing."""
    return Done.of(access.act(decision, "refused", because.because))
