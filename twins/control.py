"""The control API of the twins: faults, changes, clock and counts, for tests and demonstrations.

Only callers on this machine may use it; others see only `health`.

    GET  /control/health   200 once all twins answer
    GET  /control/state    counts, the twins' time, faults played and waiting, the example
    POST /control/faults   a JSON list of {kind, match, times, args} (see `twins.faults`)
    POST /control/change   {system, count, seed}: records change at the twins' time; kept over a restart
    POST /control/depart   {system, what, count, seed, silent, register}: records are deleted, restored or rekeyed
                           (`twins.departures`); of the registry's births, or of `register`; kept over a restart
    POST /control/file     {system, dossier}: file a dossier, or complete the one with that MaHoSo; kept over a restart
    POST /control/clock    {advance_s}: advance the clock; {back_s}: set it back, as a clock that is wrong
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.clock import Clock
from twins.departures import DEPARTURES, Departed
from twins.faults import Faults
from twins.journal import Change, Journal
from twins.loopback import local
from twins.population import Example
from twins.registry.books import RegisterBook
from twins.services.dossier_store import DossierStore

MIX = {"birth": 0.7, "death": 0.15, "marriage": 0.14, "recognition": 0.01}
"""How a change of the registry is shared among its books."""


class Counted(Protocol):
    """An object with counts for the state."""

    def count(self) -> int: ...


class Control:
    """JSON endpoints; an invalid request is 400 with the reason."""

    def __init__(
        self,
        *,
        one_stops: Mapping[str, DossierStore],
        registers: Mapping[str, RegisterBook],
        registry: str,
        clock: Clock,
        faults: Faults,
        example: Example | None,
        journal: Journal | None = None,
        stores: Mapping[str, Counted] | None = None,
    ) -> None:
        self._stores = stores or {}
        self._one_stops, self._registers, self._registry, self._clock, self._faults = (
            one_stops,
            registers,
            registry,
            clock,
            faults,
        )
        self._example = asdict(example) if example else None
        self._journal = journal
        for past in journal.changes if journal else []:
            if past.dossier is not None:
                one_stops[past.system].file(past.dossier, past.at)
            elif past.departed:
                self._depart(past)
            else:
                self._move_on(past.system, past.count, past.seed, past.at)
            clock.reach(past.at)

    def routes(self) -> list[Route]:
        """Its paths."""
        return [
            Route("/control/health", self.health),
            Route("/control/state", local(self.state)),
            Route("/control/faults", local(self.faults), methods=["POST", "DELETE"]),
            Route("/control/change", local(self.change), methods=["POST"]),
            Route("/control/depart", local(self.depart), methods=["POST"]),
            Route("/control/file", local(self.file), methods=["POST"]),
            Route("/control/clock", local(self.clock), methods=["POST"]),
        ]

    async def health(self, request: Request) -> Response:
        """200 once all twins answer."""
        return JSONResponse({"ok": True})

    async def state(self, request: Request) -> Response:
        """Counts by system, the script, and whose records show the article's example (numbers of records only)."""
        counts: dict[str, Any] = {
            system: store.count() for system, store in {**self._one_stops, **self._stores}.items()
        }
        counts[self._registry] = {name: len(register) for name, register in self._registers.items()}
        waiting = [asdict(fault) for fault in self._faults.script]
        script = {"faults": waiting, "played": self._faults.played}
        return JSONResponse(
            {"now": self._clock.now().isoformat(), "records": counts, "example": self._example} | script
        )

    async def faults(self, request: Request) -> Response:
        """Append to the script, or clear it (DELETE)."""
        if request.method == "DELETE":
            self._faults.script.clear()
            return JSONResponse({"waiting": 0})
        try:
            self._faults.load(msgspec.json.decode(await request.body(), type=list[dict[str, Any]]))
        except (ValueError, TypeError) as error:  # msgspec's errors are ValueErrors
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"waiting": len(self._faults.script)})

    async def change(self, request: Request) -> Response:
        """Change records of one system."""
        try:
            asked = msgspec.json.decode(await request.body(), type=dict[str, Any])
            system, count, seed = str(asked["system"]), int(asked["count"]), int(asked.get("seed", 1))
            if count < 0 or seed < 0:
                raise ValueError("count and seed are not negative")
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f"expected {{system, count, seed}}: {error!r}"}, status_code=400)
        if system != self._registry and system not in self._one_stops:
            return JSONResponse({"error": f"no system {system}"}, status_code=400)
        now = self._clock.now()
        answer = self._move_on(system, count, seed, now)
        if self._journal is not None:  # only after success: a failing change must not fail again at every start
            self._journal.note(Change(system, count, seed, now))
        return JSONResponse(answer)

    def _move_on(self, system: str, count: int, seed: int, now: datetime) -> Mapping[str, Any]:
        """The same four, on the same city, have the same effect."""
        rng = np.random.default_rng(seed)
        if system in self._one_stops:
            return self._one_stops[system].move_on(count, rng, now)
        shares = {name: round(count * share) for name, share in MIX.items()}
        shares["birth"] += count - sum(shares.values())
        return {name: self._registers[name].move_on(n, rng, now) for name, n in shares.items() if n}

    async def depart(self, request: Request) -> Response:
        """Let records of one system leave it, come back, or be called otherwise."""
        now = self._clock.now()
        try:
            asked = msgspec.json.decode(await request.body(), type=dict[str, Any])
            system, what = str(asked["system"]), str(asked["what"])
            if what not in DEPARTURES:
                raise ValueError(f"what is one of {', '.join(DEPARTURES)}")
            seed, silent = int(asked.get("seed", 1)), bool(asked.get("silent", False))
            past = Change(
                system, int(asked["count"]), seed, now, None, what, silent, str(asked.get("register", "birth"))
            )
            answer = self._depart(past)
        except (ValueError, TypeError, KeyError) as error:
            what = f"expected {{system, what, count, seed, silent, register}}: {error!r}"
            return JSONResponse({"error": what}, status_code=400)
        if self._journal is not None:
            self._journal.note(past)
        return JSONResponse({"departed": answer})

    def _depart(self, past: Change) -> Departed:
        rng = np.random.default_rng(past.seed)
        if past.system == self._registry:
            book = self._registers[past.register]
            return book.depart(past.departed, past.count, rng, past.at, silent=past.silent)
        store = self._one_stops[past.system]
        return store.depart(past.departed, past.count, rng, past.at, silent=past.silent)

    async def file(self, request: Request) -> Response:
        """File a dossier at a one-stop system."""
        now = self._clock.now()
        try:
            asked = msgspec.json.decode(await request.body(), type=dict[str, Any])
            system, dossier = str(asked["system"]), dict(asked["dossier"])
            number = self._one_stops[system].file(dossier, now)
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f"expected {{system, dossier}}: {error!r}"}, status_code=400)
        if self._journal is not None:
            self._journal.note(Change(system, 0, 0, now, dossier))
        return JSONResponse({"MaHoSo": number, "at": now.isoformat()})

    async def clock(self, request: Request) -> Response:
        """Advance the clock."""
        try:
            asked = msgspec.json.decode(await request.body(), type=dict[str, float])
            if "back_s" in asked:
                self._clock.set_back(asked["back_s"])
            else:
                self._clock.advance(asked["advance_s"])
        except (ValueError, KeyError) as error:
            return JSONResponse({"error": repr(error)}, status_code=400)
        return JSONResponse({"now": self._clock.now().isoformat()})
