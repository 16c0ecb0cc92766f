"""The legal basis that a token names: one of the agency's grants for the purpose."""

from __future__ import annotations

from hub.answers.disclosure.disclosure import Disclosure
from hub.answers.ministry.codes import MINISTRY
from hub.answers.ministry.judged import PURPOSE
from hub.answers.ministry.ministry_service import BASIS
from hub.app import Hub
from hub.core.errors import NotFound
from hub.evidence.evidence import Moment


def legal_basis_of(hub: Hub, agency: str, purpose: str, wanted: str = "") -> str:
    """Legal basis of the agency's grants for a purpose: the wanted one, or the purpose's own, or the first.

    Raises:
        NotFound: no grant of the agency for this purpose, or on this basis, holds today.
    """
    grants = Disclosure.of(hub).rule.grants
    day = Moment(hub.scenario.now()).today
    own = [
        g
        for g in (*grants.all, *grants.bulk)
        if (g.agency == agency or (agency == MINISTRY and g.purpose == PURPOSE)) and g.on(day)
    ]  # it asks for every office
    found = {g.legal_basis: g for g in sorted(own, key=lambda g: g.legal_basis) if g.purpose == purpose}
    if not found:
        known = sorted({g.purpose for g in own}) or sorted({g.agency for g in grants.all if g.on(day)})
        raise NotFound(
            f"No grant of {agency} for {purpose} holds today", hint=f"known are {', '.join(known)}; see hub grants show"
        )
    if wanted and not any(g.under(wanted, day) for g in found.values()):
        raise NotFound(
            f"No grant of {agency} for {purpose} stands on {wanted} today",
            hint=f"its grants stand on {', '.join(found)}; see hub grants show",
        )
    usual = BASIS if agency == MINISTRY else grants.purposes.by_id[purpose].legal_basis
    return wanted or (usual if usual in found else next(iter(found)))
