"""hub contracts init: a first draft of a contract, from a WSDL, a table, a CSV file or an OpenAPI document."""

from __future__ import annotations

import resource
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.errors import DeploymentInvalid

if TYPE_CHECKING:
    from contracts.drafting.columns import DraftColumn
    from contracts.drafting.text import DraftSource


def add_to_contracts(app: typer.Typer) -> None:
    app.command()(init)


def init(
    from_wsdl: Annotated[
        Path | None, typer.Option(help="A WSDL 1.1; what it imports stands in <name>.imports.yaml beside it.")
    ] = None,
    from_table: Annotated[
        str | None, typer.Option(help="A table of the database that --system names; no row of it is read.")
    ] = None,
    from_csv: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A CSV file in UTF-8; its values are looked at.")
    ] = None,
    from_openapi: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="An OpenAPI 3 document; --record names a schema.")
    ] = None,
    operation: Annotated[str, typer.Option(help="Of a WSDL: the operation whose reply holds the records.")] = "",
    system: Annotated[str, typer.Option(help="Id of the system, for its file.")] = "new-system",
    contract: Annotated[str, typer.Option(help="Name of the contract.")] = "new_contract",
    record: Annotated[
        str | None, typer.Option(help="Path of the element that is one record, where the reply does not hold one list.")
    ] = None,
    port: Annotated[
        str | None, typer.Option(help="The port that is called, where the operation is asked differently at several.")
    ] = None,
    into: Annotated[Path, typer.Option(help="Folder for the drafted files.")] = Path("drafts"),
) -> None:
    """Draft a contract from a WSDL, a table, a CSV file or an OpenAPI document; a person decides the marked places.

    From a WSDL also field map and system file.
    """
    if [from_wsdl, from_table, from_csv, from_openapi].count(None) != 3:
        raise typer.BadParameter("name one of --from-wsdl, --from-table, --from-csv and --from-openapi")
    if from_wsdl is not None:
        if not operation:
            raise typer.BadParameter("--from-wsdl needs --operation")
        _from_wsdl(from_wsdl, operation, system, contract, record, port, into)
        return
    from contracts.drafting.text import contract_text, marks

    source, columns = _columns(from_table, from_csv, from_openapi, system, contract, record)
    name = f"{contract}.odcs.yaml"
    text = contract_text(contract, source, columns)
    _write(into, {name: text.encode()})
    print(
        f"{source.words}: {len(columns)} fields; {marks(text)} places are marked DECIDE, and every field has the strictest"
        " class until somebody decides"
    )
    print(f"next: hub contracts lint {into / name}")


def _columns(
    table: str | None, csv: Path | None, openapi: Path | None, system: str, contract: str, record: str | None
) -> tuple[DraftSource, list[DraftColumn]]:
    if csv is not None:
        from contracts.drafting import csv_file

        return csv_file.columns_of(csv, contract)
    if openapi is not None:
        from contracts.drafting import openapi as openapi_document

        return openapi_document.columns_of(openapi, record, contract)
    from connectors.sql import draft
    from hub.app import open_hub

    assert table is not None  # one of them is given
    with open_hub() as hub:
        return draft.columns_of(hub.system(system), table, contract)


def _from_wsdl(
    from_wsdl: Path, operation: str, system: str, contract: str, record: str | None, port: str | None, into: Path
) -> None:
    from connectors.wsdl.description import Wsdl
    from connectors.wsdl.documents import read_documents
    from connectors.wsdl.draft.contract import draft

    started = time.perf_counter()
    wsdl = Wsdl(read_documents(from_wsdl), port)
    _ = wsdl.schema  # compiled here for the time that it takes
    took, resident = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{from_wsdl.name}: {len(wsdl.operations)} operations, read and its schema compiled in {took:.2f} s, {resident:.0f} MB resident at most"
    )
    if wsdl.aside:
        print(f"left aside: {', '.join(wsdl.aside)}")
    if wsdl.refused:
        print(f"cannot be asked: {', '.join(wsdl.refused)}")
    made = draft(wsdl, operation, system=system, contract=contract, record=record)
    _write(into, made.files)
    print(
        f"{operation}: a record is {made.record}; {made.marks} places are marked DECIDE, and every field has the strictest class until somebody decides"
    )
    print(
        f"next: hub contracts lint {into / made.contract}; hub twin serve --wsdl {from_wsdl} serves a double meanwhile"
    )


def _write(into: Path, files: Mapping[str, bytes]) -> None:
    """Write the drafted files, none over another. Raises DeploymentInvalid."""
    there = [name for name in files if (into / name).exists()]
    if there:
        raise DeploymentInvalid(
            f"{into / there[0]} exists already", hint="name another folder with --into, or move the old draft away"
        )
    for name, text in files.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_bytes(text)
        print(f"wrote {into / name}")
