"""The truth-table proof: every planted defect against what the hub told of it, `make quality-proof`."""
