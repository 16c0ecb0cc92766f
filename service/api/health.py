"""Whether the service runs, and whether it can answer. Open to all: it says nothing about a person."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel

from service import problems

router = APIRouter(tags=["health"], prefix="/health")


class Health(BaseModel):
    """Tình trạng dịch vụ."""

    status: Literal["ok"] = "ok"


@router.get("/live", summary="Tiến trình còn sống. The process lives.")
def live() -> Health:
    return Health()


@router.get(
    "/ready",
    summary="Trả lời được: cơ sở dữ liệu sẵn sàng. It can answer: the database does.",
    responses=problems.responses(503, only=True),
)
def ready(request: Request) -> Health:
    with request.app.state.decisions.hub.engine.connect() as connection:
        connection.execute(sa.text("select from hub.decision limit 1"))
    return Health()
