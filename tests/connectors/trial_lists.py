"""A plain list in a folder, as `table_files` reads it without manifests."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from connectors import Source, System, Window, open_source
from connectors.interface import Page
from contracts.errors import HubError
from contracts.load import load_contract
from contracts.refused import REFUSED
from quality.rows import judge

NOW = datetime(2026, 6, 9, 1, tzinfo=UTC)
TRIAL = load_contract(Path(__file__).with_name("trial_list.odcs.yaml"))
DATASET = TRIAL.datasets[0]


def put(folder: Path, name: str | bytes, body: bytes, hours: float = 2) -> None:
    """A file that came to rest so many hours ago."""
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    with open(path, "wb") as file:
        file.write(body)
    os.utime(path, ((NOW - timedelta(hours=hours)).timestamp(),) * 2)


def listed(folder: Path, **given: object) -> Source:
    """The list of a folder: files `ds*` with the titles ma and ten, unless said otherwise."""
    options = {
        "manifests": False,
        "settle_s": 0.01,
        "files": {"trial_list": "ds*"},
        "columns": {"trial_list": ["ma", "ten"]},
        **given,
    }
    system = System("lists", "Danh sách", "table_files", folder.as_uri(), {}, options, folder, now=lambda: NOW)
    return open_source(system, TRIAL)


def read(source: Source) -> tuple[list[Page], HubError | None]:
    """The pages that came, and the error in which the reading ended."""
    pages: list[Page] = []
    reading = source.pages(Window())
    while True:
        try:
            pages.append(next(reading))
        except StopIteration:
            return pages, None
        except HubError as error:
            return pages, error


def frame_of(source: Source, pages: list[Page]) -> pl.DataFrame:
    """The records of pages, with the column of the refused."""
    frames = [source.records(page.body, page.media_type)["trial_list"] for page in pages]
    return pl.concat(frames).drop("_raw")


def broken(frame: pl.DataFrame) -> list[str | None]:
    """The rules that each record breaks."""
    return judge(DATASET, frame.drop(REFUSED), {}).frame["_broken"].to_list()


def workbook(rows: list[list[Any]]) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()
