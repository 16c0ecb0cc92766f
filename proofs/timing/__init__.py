"""The timing proof: what is missing, locked, denied or another's takes the same time, `make timing-proof`."""
