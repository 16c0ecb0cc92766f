"""hub text detect, convert: old encodings of Vietnamese in a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.core.errors import NotFound
from hub.terminal import AsJson, show

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="CSV with a header; bytes that are no UTF-8 are read as they stand.")]


@app.command("detect")
def detect_(file: File, as_json: AsJson = False) -> None:
    """Encoding of each column, and how sure it is. Prints no value."""
    show([row for row, _ in _judged(_read(file))], as_json=as_json, title=file.name)


@app.command("convert")
def convert_(
    file: File, out: Annotated[Path, typer.Argument(help="CSV in UTF-8, NFC.")], as_json: AsJson = False
) -> None:
    """Write the columns with a sure encoding in NFC; unclear values stay as they are and are counted."""
    import polars as pl

    judged = _judged(_read(file))
    pl.DataFrame([column for _, column in judged]).write_csv(out)
    show([row for row, _ in judged], as_json=as_json, title=f"{file.name} -> {out.name}")


def _judged(frame: pl.DataFrame) -> list[tuple[dict[str, Any], pl.Series]]:
    from quality.legacy_encoding import convert, detect

    found = []
    for name in frame.columns:
        verdict = detect(frame[name])
        text, doubt = convert(frame[name], verdict)
        changed = int((text != frame[name]).sum() or 0)
        row = {
            "column": name,
            "values": frame.height - frame[name].null_count(),
            "encoding": verdict.encoding.value,
            "confidence": round(verdict.confidence, 3),
            "sure": verdict.sure,
            "converted": changed,
            "unclear": int(doubt.sum()),
        }
        found.append((row, text.alias(name)))
    return found


def _read(file: Path) -> pl.DataFrame:
    import polars as pl

    try:
        body = file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}", hint="give a CSV file with a header") from None
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    if not header or len(set(header)) < len(header):
        raise NotFound(f"{file.name} has no header, or two columns of one name", hint="give a CSV file with a header")
    width = len(header)
    cells = [[value or None for value in (*row, *[""] * width)[:width]] for row in rows]
    return pl.DataFrame(cells, schema=dict.fromkeys(header, pl.String), orient="row")
