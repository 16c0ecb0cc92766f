"""Polars is there for whoever uses it, from any thread, and costs nothing before."""

from __future__ import annotations

import subprocess
import sys

HUB = "import hub, hub.app, connectors.systems.one_stop, connectors.systems.moj_registry, sys"


def _said(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()


def test_the_loading_path_does_without_polars_until_a_frame_is_used() -> None:
    """A poll that finds nothing new loaded it for nothing."""
    assert _said(f"{HUB}; print('polars.dataframe' in sys.modules)") == "False"


def test_threads_that_use_it_first_at_once_all_get_it() -> None:
    """Batches are read and judged on threads; a half-loaded module would fail one of them."""
    program = (
        f"{HUB}; import polars as pl; from concurrent.futures import ThreadPoolExecutor as P; "
        "print(set(P(16).map(lambda n: pl.DataFrame({'n': [n]}).height, range(64))))"
    )

    assert _said(program) == "{1}"


def test_every_way_to_import_it_gives_the_same_classes() -> None:
    program = (
        f"{HUB}; import polars as early; import polars.selectors; from polars import DataFrame; import polars as late; "
        "import importlib.util; print(early.DataFrame is DataFrame is late.DataFrame, importlib.util.find_spec('polars') is not None)"
    )

    assert _said(program) == "True True"
