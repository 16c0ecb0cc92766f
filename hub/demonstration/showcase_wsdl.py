"""Showcase of a service of which only a WSDL is known: drafted contract, double, one reading, no warehouse."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from connectors.interface import System, Window
from contracts.load import load_contract
from contracts.yaml.lines import read_located
from hub.app import Hub
from hub.core.settings import ROOT, Settings
from hub.demonstration.twin_process import ENDS_WITH_INPUT, TwinsNotUp, wsdl_command
from hub.terminal import console

EXAMPLE = "notary"


def only_a_wsdl(hub: Hub) -> None:
    """Draft a contract from the example's WSDL, serve a double of its service, and read the double."""
    folder = ROOT / "deployments" / "examples" / "notary"
    if not (folder / f"{EXAMPLE}.yaml").exists():
        return
    from connectors import open_source
    from connectors.wsdl.description import Wsdl
    from connectors.wsdl.documents import read_documents
    from connectors.wsdl.draft.contract import draft

    data = read_located(folder / f"{EXAMPLE}.yaml").data
    [name] = data["contracts"]
    operation = data["options"]["operations"][name]["operation"]
    wsdl = Wsdl(read_documents(folder / data["options"]["wsdl"]))
    made = draft(wsdl, operation, system=EXAMPLE, contract=name)
    contract = load_contract(folder / f"{name}.odcs.yaml")
    held = f"{wsdl.path.name} (drawn by us), {len(wsdl.operations)} operations"
    console.print(
        f"\n[bold]Only a WSDL is known.[/] {held}. hub contracts init --from-wsdl drafts {operation}:"
        f"\n  {len(contract.datasets[0].fields)} fields, all of the strictest class, and {made.marks} places that a person must decide"
    )
    with _double(hub.settings, wsdl.path, hub.scenario.now()) as address:
        given = System(
            data["system"], data["title"], data["dialect"], address, {}, data["options"], folder, now=hub.scenario.now
        )
        source = open_source(
            replace(
                given, options={**given.options, "first_day": (hub.deployment.today - timedelta(days=7)).isoformat()}
            ),
            contract,
        )
        try:
            pages = list(source.pages(Window()))
            frames = [source.records(page.body, page.media_type)[contract.datasets[0].name] for page in pages]
        finally:
            source.close()
    records = sum(page.count for page in pages)
    kept = sum(frame.height for frame in frames)
    assert records == kept, "a page says another number of records than it holds"
    console.print(
        f"  its double (hub twin serve --wsdl) was read under X-Road 4.0 headers: {records} records of {len(pages)} days, each reply valid by the WSDL's"
        " own schema\n  and proved by its requestHash; none of it enters the warehouse"
    )


@contextmanager
def _double(settings: Settings, wsdl: Path, clock: datetime) -> Iterator[str]:
    """The address of a double that runs during the block."""
    command = wsdl_command(settings, wsdl, port=settings.port_base + 9, records=5, clock=clock)
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        [*command, ENDS_WITH_INPUT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=quiet,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        first_line = process.stdout.readline()
        if not first_line:
            raise TwinsNotUp(
                "The double of a WSDL did not start",
                hint=f"is port {settings.port_base + 9} busy? by hand: hub twin serve --wsdl {wsdl}",
            )
        yield first_line.split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=10)
