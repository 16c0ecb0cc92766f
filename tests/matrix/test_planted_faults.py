"""A guard taken away is found by the matrix, one after another: of the rule, and of the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fastapi import Request

from hub.access import audit, row_security
from hub.access.answering import WayOut
from hub.access.grants.live import pin
from hub.access.grants.model import Grant, Grants
from hub.access.grants.purposes import Purposes
from hub.access.inquiry import Inquiry
from hub.answers.agency_view import AgencyView
from hub.answers.decisions import store
from hub.answers.decisions.rejudge import NotHeld
from hub.answers.disclosure import dossiers
from hub.answers.disclosure.policy import DisclosurePolicy
from hub.answers.ministry.codes import MINISTRY
from hub.answers.ministry.ministry_service import MinistryService
from service import problems
from service.api import decisions, disclosure
from service.auth import Caller
from tests.matrix.city import City
from tests.matrix.matrix import Matrix

WORLDS, QUESTIONS = 8, 200
"""Within which a fault must be found."""


def _expired(self: Grant, day: date) -> bool:
    return self.valid_from <= day and self.basis(day) is not None


def _united(
    self: Grants, agency: str, dataset: str, purpose: str, day: date, requested: Any, covers: Any = lambda grant: True
) -> frozenset[str]:
    granted = frozenset[str]().union(*(g.fields for g in self.of(agency, dataset, purpose, day, covers)))
    return frozenset(requested) & (granted | self.purposes.needed(purpose, dataset)) if granted else frozenset()


def _any_purpose(
    self: Grants, agency: str, dataset: str, purpose: str, day: date, covers: Any = lambda grant: True
) -> tuple[Grant, ...]:
    return tuple(g for g in self.all if g.agency == agency and g.dataset == dataset and g.on(day) and covers(g))


class _Everything(frozenset):  # type: ignore[type-arg]
    def __rand__(self, other: frozenset[str]) -> frozenset[str]:
        return other

    def __bool__(self) -> bool:
        return True


IN_THE_RULE = {
    "the last day is not looked at": (Grant, "on", _expired),
    "fields are united, not intersected": (Grants, "fields", _united),
    "the purpose is not looked at": (Grants, "of", _any_purpose),
    "what a purpose needs is not looked at": (Purposes, "needed", lambda self, purpose, dataset: _Everything()),
    "the place is not looked at": (DisclosurePolicy, "_covers", lambda self, of: lambda grant: True),
    "the law is not looked at": (Grant, "under", lambda self, legal_basis, day: True),
    "the hour is not looked at": (WayOut, "_reserve", lambda self, entry: None),
}


def _nothing_noted(*_: object, **__: object) -> None:
    return None


def _never_missed(*args: Any, write: Callable[..., None] = audit.write, **more: Any) -> None:
    write(*args, **more | {"missed": False})


def _agency_of(
    self: MinistryService, caller: Inquiry, unit: str, known: Callable[..., str] = MinistryService._agency
) -> str:
    return known(self, replace(caller, agency=MINISTRY), unit)


IN_THE_SERVICE: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "what is denied is told otherwise than what is missing": lambda patch: patch.setitem(
        problems.KINDS, NotHeld, (403, "denied", "Không được phép")
    ),  # type: ignore[arg-type]
    "a token bound to a dossier asks about another": lambda patch: patch.setattr(
        disclosure, "about", lambda caller, dossier: dossier
    ),
    "somebody else's decisions are answered": lambda patch: patch.setattr(store, "OWN", "true"),
    "a dossier that was invented is as good as any": lambda patch: patch.setattr(
        dossiers, "stands", lambda connection, agency, dossier: True
    ),
    "what is not held is no miss": lambda patch: patch.setattr(audit, "write", _never_missed),
    "what is refused is not noted": lambda patch: patch.setattr(WayOut, "_note_refusal", _nothing_noted),
    "an office asks for another office": lambda patch: patch.setattr(MinistryService, "_agency", _agency_of),
}


def _by_the_query(request: Request, caller: Caller) -> AgencyView:
    return AgencyView(
        request.app.state.decisions, replace(caller, agency=request.query_params.get("agency", caller.agency))
    )


@pytest.fixture
def here(matrix, monkeypatch) -> City:
    """A city behind the first wall alone, which tells no difference while no guard is missing: behind the second one most faults would stay unseen."""
    monkeypatch.setattr(row_security, "read_as", lambda connection, **who: pin(connection))
    monkeypatch.setattr(row_security, "read_own", lambda connection, dataset, day: None)
    asked = matrix(4)
    asked.here.tight = 0.6
    assert list(asked.differences(150)) == []
    return asked.here


def _found(here: City) -> bool:
    """Whether a question of some new worlds tells a difference."""
    for _ in range(WORLDS):
        here.renew()
        if next(Matrix(here).differences(QUESTIONS), None) is not None:
            return True
    return False


def test_a_guard_of_the_rule(here, monkeypatch) -> None:
    for fault, (where, name, planted) in IN_THE_RULE.items():
        with monkeypatch.context() as patch:
            patch.setattr(where, name, planted)
            assert _found(here), f"not found: {fault}"


def test_a_guard_of_the_service(here, monkeypatch) -> None:
    for fault, plant in IN_THE_SERVICE.items():
        with monkeypatch.context() as patch:
            plant(patch)
            assert _found(here), f"not found: {fault}"


def test_the_agency_of_the_token_counts(matrix) -> None:
    """Found when it is taken from the query, with both walls standing: both are told the wrong one."""
    here = matrix(5).here
    here.overrides[decisions._access] = _by_the_query
    assert _found(here)
