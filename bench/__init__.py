"""How fast the bulk path is, and beside what: `python -m bench`."""
