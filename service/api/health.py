"""Whether the service runs, and whether it can answer. Open to all: it says nothing about a person."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from hub.app import Hub
from service import problems

router = APIRouter(tags=["health"], prefix="/health")


class Health(BaseModel):
    """Tình trạng dịch vụ."""

    status: Literal["ok"] = "ok"
    now: datetime = Field(description="Giờ của hệ thống. The deployment's clock")
    scenario_of: datetime | None = Field(
        description="Kịch bản thử: đồng hồ bắt đầu từ lúc này; null: ngày giờ thật. When a scenario's clock started; "
        "null: the real day"
    )


@router.get("/live", summary="Tiến trình còn sống. The process lives.")
def live(request: Request) -> Health:
    return _now(request.app.state.hub)


@router.get(
    "/ready",
    summary="Trả lời được: cơ sở dữ liệu sẵn sàng. It can answer: the database does.",
    responses=problems.responses(503, only=True),
)
def ready(request: Request) -> Health:
    with request.app.state.decisions.hub.engine.connect() as connection:
        connection.execute(sa.text("select from hub.decision limit 1"))
    return _now(request.app.state.hub)


def _now(hub: Hub) -> Health:
    return Health(now=hub.scenario.now(), scenario_of=hub.scenario.as_of)
