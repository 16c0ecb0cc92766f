"""The inbox of a receiver: its deliveries since a position, each as one archive, its signed word about each.

No such feed, another receiver's, another purpose and no grant of the day are the same 404."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from connectors.outgoing.sink import Parcel
from hub.app import Hub
from hub.sending.fetching import FeedInbox
from service import problems
from service.auth import Caller
from service.models import Strict

router = APIRouter(tags=["feeds"], prefix="/v1", responses=problems.responses(404))
TAR = "application/x-tar"

FeedName = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9-]{0,59}$", description="Tên chuỗi. The feed.", examples=["moj-births"])
]
DeliveryName = Annotated[
    str,
    Path(pattern=r"^[a-z][a-z0-9-]{0,59}-[0-9]{8}$", description="Mã gói giao.", examples=["moj-births-00000001"]),
]


class DeliveryEntry(BaseModel):
    """Một gói giao. One delivery."""

    id: str = Field(examples=["moj-births-00000001"])
    sequence: int = Field(examples=[1])
    kind: str = Field(examples=["snapshot"])
    state: str = Field(examples=["released"])
    manifest_sha256: str
    bytes: int = Field(description="Độ dài nội dung niêm phong. Length of the sealed payload.")
    put: int
    deleted: int
    built_at: datetime
    valid_until: datetime
    expires_at: datetime = Field(description="Sau đó chỉ còn mã băm và số lượng. Then hash and counts remain.")


class DeliveryList(BaseModel):
    """Các gói sau một vị trí. Deliveries behind a position."""

    feed: str
    snapshot: int | None = Field(description="Bắt đầu từ bản chụp này. A receiver that holds nothing begins here.")
    last: int = Field(description="Gói mới nhất. The newest one; 0: none.")
    deliveries: list[DeliveryEntry]


class DeliveryVerdict(DeliveryEntry):
    """Kết luận chất lượng của một gói. The quality verdict of a delivery."""

    quality: dict[str, str] = Field(examples=[{"verdict": "accepted", "rules": "contract birth 1.2.0"}])


class SignedAnswer(Strict):
    """Biên nhận, từ chối hoặc báo mất, do đơn vị nhận ký. A receipt, refusal or loss, signed by the receiver."""

    answer: str = Field(
        min_length=2,
        max_length=200_000,
        description="Văn bản JSON do `verify.py receipt` ghi ra, nguyên từng byte. As verify.py wrote it, byte for byte.",
        examples=['{"delivery":"moj-births-00000001","format":"motlan-receipt/1"}'],
    )


class DeliveryState(BaseModel):
    """Trạng thái của gói sau câu trả lời. The delivery's state by this answer."""

    delivery: str
    state: str = Field(examples=["acknowledged"])


async def _inbox(request: Request) -> FeedInbox:
    hub: Hub = request.app.state.hub
    folder, day = hub.scenario.folder / "deliveries", hub.deployment.local_day
    return FeedInbox(hub.engine, hub.keys, folder, hub.feeds, day, hub.scenario.now)


Inbox = Annotated[FeedInbox, Depends(_inbox)]


@router.get("/feeds/{feed}/deliveries", summary="Các gói giao sau một vị trí")
def deliveries(
    feed: FeedName,
    caller: Caller,
    inbox: Inbox,
    after: Annotated[int, Query(ge=0, le=10**9, description="Gói sau cùng đang giữ. The last one held.")] = 0,
) -> DeliveryList:
    """Gói cũ trước, mỗi lần tối đa 100. Oldest first, at most 100."""
    found = inbox.since(caller, feed, after)
    entries = [DeliveryEntry(**vars(each)) for each in found.deliveries]
    return DeliveryList(feed=found.feed, snapshot=found.snapshot, last=found.last, deliveries=entries)


@router.get("/deliveries/{delivery}", summary="Kết luận chất lượng của một gói giao")
def verdict(delivery: DeliveryName, caller: Caller, inbox: Inbox) -> DeliveryVerdict:
    """Số lượng, mã băm và trạng thái còn lại cả sau khi hết hạn lưu. Counts and hash remain after its retention."""
    return DeliveryVerdict(**inbox.verdict(caller, delivery))


@router.get(
    "/deliveries/{delivery}/content",
    summary="Lấy trọn một gói giao",
    response_class=StreamingResponse,
    responses=problems.responses(404, 410)
    | {200: {"content": {TAR: {}}, "description": "Bốn tệp. Its four files, the payload last"}},
)
def content(delivery: DeliveryName, caller: Caller, inbox: Inbox) -> StreamingResponse:
    """Bản kê, chữ ký, mã băm và nội dung niêm phong trong một tệp tar. Once as often as needed: the same bytes."""
    found = inbox.fetch(caller, delivery)
    body = Parcel(found.id, found.small, found.payload, found.bytes).tar()
    blocks: Iterator[bytes] = iter(body)
    return StreamingResponse(blocks, media_type=TAR, headers={"Content-Length": str(len(body))})


@router.post(
    "/deliveries/{delivery}/answer",
    summary="Gửi biên nhận, từ chối hoặc báo mất đã ký",
    responses=problems.responses(404, 409),
)
def answer(delivery: DeliveryName, signed: SignedAnswer, caller: Caller, inbox: Inbox) -> DeliveryState:
    """Cùng một câu trả lời gửi nhiều lần thì như một. The same answer twice is one."""
    state = inbox.answer(caller, delivery, signed.answer.encode())
    return DeliveryState(delivery=delivery, state=state)
