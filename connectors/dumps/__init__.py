"""Dumps of a register: NDJSON, CSV and Parquet, page by page."""
