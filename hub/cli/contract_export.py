"""hub contracts export: what others can use of a contract, made from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.contract_versions import Name, contract_of
from hub.terminal import dump


def add_to_contracts(app: typer.Typer) -> None:
    app.command()(export)


def export(
    contract: Name,
    json_schema: Annotated[
        bool, typer.Option("--json-schema", help="The records as JSON: JSON Schema 2020-12.")
    ] = False,
    xsd: Annotated[bool, typer.Option("--xsd", help="The records as XML: XML Schema 1.0.")] = False,
    page: Annotated[bool, typer.Option("--page", help="A page for people, in Markdown.")] = False,
    odcs: Annotated[bool, typer.Option("--odcs", help="The document itself, every word of it.")] = False,
    language: Annotated[str, typer.Option(help="Language of the page: vi or en.")] = "vi",
    out: Annotated[Path | None, typer.Option(help="File to write; without it, the screen.")] = None,
) -> None:
    """Make a JSON Schema, an XML Schema or a page of a contract; a page in Vietnamese or English."""
    if [json_schema, xsd, page, odcs].count(True) != 1:
        raise typer.BadParameter("name one of --json-schema, --xsd, --page and --odcs")
    if language not in ("vi", "en"):
        raise typer.BadParameter("--language is vi or en")
    text = _text(contract, language, json_schema=json_schema, xsd=xsd, page=page)
    if out is None:
        print(text, end="" if text.endswith("\n") else "\n")
        return
    out.write_text(text, encoding="utf-8")
    print(f"wrote {out}")


def _text(contract: str, language: str, *, json_schema: bool, xsd: bool, page: bool) -> str:
    read = contract_of(contract)
    if json_schema:
        from contracts.export.json_schema import json_schema as schema_of

        return dump(schema_of(read))
    if xsd:
        from contracts.export.xsd import xsd as xsd_of

        return xsd_of(read).decode()
    if page:
        from contracts.export.page import page as page_of

        return page_of(read, "vi" if language == "vi" else "en")
    from contracts.from_odcs.text import written
    from contracts.load import read_document

    return written(read_document(read.path).data)
