"""hub contracts rehearse: what a changed contract would do to what was landed, to feeds and to grants."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from hub.terminal import AsJson, console, dump, show


def add_to_contracts(app: typer.Typer) -> None:
    app.command()(rehearse)


def rehearse(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The changed contract: an ODCS file.")],
    days: Annotated[int, typer.Option(min=1, help="Landed bytes of so many days.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Try a changed contract on the landed bytes of the last days; nothing is written.

    Tells newly rejected records by rule, batches that would be held, and the feeds and grants it touches.
    """
    from contracts.changes.compare import compare
    from contracts.load import load_contract
    from hub.access.grants.load import read_grants
    from hub.access.grants.versions import in_force
    from hub.app import open_hub
    from hub.operations.rehearsal.effects import touched
    from hub.operations.rehearsal.landed import rehearse as try_contract

    contract = load_contract(file)
    with open_hub() as hub:
        rehearsal = try_contract(hub, contract, hub.scenario.now() - timedelta(days=days))
        with hub.engine.connect() as connection:
            there = in_force(connection)
        grants = there[1] if there else read_grants(hub.deployment.folder, hub.contracts)
        changes = compare(hub.contracts[contract.name], contract)
        uses = touched(contract, changes, rehearsal, hub.feeds, grants)
    streams = [
        {
            "stream": each.stream,
            "dataset": each.dataset,
            "records": each.records,
            "rejected today": each.rejected_today,
            "rejected then": each.rejected_then,
            "newly accepted": each.newly_accepted,
            "held for": [*(f"{rule}: {number} groups" for rule, number in each.holds.items()), *each.budget],
        }
        for each in rehearsal.datasets
    ]
    sentences = {rule.id: rule.sentence for dataset in contract.datasets for rule in dataset.rules}
    rules = [
        {
            "stream": each.stream,
            "dataset": each.dataset,
            "rule": rule,
            "newly rejected": number,
            "sentence": sentences.get(rule, ""),
        }
        for each in rehearsal.datasets
        for rule, number in each.rules.most_common()
    ]
    if as_json:
        print(dump({"pages": rehearsal.pages, "streams": streams, "rules": rules, "uses": [vars(u) for u in uses]}))
        return
    show(streams, as_json=False, title=f"{contract.name} {contract.version} on {rehearsal.pages} pages of {days} days")
    show(rules, as_json=False, title="Newly rejected records by rule")
    show([vars(each) for each in uses], as_json=False, title="Feeds and grants that it touches")
    rejected = sum(each.newly_rejected for each in rehearsal.datasets)
    console.print(f"{rejected:,} records that are accepted today would be rejected; nothing was written")
