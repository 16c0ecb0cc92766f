"""The dialects: one module or package each, with a function `source(system, contract)`.

It has more than fifteen modules on one level on purpose: each name without `_` is a dialect that a system's file can
name; those with `_` are the parts of one dialect, and stand beside it.
"""
