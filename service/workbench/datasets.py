"""Pages of datasets: the contract's promise, who carries out each clause, what came; and the trace of one record."""

from __future__ import annotations

from starlette.responses import Response

from contracts.model import Contract, Dataset
from hub.access import looks
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.operations import reports, runs
from quality.coverage import clauses
from service.workbench.visit import Visit


def dataset_list(visit: Visit) -> Response:
    """Every table of every contract."""
    rows = [(contract, each) for contract in visit.hub.contracts.values() for each in contract.datasets]
    return visit.page("datasets.html", rows=rows)


def dataset(visit: Visit) -> Response:
    """One table: meaning, fields, rules with their engines, versions under which batches came, the last days."""
    contract, found = _dataset(visit, visit.at["dataset"])
    engines = {clause.id: clause for clause in clauses(contract)}
    with visit.hub.engine.connect() as connection:
        came = runs.came(connection, found.name, systems=visit.scope.systems)
        versions = runs.versions(connection, contract.name)
    return visit.page("dataset.html", contract=contract, dataset=found, engines=engines, came=came, versions=versions)


def trace_form(visit: Visit) -> Response:
    return visit.page("trace.html", found=None, record=visit.asked("record") or "")


def trace(visit: Visit) -> Response:
    """From the warehouse to the landed bytes, whose hash is checked. The look is noted before anything is shown."""
    person: Actor = visit.actor()
    record = visit.form.get("record", "").strip()[:300]
    if not visit.scope.has_system(record.split("/", 2)[1] if record.count("/") >= 2 else ""):
        raise NotFound("No such record", hint="<dataset>/<system>/<key>")
    found = reports.trace(visit.hub, record)
    with visit.hub.engine.begin() as connection:
        now = visit.hub.scenario.now()
        looks.note(connection, visit.hub.keys, now, person, record, dataset=record.partition("/")[0])
    return visit.page("trace.html", found=found, record=record)


def _dataset(visit: Visit, name: str) -> tuple[Contract, Dataset]:
    for contract in visit.hub.contracts.values():
        for each in contract.datasets:
            if each.name == name:
                return contract, each
    raise NotFound(f"No dataset {name[:60]}", hint="follow a link of the list of datasets")
