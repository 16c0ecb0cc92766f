"""Regular expressions of files: refused where their worst case is too expensive."""
