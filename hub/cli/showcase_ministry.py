"""What `hub run` shows of the Ministry's question: its twin asks the hub's own socket for the copy of an entry, and checks what it is handed."""

from __future__ import annotations

from hub.bootstrap import Hub
from hub.cli.output import console, show_one
from hub.cli.processes import Twins
from hub.ministry.judged import PURPOSE
from hub.ministry.offices import MINISTRY
from hub.tokens import Claims, machine_now, tokens_of

OFFICE, NAME = "79", "Sở Tư pháp"


def the_ministry_asks(hub: Hub, twins: Twins, address: str, key: str, dossier: str) -> None:
    """Ask for a marriage by its key, for a dossier of the Justice department: SOAP and REST on a real socket."""
    token = tokens_of(hub.scenario.folder, hub.deployment.name).sign(Claims(MINISTRY, "hotich.moj", PURPOSE, "extract-anywhere"), machine_now())
    told = twins.control("POST", "ask", {"address": address, "token": token, "register": "marriage", "id": key, "maDonVi": OFFICE, "maHoSo": dossier})
    console.print(f"\n[bold]The Ministry asks[/] (module BS, over SOAP and REST) for {NAME}, dossier {dossier}: state {told['trangThai']}")
    if told["trangThai"] != "4":
        console.print("  " + "; ".join(told["chiTiet"]))
        return
    console.print(f"  draft extract no. {told['soTrichLuc']}; its receipt:")
    show_one(told["bienNhan"], as_json=False)
    for check, holds in told["checks"].items():
        console.print(f"  {'yes' if holds else '[red]NO[/]'}: {check}")
