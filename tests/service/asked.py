"""The Ministry's twin and the city's service, each on a socket of its own, over one marriage that stands in both. All people are synthetic."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.access.tokens import Claims, machine_now, tokens_of
from hub.answers.ministry.codes import MINISTRY
from hub.app import Hub
from service.app import create_app
from tests.hub.registers import Put
from tests.sockets import listening
from twins.city.fields import REGISTER_FIELDS
from twins.entries.pages import FIRST_ID
from twins.on_disk import CityTable
from twins.registry.asks import MojAsks
from twins.registry.books import RegisterBook

KEY = str(FIRST_ID["marriage"])
WIFE, NAME = "079190000001", "Trần Thị Hoà Lan"
BOOK = {
    "id": KEY,
    "maDonVi": "760",
    "so": "3",
    "quyenSo": "01/2021",
    "ngayDangKy": "03.02.2021",
    "noiDangKy": "26737",
    "voHoTen": NAME,
    "voSoGiayToTuyThan": WIFE,
    "voNgaySinh": "1990",
    "chongHoTen": "Nguyễn Văn Bình",
    "chongSoGiayToTuyThan": "079088000002",
}
"""As the registry's own book tells it."""
HELD = {name: value for name, value in BOOK.items() if name not in ("id", "maDonVi")} | {"ngayDangKy": "2021-02-03"}
"""As the city holds it."""


def on_its_way(address: str, altered: Callable[[bytes], bytes]) -> Starlette:
    """Something between the two that alters replies."""

    async def forward(request: Request) -> Response:
        import anyio.to_thread

        body, headers = (
            await request.body(),
            {n: request.headers[n] for n in ("content-type", "authorization") if n in request.headers},
        )

        def call() -> tuple[int, bytes]:
            with urllib.request.urlopen(
                urllib.request.Request(f"{address}{request.url.path}", body, headers), timeout=30
            ) as reply:
                return reply.status, reply.read()

        status, answer = await anyio.to_thread.run_sync(call)
        return Response(altered(answer), status)

    return Starlette(routes=[Route("/{path:path}", forward, methods=["POST"])])


class Ministry:
    """The twin's control API over HTTP: what `hub.demonstration.twin_process.Twins` calls."""

    def __init__(self, address: str, city: str, token: str) -> None:
        self.address, self.city, self.token = address, city, token

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control API. Raises HTTPError."""
        request = urllib.request.Request(f"{self.address}/control/{path}", json.dumps(body).encode(), method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def ask(self, **changes: str) -> Any:
        """Ask for the marriage, for District 1's dossier H-1; the status and the words when that goes wrong."""
        asked = {
            "address": self.city,
            "token": self.token,
            "register": "marriage",
            "id": KEY,
            "maDonVi": "760",
            "maHoSo": "H-1",
        } | changes
        try:
            return self.control("POST", "ask", asked)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


@pytest.fixture
def city(hub: Hub, put: Put) -> Iterator[str]:
    """The city's service; the hub knows the dossier."""
    put("dossier", "H-1", system="one-stop-760", MaHoSo="H-1")
    with listening(create_app(hub)) as address:
        yield address


@pytest.fixture
def ministry(hub: Hub, city: str) -> Iterator[Ministry]:
    """The Ministry's twin with one entry in its book and the login that the city knows it by."""
    row = pl.DataFrame({name: [BOOK.get(name)] for name in REGISTER_FIELDS["marriage"]} | {"_changed": [1_640_000_000]})
    token = tokens_of(hub.scenario.folder, hub.deployment.name).sign(
        Claims(MINISTRY, "hotich.moj", "civil-status", "extract-anywhere"), machine_now()
    )
    twin = MojAsks({"marriage": RegisterBook("marriage", CityTable(row.to_dict()))}, hub.credentials["moj-registry"])
    with listening(Starlette(routes=twin.routes())) as address:
        yield Ministry(address, city, token)


def hold(put: Put, **changes: str) -> None:
    """Let the city hold the entry."""
    put("marriage", KEY, **HELD | changes)
