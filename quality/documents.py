"""Data Docs without personal values: pages of Great Expectations from results that an allow-list has filtered."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView

ALLOWED_RESULTS = frozenset({"observed_value", "element_count", "unexpected_count", "unexpected_percent"})
"""Allowed entries of a result, and only as numbers: a text could be a value of a record."""
ALLOWED_META = frozenset({"great_expectations_version", "validation_time", "run_id"})


def write(folder: Path, results: Mapping[str, ExpectationSuiteValidationResult]) -> Path:
    """Write one page for each dataset and an index with links; returns the index."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, result in results.items():
        page = ValidationResultsPageRenderer().render(counts_only(result))
        view = DefaultJinjaPageView().render(page)  # type: ignore[no-untyped-call]  # untyped in 1.24
        (folder / f"{name}.html").write_text(view, encoding="utf-8")
    index = folder / "index.html"
    lines = [
        f'<li>{"✔" if r.success else "✘"} <a href="{html.escape(n)}.html">{html.escape(n)}</a></li>'
        for n, r in results.items()
    ]
    index.write_text(
        f'<!doctype html><meta charset="utf-8"><title>Data Docs</title><ul>{"".join(lines)}</ul>\n', encoding="utf-8"
    )
    return index


def counts_only(result: ExpectationSuiteValidationResult) -> ExpectationSuiteValidationResult:
    """The result, reduced to expectations, verdicts and numbers."""
    return ExpectationSuiteValidationResult(
        success=bool(result.success),
        results=[_counts_only(one) for one in result.results],
        suite_name=result.suite_name,
        statistics=result.statistics,
        meta={key: value for key, value in (result.meta or {}).items() if key in ALLOWED_META},
    )


def _counts_only(one: ExpectationValidationResult) -> ExpectationValidationResult:
    numbers: dict[str, Any] = {
        key: value
        for key, value in one.result.items()
        if key in ALLOWED_RESULTS and isinstance(value, int | float) and not isinstance(value, bool)
    }
    nothing = {"raised_exception": False, "exception_traceback": None, "exception_message": None}
    return ExpectationValidationResult(
        success=one.success, expectation_config=one.expectation_config, result=numbers, exception_info=nothing
    )
