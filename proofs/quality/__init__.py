"""The truth-table proof: compares every planted defect with the hub's verdicts, `make quality-proof`."""
