"""Showcase of the API: one question over a real socket, with a token and without."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from hub.access.tokens import Claims, machine_now, tokens_of
from hub.app import Hub
from hub.demonstration.showcase_once_only import married_mother
from hub.demonstration.shown import ShownDistricts
from hub.terminal import console


def one_question(hub: Hub, address: str, shown: ShownDistricts) -> None:
    """A district asks whether a citizen is married: yes or no instead of a paper."""
    mother = married_mother(hub)
    if mother is None:
        return
    dossier = f"{shown.second.code}-{hub.deployment.today:%y%m%d}-9001"
    token = tokens_of(hub.scenario.folder, hub.deployment.name).sign(
        Claims(shown.second.code, "showcase", "civil-status", "once-held", dossier), machine_now()
    )
    question = {
        "dossier": dossier,
        "question": "is_married",
        "person": {"personal_id": mother.personal_id, "name": mother.name},
    }
    console.print(
        f"\n[bold]Over HTTP.[/] {shown.second.name} asks {address}/v1/answers, for dossier {dossier}: is_married?"
    )
    for what, headers in (("without a token", {}), ("with a token of 5 minutes", {"Authorization": f"Bearer {token}"})):
        status, answer = _post(f"{address}/v1/answers", question, headers)
        said = (
            answer.get("title")
            or f"answer {answer.get('answer')}: {', '.join(answer.get('reasons', []))} · {answer.get('legal_basis')}"
        )
        console.print(f"  {what}: {status} {said}")
    console.print(
        "  noted before it was answered: hub audit; described: /openapi.json; your own token: hub token --help"
    )


def _post(url: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)
