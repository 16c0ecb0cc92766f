"""Benchmarks of the loading path, with comparisons: `python -m bench`."""

import hub  # noqa: F401  before Polars, as in service
