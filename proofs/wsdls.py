"""Can the services that a folder of WSDLs describes be asked? Each is read as `hub contracts init` reads it.

    python -m proofs.wsdls FOLDER [--operations]        exit code 4 if one ends in an error that nobody named

A WSDL can be asked if one of its operations can: request and reply are declared, and a request with invented texts is
valid by its schema. It can be drafted if a reply of these holds a list. An import is taken from the map beside the WSDL,
or from the file of the folder whose name ends its location.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import map_beside, read_documents
from connectors.wsdl.draft.contract import draft
from connectors.wsdl.request import require_askable
from connectors.wsdl.shape import Shapes
from contracts.errors import HubError

UNNAMED = 4


@dataclass(frozen=True)
class TriedOperation:
    """What became of one operation, or of a WSDL that has none to try."""

    operation: str
    reason: str = ""
    """Why it is refused; empty: it can be asked."""
    drafted: bool = False
    named: bool = True


def outcomes(wsdl: Path, chart: Path) -> Iterator[TriedOperation]:
    """Each operation of a WSDL, tried."""
    try:
        read = Wsdl(read_documents(wsdl, chart if chart.is_file() else None))
        shapes = Shapes(read)
    except Exception as error:  # an error that nobody named is what is looked for
        yield _refused("", error)
        return
    yield from (_refused(name, error) for name, error in read.refused.items())
    for name in read.operations:
        try:
            operation = read.operation(name)
            shapes.element(operation.reply)
            require_askable(read, operation, shapes.element(operation.request))
        except Exception as error:  # as above
            yield _refused(name, error)
        else:
            yield TriedOperation(name, drafted=_drafts(read, name, shapes, operation.reply))


def _drafts(read: Wsdl, name: str, shapes: Shapes, reply: str) -> bool:
    for path, _ in shapes.element(reply).lists():
        try:
            draft(read, name, system="trial", contract="trial", record=path)
        except HubError:
            continue
        return True
    return False


def _refused(name: str, error: Exception) -> TriedOperation:
    named = isinstance(error, HubError)
    reason = error.message if isinstance(error, HubError) else f"{type(error).__name__}, which nobody named"
    return TriedOperation(name, reason.replace("\n", " "), named=named)


def chart_of(wsdl: Path, files: dict[str, Path], scratch: Path) -> Path:
    """The map of a WSDL: its own, or one made of the files of its folder."""
    if map_beside(wsdl).is_file():
        return map_beside(wsdl)
    found = {}
    for path in files.values():
        for each in _trees(path):
            for name in ("location", "schemaLocation"):
                location = each.get(name, "")
                last = unquote(location.replace("\\", "/").rpartition("/")[2]).strip()
                if location and last in files:
                    digest = hashlib.sha256(files[last].read_bytes()).hexdigest()
                    found[location] = {"file": str(files[last].absolute()), "sha256": digest}
    chart = scratch / map_beside(wsdl).name
    chart.write_text(json.dumps(found), encoding="utf-8")
    return chart


def _trees(path: Path) -> Iterator[etree._Element]:
    try:
        yield from etree.fromstring(path.read_bytes(), etree.XMLParser(no_network=True, resolve_entities=False)).iter(
            "{*}import", "{*}include", "{*}redefine"
        )
    except etree.XMLSyntaxError:
        return


def run(folder: Path, *, operations: bool = False) -> int:
    """Try all WSDLs of a folder and print a line for each; the exit code."""
    files = {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}
    asked, drafted, every, unnamed = 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for wsdl in (path for name, path in files.items() if name.lower().endswith((".wsdl", ".asmx", ".svc"))):
            found = list(outcomes(wsdl, chart_of(wsdl, files, Path(scratch))))
            good = [each for each in found if not each.reason]
            every, asked = every + 1, asked + bool(good)
            drafted += any(each.drafted for each in good)
            unnamed += sum(not each.named for each in found)
            first = next((each for each in found if each.reason), None)
            if good:
                print(f"{wsdl.name}: {len(good)} of {len(found)} operations can be asked")
            else:
                print(f"{wsdl.name}: refused: {first.reason if first else 'it has no operation'}")
            for each in found if operations else [other for other in found if not other.named]:
                print(f"    {each.operation or '(the WSDL)'}: {each.reason or 'can be asked'}")
    print(
        f"{every} WSDLs: {asked} can be asked, {drafted} of them drafted; {every - asked} refused; {unnamed} errors without a name"
    )
    return UNNAMED if unnamed else 0


def main() -> None:
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.wsdls", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--operations", action="store_true", help="print every operation with what became of it")
    given = parser.parse_args()
    sys.exit(run(given.folder, operations=given.operations))


if __name__ == "__main__":
    main()
