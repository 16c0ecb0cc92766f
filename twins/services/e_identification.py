"""District 1's e-identification service: lists the dossiers that used it, never their content.

    POST /e-identification/<unit>/token            OAuth2 client credentials
    GET  /e-identification/<unit>/suKienDinhDanh   uses by change time and number

The dialect is our assumption. The article (02/06/2022) counts 2,618 dossiers since April 2021; here one in three of the
district's dossiers used it. A few records have forbidden content: an image, a biometric template (both random bytes), an
unagreed field.
"""

from __future__ import annotations

import base64
import hashlib

import numpy as np
import polars as pl
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.city.columns import Rng, stream
from twins.clock import Clock
from twins.defects.planting import QUARANTINE, TRUTH_SCHEMA
from twins.faults import Faults, InjectedFault, with_wire_fault
from twins.population import City
from twins.replies import json_reply, reply
from twins.services.lgsp import Gateway
from twins.services.paged_store import PLAYS, PagedStore, Record, page_of, refusal, wrong

SHARE, SPOILT = 1 / 3, 0.01
FORBIDDEN = "forbidden-field"


def system_of(city: City) -> str | None:
    """Id of the service; None: no district of the city has one."""
    district = city.places.province.identified
    return f"e-identification-{district}" if district else None


def uses(city: City) -> list[Record]:
    """The uses of the service, oldest first."""
    one_stop = f"one-stop-{city.places.province.identified}"
    rng = stream(city.seed, "e-identification")
    faulty = city.truth.filter(pl.col("system") == one_stop)["record_id"].str.split("|").list.first().implode()
    filed = city.filed.dossier.filter(
        (pl.col("_system") == one_stop) & ~pl.col("MaHoSo").is_in(faulty) & (pl.col("TrangThaiHoSo") != "1")
    )
    chosen = (
        filed.select("MaHoSo", "NgayNopHoSo")
        .sort("NgayNopHoSo", "MaHoSo")
        .filter(pl.Series(rng.random(len(filed)) < SHARE))
    )
    prefilled = rng.integers(4, 13, len(chosen))
    corrected = rng.binomial(prefilled, 0.06)
    records = [
        {
            "maSuKien": f"DD{number:07d}",
            "maThamChieu": reference(city.seed, dossier),
            "MaHoSo": dossier,
            "soTruongDienSan": str(given),
            "soTruongDaSua": str(changed),
            "thoiDiem": filed_at,
            "ngayCapNhat": filed_at,
        }
        for number, (dossier, filed_at, given, changed) in enumerate(
            zip(*chosen, prefilled.tolist(), corrected.tolist(), strict=True), 1
        )
    ]
    for place in _spoilt(rng, len(records)):
        records[place] |= _forbidden(rng, place)
    return records


def reference(seed: int, dossier: str) -> str:
    """The district's opaque reference of a dossier."""
    digest = hashlib.sha256(f"q1|{seed}|{dossier}".encode()).digest()
    return f"Q1-{base64.b32encode(digest[:8]).decode().rstrip('=')}"


def truth(city: City) -> pl.DataFrame:
    """What is wrong in the uses, in the columns of the truth table."""
    own = {"maSuKien", "maThamChieu", "MaHoSo", "soTruongDienSan", "soTruongDaSua", "thoiDiem", "ngayCapNhat"}
    rows = [
        (system_of(city), "identification_event", each["maSuKien"], "truongNgoaiHopDong", FORBIDDEN, QUARANTINE)
        for each in (uses(city) if system_of(city) else ())
        if set(each) > own
    ]
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row")


def _spoilt(rng: Rng, size: int) -> list[int]:
    return sorted(rng.permutation(size)[: max(min(3, size), round(SPOILT * size))].tolist())


def _forbidden(rng: Rng, place: int) -> Record:
    noise = rng.bytes(600)
    return (
        {"anhKhuonMat": base64.b64encode(noise).decode()},
        {"mauSinhTracHoc": np.frombuffer(noise[:512], np.uint8).tolist()},
        {"ghiChuCanBo": "x"},
    )[place % 3]


class EIdentification:
    """The service of one district."""

    def __init__(self, system: str, store: PagedStore, gateway: Gateway, clock: Clock, faults: Faults) -> None:
        self._system, self._store, self._gateway, self._clock, self._faults = system, store, gateway, clock, faults

    def routes(self) -> list[Route]:
        """Its paths."""
        path = f"/e-identification/{self._system.rpartition('-')[2]}"
        return [
            Route(f"{path}/token", self.token, methods=["POST"]),
            Route(f"{path}/suKienDinhDanh", self.uses, methods=["GET"]),
        ]

    async def token(self, request: Request) -> Response:
        """A bearer token."""
        fault = self._faults.take(self._system, "token", request.url.path)
        return with_wire_fault(await self._gateway.token(request, self._system), fault)

    async def uses(self, request: Request) -> Response:
        """One page of uses."""
        fault = self._faults.take(self._system, "suKienDinhDanh", request.url.path, PLAYS)
        return with_wire_fault(self._uses(request, fault), fault)

    def _uses(self, request: Request, fault: InjectedFault | None) -> Response:
        if (refused := self._gateway.refuses(request, self._system)) is not None:
            return refused
        if fault is not None and fault.kind == "refused":
            return json_reply(request, self._clock, refusal(str(fault.args.get("code", "-1")), "Lỗi hệ thống"))
        if (rejection := wrong(request.query_params, "sauMaSuKien")) is not None:
            return json_reply(request, self._clock, rejection)
        content = page_of(self._store, request.query_params, "sauMaSuKien", fault)
        return reply(request, self._clock, content, media_type="application/json; charset=utf-8")
