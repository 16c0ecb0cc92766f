"""How fast the bulk path is, and beside what: `python -m bench`."""

import hub  # noqa: F401  before Polars, as in service
