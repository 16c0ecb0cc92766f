"""Showcase of the Ministry's question: its twin asks the hub's API for the copy of an entry, and checks the copy."""

from __future__ import annotations

from hub.access.tokens import Claims, machine_now, tokens_of
from hub.answers.ministry.codes import MINISTRY
from hub.answers.ministry.judged import PURPOSE
from hub.app import Hub
from hub.demonstration.twin_process import Twins
from hub.terminal import console, show_one

NAME = "Sở Tư pháp"


def the_ministry_asks(hub: Hub, twins: Twins, address: str, key: str, dossier: str, office: str) -> None:
    """Ask for a marriage by its key, for a dossier of the Justice department of a province (`office`): SOAP and REST on a real socket."""
    token = tokens_of(hub.scenario.folder, hub.deployment.name).sign(
        Claims(MINISTRY, "hotich.moj", PURPOSE, "extract-anywhere"), machine_now()
    )
    answer = twins.control(
        "POST",
        "ask",
        {"address": address, "token": token, "register": "marriage", "id": key, "maDonVi": office, "maHoSo": dossier},
    )
    console.print(
        f"\n[bold]The Ministry asks[/] (module BS, over SOAP and REST) for {NAME}, dossier {dossier}: state {answer['trangThai']}"
    )
    if answer["trangThai"] != "4":
        console.print("  " + "; ".join(answer["chiTiet"]))
        return
    console.print(f"  draft extract no. {answer['soTrichLuc']}; its receipt:")
    show_one(answer["bienNhan"], as_json=False)
    for check, holds in answer["checks"].items():
        console.print(f"  {'yes' if holds else '[red]NO[/]'}: {check}")
